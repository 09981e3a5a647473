"""The dependents that must be deleted when a resource is deleted before it is replaced. Pure."""

from collections.abc import Awaitable, Callable, Collection

from pulumi_embedded_engine.plan.provider import Provider, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.resource import diffs
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN

ProviderOf = Callable[[Resource], Awaitable[Provider | None]]


class DependentReplacements:
    """Finds the resources that a delete-before-replace takes with it."""

    def __init__(self, base: Snapshot, providers: Providers, provider_of: ProviderOf) -> None:
        self._base, self._providers, self._provider_of = base, providers, provider_of
        self.keys: dict[str, list[str]] = {}
        """For each dependent: the properties because of which it is replaced."""
        self.news: dict[str, Entry] = {}
        """The resources this operation has produced so far."""

    async def dependents(self, root: Entry, urn: str, settled: Collection[str]) -> list[Entry]:
        """Everything to delete before `root`, dependencies first.

        Args:
            root: the old entry of the resource to replace.
            urn: its URN now.
            settled: URNs already planned for, which therefore cannot depend on it any more.
        """
        found: dict[Entry, list[str]] = {}
        if root in self._base.graph:
            to_delete = {root.urn}
            for candidate in self._base.graph.dependents(root, ignoring=settled):
                keys = await self._replaced_with(candidate.state, to_delete)
                if keys is not None:
                    found[candidate] = keys
                    to_delete.add(candidate.urn)
        for entry in (*self.news.values(), *self._base.tied):
            named = urn in entry.state.replace_with or entry.state.deleted_with == urn
            if named and entry.urn not in {other.urn for other in found}:
                found[entry] = []
        self.keys |= {entry.urn: keys for entry, keys in found.items()}
        return list(found)

    async def _replaced_with(self, state: Resource, to_delete: set[str]) -> list[str] | None:
        """The properties that make a dependent be replaced as well; None if it can stay.

        A dependent goes if its provider or the resource it is deleted with goes, or if its provider would replace it once
        the properties that come from condemned resources are unknown.
        """
        if not state.custom or state.external:
            return None
        if state.provider and urns.split_provider_reference(state.provider)[0] in to_delete:
            await self._providers.ensure(state.provider)
            return []
        if state.deleted_with in to_delete:
            return []
        touched = {key for key, needed in state.property_dependencies.items() if not to_delete.isdisjoint(needed)}
        if touched.isdisjoint(state.inputs):
            return None
        if urns.is_provider_type(state.type):
            await self._providers.start(state, checked=False)
        else:
            await self._providers.ensure(state.provider)
        provider = await self._provider_of(state)
        if provider is None:
            return None
        inputs = {key: UNKNOWN if key in touched else value for key, value in state.inputs.items()}
        diff = await provider.diff(state, inputs, urn=state.urn, preview=True, ignore_changes=state.ignore_changes)
        diff = diffs.resolve_unknown_diff(diff, state.inputs, inputs, state.ignore_changes)
        diff = diffs.apply_replace_on_changes(diff, state.replace_on_changes, init_errors=False)
        return diff.replace_keys if diff.replaces else None
