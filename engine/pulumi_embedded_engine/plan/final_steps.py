"""The steps after a program has registered everything: deletes, or refreshes of unregistered resources. Pure."""

from pulumi_embedded_engine.plan import steps
from pulumi_embedded_engine.plan.graph import Graph
from pulumi_embedded_engine.plan.planner import Planner
from pulumi_embedded_engine.plan.provider import Providers
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.plan.urn_resolver import UrnResolver


class FinalSteps:
    """Plans the last steps of an operation."""

    def __init__(self, planner: Planner, base: Snapshot, urn_resolver: UrnResolver, providers: Providers) -> None:
        self._planner, self._base, self._urn_resolver, self._providers = planner, base, urn_resolver, providers

    def _is_kept(self, urn: str) -> bool:
        return self._planner.record.is_retained(self._urn_resolver.aliased.get(urn, urn))

    async def deletes(self) -> tuple[list[Step], list[list[Step]]]:
        """Delete what the program no longer has, within the operation's limits.

        Returns:
            The steps that keep the other resources; then the deletes, in groups that run one after the other, each concurrently.

        Raises:
            BailError: something would go that is out of limits, which has been reported.
        """
        planner, left = self._planner, list[Step]()
        planned: dict[Entry, Step] = {}
        deletable = planner.selection.deletable(planner.to_delete)
        for former in self._base.entries:
            entry = planner.refreshed.get(former, former)
            if former.urn not in deletable:
                left += [] if entry.state.delete or self._is_kept(entry.urn) else [planner.selection.kept(entry)]
            elif (step := self._delete(entry)) is not None:
                planned[entry] = step
                planner.record.deletes.add(entry.urn)
                await self._providers.ensure(entry.state.provider)
        for entry in planner.to_delete:
            if entry.urn in deletable:
                planned[entry] = steps.delete(entry)
                planner.record.deletes.add(entry.urn)
        planner.ledger.admit_final([*left, *planned.values()])
        planner.selection.check_deletes(planned.values())
        graph = Graph([*planner.to_delete, *self._base.entries], lambda entry: entry.state)
        for former, found in planner.refreshed.items():
            if found not in graph:
                graph.alias(found, former)
        return left, [[planned[entry] for entry in layer] for layer in graph.layers(list(planned))]

    def _delete(self, entry: Entry) -> Step | None:
        state = entry.state
        if state.delete:
            return None if entry in self._planner.deleted else steps.delete(entry, replaced=True)
        if self._is_kept(state.urn):
            return None
        return Step(Op.REMOVE_PENDING_REPLACE, entry, None) if state.pending_replacement else steps.delete(entry)

    async def refreshes(self) -> list[Step]:
        """Read what the program no longer has, in a refresh that runs it."""
        planned = []
        for entry in self._planner.selection.to_refresh([entry for entry in self._base.entries if not self._is_kept(entry.urn)]):
            self._planner.record.refreshes.add(entry.urn)
            await self._providers.ensure(entry.state.provider)
            planned.append(refresh(entry))
        return planned


def refresh(entry: Entry) -> Step:
    """Read the current state of a resource; until then, the recorded state is kept."""
    return Step(Op.REFRESH, entry, entry)
