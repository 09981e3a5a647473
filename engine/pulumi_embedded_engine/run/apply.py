"""Carries out one step: calls the provider, runs the hooks, completes the new state (the CLI's pkg/resource/deploy/step.go)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from pulumi_embedded_engine.errors import EngineError, Unexpected
from pulumi_embedded_engine.plan import cli_messages
from pulumi_embedded_engine.plan.provider import InitFailed, Messages, Outcome, ProviderError, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, state_of
from pulumi_embedded_engine.plan.steps import DELETES, Op, Step
from pulumi_embedded_engine.program.hooks import HookFailed, Hooks
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource, now
from pulumi_embedded_engine.resource.values import Properties, Secret
from pulumi_embedded_engine.run.read_steps import Reader, provider_of

_MOST_RETRIES = 100


class ProtectedResourceError(EngineError):
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
        deletes: the URNs that are planned to be deleted: a resource that is deleted with one of them needs no separate call.
        failures: errors after a step that succeeded, of hooks: the operation fails, the state stands.
    """

    providers: Providers
    hooks: Hooks
    messages: Messages
    preview: bool
    ignore_protect: bool
    deletes: set[str]
    failures: list[EngineError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = Reader(self.providers, self.messages, preview=self.preview)

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
                step.new.state = with_secrets(step.new.state)
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
            Op.READ: self._reader.read,
            Op.READ_REPLACEMENT: self._reader.read,
            Op.REFRESH: self._reader.refresh,
            Op.IMPORT: self._reader.adopt,
            Op.IMPORT_REPLACEMENT: self._reader.adopt,
        }.get(step.op, _nothing)

    async def _same(self, step: Step) -> None:
        new, old = _both(step)
        new.update(id=old.state.id, outputs=old.state.outputs)
        if urns.is_provider_type(new.state.type) and not (step.skipped or step.untargeted):
            await self.providers.start(replace(new.state, inputs=old.state.inputs), checked=True)

    async def _create(self, step: Step) -> None:
        new = step.successor
        await self.hooks.run("BeforeCreate", None, new.state)
        partial: InitFailed | None = None
        outcome = Outcome("", {})
        if new.state.custom:
            provider = provider_of(self.providers, new.state)

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
            provider = provider_of(self.providers, new.state)

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
            new.state = with_secrets(new.state)
            await self.run_after(hook, state_of(old), new.state)

    async def run_after(self, hook: str, old: Resource | None, new: Resource | None) -> None:
        """Run hooks after what they belong to was done: their errors fail the operation, but not the step."""
        try:
            await self.hooks.run(hook, old, new)
        except Exception as problem:  # noqa: BLE001  what was done has to be recorded, whatever a hook makes of it
            failure = problem if isinstance(problem, HookFailed) else Unexpected(f"{hook} hooks failed", problem)
            subject = new or old
            self.messages.error(subject.urn if subject else "", str(failure))
            self.failures.append(failure)

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
            raise ProtectedResourceError(cli_messages.protected_message(state.urn))
        spared = state.external or state.retain_on_delete or state.deleted_with in self.deletes
        if state.custom and not spared and not self.preview:
            provider = provider_of(self.providers, state)

            async def delete() -> Outcome:
                await provider.delete(state)
                return Outcome("", None)

            await self._retrying("delete", old, None, delete)
        if step.pending_replacement:
            old.update(pending_replacement=True)
        await self.run_after("AfterDelete", state, None)


async def _nothing(_step: Step) -> None:
    """Steps that only tell what others do."""


def _both(step: Step) -> tuple[Entry, Entry]:
    if step.old is None:
        raise ValueError(f"a step of kind {step.op} without an old resource")
    return step.successor, step.old


def with_secrets(state: Resource) -> Resource:
    """Mark the outputs that are secret by the program's wish, or because the input of their name is."""
    marked: Properties = {
        key: Secret(value)
        for key, value in state.outputs.items()
        if not isinstance(value, Secret)
        and (key in state.additional_secret_outputs or isinstance(state.inputs.get(key), Secret))
        and key != "id"
    }
    return replace(state, outputs={**state.outputs, **marked}) if marked else state
