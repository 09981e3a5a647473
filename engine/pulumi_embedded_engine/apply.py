"""Carries out one step: asks the provider, runs the hooks, completes the new state (the CLI's pkg/resource/deploy/step.go)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from pulumi_embedded_engine import diffs, wording
from pulumi_embedded_engine import urn as urns
from pulumi_embedded_engine.diffs import DiffResult
from pulumi_embedded_engine.entries import Entry, state_of
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.hooks import HookFailed, Hooks
from pulumi_embedded_engine.provider import InitFailed, Messages, Outcome, Provider, ProviderError, Providers
from pulumi_embedded_engine.state import Resource, now
from pulumi_embedded_engine.steps import DELETES, Op, Step
from pulumi_embedded_engine.values import Properties, Secret, equal

_MOST_RETRIES = 100


class Protected(EngineError):
    """A protected resource was to be deleted: reported, but no reason to stop the rest."""


@dataclass
class Applier:
    """Carries out the steps of one operation.

    Args:
        providers: who to ask.
        hooks: the program's hooks.
        messages: where warnings go.
        preview: nothing may change outside of this process.
        ignore_protect: delete protected resources.
        deletes: the URNs that are planned to be deleted: what is deleted with one of them needs no call of its own.
        failures: errors after a step that succeeded, of hooks: the operation fails, the state stands.
    """

    providers: Providers
    hooks: Hooks
    messages: Messages
    preview: bool
    ignore_protect: bool
    deletes: set[str]
    failures: list[EngineError] = field(default_factory=list)

    async def apply(self, step: Step) -> None:
        """Carry out a step.

        Raises:
            InitFailed: it succeeded in part; the new state holds what exists.
            EngineError: it failed.
        """
        try:
            await self._action(step)(step)
        finally:
            if step.new and step.op != Op.REPLACE:
                step.new.state = _with_secrets(step.new.state)
        if step.new and step.op != Op.REPLACE and "id" in step.new.state.additional_secret_outputs:
            message = "The 'id' property cannot be made secret. See pulumi/pulumi#2717 for more details."
            self.messages.warning(step.urn, message)

    def _action(self, step: Step) -> Callable[[Step], Awaitable[None]]:
        if step.op in DELETES:
            return self._delete
        return {
            Op.SAME: self._same,
            Op.CREATE: self._create,
            Op.CREATE_REPLACEMENT: self._create,
            Op.UPDATE: self._update,
            Op.READ: self._read,
            Op.READ_REPLACEMENT: self._read,
            Op.REFRESH: self._refresh,
            Op.IMPORT: self._import,
            Op.IMPORT_REPLACEMENT: self._import,
        }.get(step.op, _nothing)

    def _provider(self, state: Resource) -> Provider:
        if urns.is_provider_type(state.type):
            return self.providers.registry
        if (provider := self.providers.find(state.provider)) is None:
            raise EngineError(f"unknown provider '{state.provider}' for resource '{state.urn}'")
        return provider

    async def _same(self, step: Step) -> None:
        new, old = _both(step)
        new.update(id=old.state.id, outputs=old.state.outputs)
        if urns.is_provider_type(new.state.type) and not step.skipped:
            await self.providers.start(replace(new.state, inputs=old.state.inputs), checked=True)

    async def _create(self, step: Step) -> None:
        new = _new(step)
        await self.hooks.run("BeforeCreate", None, new.state)
        partial: InitFailed | None = None
        outcome = Outcome("", {})
        if new.state.custom:
            provider = self._provider(new.state)

            async def create() -> Outcome:
                return await provider.create(new.state, preview=self.preview)

            try:
                outcome = await self._retrying("create", None, new, create)
            except InitFailed as error:
                partial, outcome = error, error.outcome
            if not outcome.id and not self.preview:
                raise ProviderError("provider did not return an ID from Create", unclear=True)
        moment = now()
        new.update(
            id=outcome.id,
            outputs=outcome.outputs or {},
            refresh_before_update=outcome.refresh_before_update,
            created=moment,
            modified=moment,
            init_errors=partial.reasons if partial else (),
        )
        if step.old and step.pending_delete:
            step.old.update(delete=True)
        await self._finish("AfterCreate", None, new, partial)

    async def _update(self, step: Step) -> None:
        new, old = _both(step)
        new.update(id=old.state.id, created=old.state.created, modified=old.state.modified)
        await self.hooks.run("BeforeUpdate", old.state, new.state)
        partial: InitFailed | None = None
        if new.state.custom:
            provider = self._provider(new.state)

            async def update() -> Outcome:
                return await provider.update(old.state, new.state, preview=self.preview, ignore_changes=step.ignore_changes)

            try:
                outcome = await self._retrying("update", old, new, update)
            except InitFailed as error:
                partial, outcome = error, error.outcome
                # The resource does not (yet) have the new inputs: the next update has to try them again.
                new.update(inputs=old.state.inputs, init_errors=partial.reasons)
            new.update(outputs=outcome.outputs or {}, refresh_before_update=outcome.refresh_before_update, modified=now())
        await self._finish("AfterUpdate", old, new, partial)

    async def _finish(self, hook: str, old: Entry | None, new: Entry, partial: InitFailed | None) -> None:
        if partial:
            raise partial
        if new.state.custom:  # a component's hooks run once it has registered its outputs
            new.state = _with_secrets(new.state)
            await self.run_after(hook, state_of(old), new.state)

    async def run_after(self, hook: str, old: Resource | None, new: Resource | None) -> None:
        """Run hooks after what they belong to was done: their errors fail the operation, but not the step."""
        try:
            await self.hooks.run(hook, old, new)
        except HookFailed as error:
            subject = new or old
            self.messages.error(subject.urn if subject else "", str(error))
            self.failures.append(error)

    async def _retrying(
        self, operation: str, old: Entry | None, new: Entry | None, action: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """Do it again as long as it fails and an error hook of the resource asks for it."""
        failures: list[str] = []
        subject = new or old
        urn = subject.urn if subject else ""
        while True:
            try:
                return await action()
            except ProviderError as error:
                failures.insert(0, str(error))
                if len(failures) >= _MOST_RETRIES:
                    self.messages.warning(urn, f"maximum number of error hook retries ({_MOST_RETRIES}) reached")
                    raise ProviderError("maximum number of error hook retries reached") from None
                if not await self.hooks.wants_retry(operation, state_of(old), state_of(new), failures):
                    raise
            self.messages.warning(urn, f"retrying {operation} due to on-error hook request ({len(failures)}/{_MOST_RETRIES})")

    async def _delete(self, step: Step) -> None:
        old = step.resource
        state = old.state
        await self.hooks.run("BeforeDelete", state, None)
        if state.protect and step.op in (Op.DELETE, Op.READ_DISCARD) and not self.ignore_protect:
            raise Protected(wording.protected(state.urn))
        spared = state.external or state.retain_on_delete or state.deleted_with in self.deletes
        if state.custom and not spared and not self.preview:
            provider = self._provider(state)

            async def delete() -> Outcome:
                await provider.delete(state)
                return Outcome("", None)

            await self._retrying("delete", old, None, delete)
        if step.pending_replacement:
            old.update(pending_replacement=True)
        await self.run_after("AfterDelete", state, None)

    async def _read(self, step: Step) -> None:
        new = _new(step)
        state, partial = new.state, None
        if state.id == urns.UNKNOWN_ID:
            outcome = Outcome("", {})
        else:
            timeout = state.custom_timeouts.get("read", 0)
            try:
                outcome = await self._provider(state).read(state.urn, state.id, state.inputs, state.inputs, timeout)
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

    # Refresh.

    async def _refresh(self, step: Step) -> None:
        old = step.resource
        state = old.state
        # Within a program, what is found becomes the old state of the resource as it is registered now.
        present = _new(step).state if step.persisted else state
        step.new = old
        if not state.custom or urns.is_provider_type(state.type) or state.pending_replacement:
            step.new = Entry(state) if step.persisted else old
            return
        provider = self._provider(present)
        reasons: tuple[str, ...] = ()
        try:
            timeout = state.custom_timeouts.get("read", 0)
            found = await provider.read(present.urn, state.id, state.inputs, state.outputs, timeout)
        except InitFailed as error:
            found, reasons = error.outcome, error.reasons
            listed = "\n* ".join(reasons)
            self.messages.warning(state.urn, f"Refreshed resource is in an unhealthy state:\n* {listed}")
        if not found.id or found.outputs is None:
            step.new = None
            return
        inputs = state.inputs if found.inputs is None else found.inputs
        same = equal(inputs, state.inputs) and equal(found.outputs, state.outputs)
        refreshed = replace(
            present,
            id=found.id,
            inputs=inputs,
            outputs=found.outputs,
            init_errors=reasons,
            refresh_before_update=found.refresh_before_update,
            created=state.created,
            modified=state.modified if same else now(),
        )
        step.new = Entry(refreshed)
        step.diff = await self._drift(provider, refreshed, state)

    async def _drift(self, provider: Provider, refreshed: Resource, state: Resource) -> DiffResult:
        """What an update would change, seen from the other side: how the resource drifted from its inputs."""
        if state.external:
            return diffs.compare(state.outputs, refreshed.outputs)
        diff = await provider.diff(
            refreshed, state.inputs, urn=refreshed.urn, preview=self.preview, ignore_changes=state.ignore_changes
        )
        return diffs.settled(diff, refreshed.inputs, state.inputs, state.ignore_changes).inverted()

    # Import.

    async def _import(self, step: Step) -> None:
        new = _new(step)
        state, moment = new.state, now()
        reasons: tuple[str, ...] = ()
        try:
            found = await self._provider(state).read(state.urn, state.import_id, None, None, 0)
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
            created=moment,
            modified=moment,
        )
        step.old = Entry(new.state)
        if step.original:
            step.original.update(delete=True)


async def _nothing(_step: Step) -> None:
    """Steps that only tell what others do."""


def _new(step: Step) -> Entry:
    if step.new is None:
        raise ValueError(f"a step of kind {step.op} without a new resource")
    return step.new


def _both(step: Step) -> tuple[Entry, Entry]:
    if step.old is None:
        raise ValueError(f"a step of kind {step.op} without an old resource")
    return _new(step), step.old


def _with_secrets(state: Resource) -> Resource:
    """Mark the outputs that are secret by the program's wish, or because the input of their name is."""
    marked: Properties = {
        key: Secret(value)
        for key, value in state.outputs.items()
        if not isinstance(value, Secret)
        and (key in state.additional_secret_outputs or isinstance(state.inputs.get(key), Secret))
        and key != "id"
    }
    return replace(state, outputs={**state.outputs, **marked}) if marked else state
