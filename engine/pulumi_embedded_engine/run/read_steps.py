"""Carries out the steps that read what exists: reads, refreshes and imports (the CLI's pkg/resource/deploy/step.go)."""

from dataclasses import dataclass, replace

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan import cli_messages
from pulumi_embedded_engine.plan.provider import InitFailed, Messages, Outcome, Provider, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, state_of
from pulumi_embedded_engine.plan.steps import Op, PlannedImport, Step
from pulumi_embedded_engine.resource import diffs
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import DiffResult
from pulumi_embedded_engine.resource.state import Resource, now
from pulumi_embedded_engine.resource.values import Properties, Secret, equal


def provider_of(providers: Providers, state: Resource) -> Provider:
    """The provider of a resource.

    Raises:
        EngineError: it does not run.
    """
    if urns.is_provider_type(state.type):
        return providers.registry
    if (provider := providers.find(state.provider)) is None:
        raise EngineError(f"unknown provider '{state.provider}' for resource '{state.urn}'")
    return provider


@dataclass(frozen=True)
class Reader:
    """Reads resources; every method raises EngineError, and InitFailed where what was read is not as it should be."""

    providers: Providers
    messages: Messages
    preview: bool

    async def read(self, step: Step) -> None:
        """Read a resource that the stack does not own."""
        new = step.successor
        state, partial = new.state, None
        if state.id == urns.UNKNOWN_ID:
            outcome = Outcome("", {})
        else:
            try:
                outcome = await self._found(state, state.id, state.inputs, state.inputs)
            except InitFailed as error:
                partial, outcome = error, error.outcome
        if outcome.outputs is None:
            raise EngineError(f"resource '{state.id}' does not exist")
        old = state_of(step.old)
        changed = old and not (equal(old.inputs, state.inputs) and equal(old.outputs, outcome.outputs))
        new.update(
            id=outcome.id or state.id,
            outputs=outcome.outputs,
            init_errors=partial.reasons if partial else (),
            created=old.created if old else "",
            modified=now() if changed else old.modified if old else "",
        )
        if step.op == Op.READ_REPLACEMENT and step.old:
            step.old.update(delete=True)
        if partial:
            raise partial

    async def _found(self, state: Resource, id_: str, inputs: Properties | None, outputs: Properties | None) -> Outcome:
        seconds = state.custom_timeouts.get("read", 0)
        return await provider_of(self.providers, state).read(state.urn, id_, inputs, outputs, seconds)

    # Refresh.

    async def refresh(self, step: Step) -> None:
        """Read the current state of a resource; the step's diff contains the drift."""
        old = step.resource
        state = old.state
        # Within a program, what is found becomes the old state of the resource as it is registered now.
        present = step.successor.state if step.persisted else state
        step.new = old
        if not state.custom or urns.is_provider_type(state.type) or state.pending_replacement:
            step.new = Entry(state) if step.persisted else old
            return
        reasons: tuple[str, ...] = ()
        try:
            found = await self._present(present, state)
        except InitFailed as error:
            found, reasons = error.outcome, error.reasons
            listed = "\n* ".join(reasons)
            self.messages.warning(state.urn, f"Refreshed resource is in an unhealthy state:\n* {listed}")
        if not found.id or found.outputs is None:
            step.new = None
            return
        refreshed = _refreshed(present, state, found, reasons)
        step.new = Entry(refreshed)
        step.diff = await self._drift(refreshed, state)

    async def _present(self, present: Resource, state: Resource) -> Outcome:
        seconds = state.custom_timeouts.get("read", 0)
        return await provider_of(self.providers, present).read(present.urn, state.id, state.inputs, state.outputs, seconds)

    async def _drift(self, refreshed: Resource, state: Resource) -> DiffResult:
        """What an update would change, seen from the other side: how the resource drifted from its inputs."""
        if state.external:
            return diffs.compare(state.outputs, refreshed.outputs)
        diff = await provider_of(self.providers, refreshed).diff(
            refreshed, state.inputs, urn=refreshed.urn, preview=self.preview, ignore_changes=state.ignore_changes
        )
        return diffs.resolve_unknown_diff(diff, refreshed.inputs, state.inputs, state.ignore_changes).inverted()

    # Import.

    async def adopt(self, step: Step) -> None:
        """Import a resource: read it, and adopt it unchanged."""
        if step.planned and step.planned.problem:
            raise EngineError(step.planned.problem)
        new = step.successor
        supplied, moment = new.state.inputs, now()
        if new.state.outputs and step.planned:
            new.update(id=new.state.import_id if new.state.custom else "")
        elif new.state.custom:
            await self._adopt(new)
        if step.planned and new.state.custom:
            new.update(inputs=_completed(new.state.inputs, supplied))
        new.update(created=moment, modified=moment)
        step.old = Entry(new.state)
        if step.planned and new.state.custom:
            new.update(import_id="")
            await self._check(step.planned, new, step.seed)
        if step.original:
            step.original.update(delete=True)

    async def _adopt(self, new: Entry) -> None:
        state = new.state
        reasons: tuple[str, ...] = ()
        try:
            found = await self._found(state, state.import_id, None, None)
        except InitFailed as error:
            found, reasons = error.outcome, error.reasons
        if found.outputs is None:
            raise EngineError(f"resource '{state.id or state.import_id}' does not exist")
        if found.inputs is None:
            package = state.type.partition(":")[0]
            raise EngineError(f"provider does not support importing resources; please try updating the '{package}' plugin")
        new.update(
            id=found.id or state.import_id,
            inputs=found.inputs,
            outputs=found.outputs,
            init_errors=reasons,
            refresh_before_update=found.refresh_before_update,
        )

    async def _check(self, planned: PlannedImport, new: Entry, seed: bytes) -> None:
        """Whether the provider would accept the inputs that it read itself: where not, that is only said."""
        state = new.state
        provider = provider_of(self.providers, state)
        inputs = state.inputs
        checked = await provider.check(state.urn, inputs, inputs, old_outputs={}, preview=self.preview, seed=seed)
        if not checked.failures:
            return
        package = urns.provider_package(urns.type_of(state.provider))
        cause = f"This is almost certainly a bug in the `{package}` provider."
        if planned.selected:
            cause = "Try specifying a different set of properties to import with in the future."
        self.messages.warning(
            state.urn,
            f"One or more imported inputs failed to validate. {cause} The import will still proceed, but you will need to edit "
            "the generated code after copying it into your program.",
        )
        for failure in checked.failures:
            self.messages.warning(state.urn, cli_messages.check_failure_message(state, failure))


def _refreshed(present: Resource, state: Resource, found: Outcome, reasons: tuple[str, ...]) -> Resource:
    """The resource as it was found: as registered now, with the times of its former state."""
    inputs = state.inputs if found.inputs is None else found.inputs
    outputs = found.outputs or {}
    same = equal(inputs, state.inputs) and equal(outputs, state.outputs)
    return replace(
        present,
        id=found.id,
        inputs=inputs,
        outputs=outputs,
        init_errors=reasons,
        refresh_before_update=found.refresh_before_update,
        created=state.created,
        modified=state.modified if same else now(),
    )


def _completed(found: Properties, supplied: Properties) -> Properties:
    """What was read, and what only the person knows; what a person calls secret is secret."""
    merged = dict(found)
    for key, value in supplied.items():
        if merged.get(key) is None:
            merged[key] = value
        elif isinstance(value, Secret) and not isinstance(merged[key], Secret):
            merged[key] = Secret(merged[key])
    return merged
