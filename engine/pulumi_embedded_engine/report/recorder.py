"""Writes each step to the stack's journal, so that state never lags behind what exists."""

import asyncio
import dataclasses

from pulumi_embedded_engine.errors import EngineError, Unexpected
from pulumi_embedded_engine.plan.provider import InitFailed, ProviderError
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.plan.steps import DELETES, Op, Step
from pulumi_embedded_engine.resource.deployment import OperationType
from pulumi_embedded_engine.resource.state import Resource, now
from pulumi_embedded_engine.resource.values import equal
from pulumi_embedded_engine.store.journal import Journal
from pulumi_embedded_engine.store.replay import Key, base_key

_KINDS: dict[Op, OperationType] = {
    Op.CREATE: "creating",
    Op.CREATE_REPLACEMENT: "creating",
    Op.UPDATE: "updating",
    Op.READ: "reading",
    Op.READ_REPLACEMENT: "reading",
    Op.IMPORT: "importing",
    Op.IMPORT_REPLACEMENT: "importing",
    **dict.fromkeys(DELETES, "deleting"),
}
_BLIND = frozenset({"inputs", "outputs", "stack_trace", "init_errors", "modified", "_stored"})
"""What may differ in a resource that is the same."""


class Recorder:
    """The journal of one run."""

    def __init__(self, journal: Journal, base: Snapshot) -> None:
        self._journal = journal
        self._keys = {entry: base_key(index) for index, entry in enumerate(base.entries)}
        self._written = {entry: entry.state for entry in base.entries}

    async def begin(self, step: Step) -> int | None:
        """Note on disk what is about to be done, before it is done; None for what needs no such note."""
        kind = _KINDS.get(step.op)
        if kind is None:
            return None
        state = step.resource.state
        if kind == "creating":  # what became of a create that was cut off is found by when it began
            state = dataclasses.replace(state, modified=now())
        return await asyncio.to_thread(self._journal.begin, kind, state)

    async def end(self, step: Step, operation: int | None, error: EngineError | None) -> None:
        """Write the result to disk. If it is unknown, the operation stays pending."""
        if isinstance(error, Unexpected) or _is_lost_create(step, error):
            return
        if error is not None and not isinstance(error, InitFailed):
            if operation is not None:
                await asyncio.to_thread(self._journal.end, operation)
        elif step.op == Op.SAME:
            self._same(step)
        elif step.op == Op.REFRESH and not step.persisted:
            await self._refresh(step)
        elif step.op != Op.REPLACE:
            await self._changed(step, operation)

    def _same(self, step: Step) -> None:
        if step.skipped or step.new is None or step.old is None:
            return
        changed = not _unchanged(self._written[step.old], step.new.state)
        key = self._journal.same(self._keys[step.old], step.new.state if changed else None)
        self._keep(step.new, key)

    def _keep(self, entry: Entry, key: Key) -> None:
        self._keys[entry], self._written[entry] = key, entry.state

    async def _refresh(self, step: Step) -> None:
        if step.new is not step.old:
            found = step.new.state if step.new else None
            await asyncio.to_thread(self._journal.refresh, self._keys[step.resource], found)

    async def _changed(self, step: Step, operation: int | None) -> None:
        new = step.new.state if step.new else None
        marks = {name: self._keys[entry] for name, entry in _marks(step).items()}
        refreshed = step.op == Op.REFRESH
        key = await asyncio.to_thread(lambda: self._journal.end(operation, new=new, refreshed=refreshed, **marks))
        if step.new:
            self._keep(step.new, key)

    async def outputs(self, entry: Entry) -> None:
        """Note the outputs that a component or the stack registered."""
        if not equal(self._written[entry].outputs, entry.state.outputs):
            await asyncio.to_thread(self._journal.outputs, self._keys[entry], entry.state)
            self._written[entry] = entry.state

    def rebuilt(self, base: Snapshot) -> None:
        """Note that a refresh is complete: what it found is where the program starts from."""
        self._journal.rebuild()
        self._written = {entry: entry.state for entry in base.entries}


def _is_lost_create(step: Step, error: EngineError | None) -> bool:
    """Whether a provider ended before it answered a create, which may have succeeded."""
    return _KINDS.get(step.op) == "creating" and isinstance(error, ProviderError) and error.lost


def _marks(step: Step) -> dict[str, Entry]:
    """What a step does to the entries that were there before."""
    if step.op in DELETES or step.op == Op.REMOVE_PENDING_REPLACE:
        return {"mark_pending_replacement" if step.pending_replacement else "remove": step.resource}
    if step.original:
        return {"mark_delete": step.original}
    if step.old is None or step.op in (Op.IMPORT, Op.IMPORT_REPLACEMENT):
        return {}
    if step.op == Op.READ_REPLACEMENT or (step.op == Op.CREATE_REPLACEMENT and step.pending_delete):
        return {"mark_delete": step.old}
    return {"remove": step.old}


def _unchanged(former: Resource, present: Resource) -> bool:
    """Whether nothing of meaning changed; times, positions in sources and init errors do not count."""
    if former.source_position != present.source_position:
        return False
    compared = [name for name in Resource.__dataclass_fields__ if name not in _BLIND]
    return (
        all(getattr(former, name) == getattr(present, name) for name in compared)
        and equal(former.inputs, present.inputs)
        and equal(former.outputs, present.outputs)
    )
