"""The resources of a deployment while it runs. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pulumi_embedded_engine.plan.graph import Graph
from pulumi_embedded_engine.resource.state import Resource


@dataclass(eq=False, slots=True)
class Entry:
    """A resource's place in the deployment: the same entry whatever becomes of its state; states never change themselves."""

    state: Resource

    def update(self, **changes: Any) -> None:
        """Replace the state by one with these fields changed."""
        self.state = replace(self.state, **changes)

    @property
    def urn(self) -> str:
        """The URN of the resource."""
        return self.state.urn


def state_of(entry: Entry | None) -> Resource | None:
    """The state of an entry, if there is one."""
    return None if entry is None else entry.state


class Snapshot:
    """The resources an operation starts from, in their order, and the ways to find them."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.entries = [Entry(resource) for resource in resources]
        self._index()

    def _index(self) -> None:
        self.graph: Graph[Entry] = Graph(self.entries, lambda entry: entry.state)
        self.live: dict[str, Entry] = {}
        self.all: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            self.all[entry.urn].append(entry)
            if not entry.state.delete:
                self.live[entry.urn] = entry
        self.tied = [entry for entry in self.live.values() if entry.state.deleted_with or entry.state.replace_with]
        """The live entries that go when another one goes."""

    def resources(self) -> list[Resource]:
        """The current states, in their order."""
        return [entry.state for entry in self.entries]

    def rebuild(self, refreshed: Mapping[Entry, Resource | None]) -> None:
        """Take over what a refresh found: new states, and None for what is gone; nothing refers to what is gone afterwards."""
        remaining: list[Entry] = []
        remaining_urns: set[str] = set()
        parents: dict[str, str] = {}
        for entry in self.entries:
            state = refreshed.get(entry, entry.state)
            if state is None:
                parents[entry.urn] = self._surviving(entry.state.parent, remaining_urns, parents)
                continue
            entry.state = _without_missing(state, remaining_urns)
            entry.update(parent=self._surviving(state.parent, remaining_urns, parents))
            remaining.append(entry)
            remaining_urns.add(entry.urn)
        self.entries = remaining
        self._index()

    @staticmethod
    def _surviving(parent: str, remaining_urns: set[str], parents: Mapping[str, str]) -> str:
        while parent and parent not in remaining_urns:
            parent = parents.get(parent, "")
        return parent


def _without_missing(state: Resource, remaining_urns: set[str]) -> Resource:
    return replace(
        state,
        dependencies=tuple(urn for urn in state.dependencies if urn in remaining_urns),
        property_dependencies={
            key: left
            for key, urns in state.property_dependencies.items()
            if (left := tuple(urn for urn in urns if urn in remaining_urns))
        },
        deleted_with=state.deleted_with if state.deleted_with in remaining_urns else "",
        replace_with=tuple(urn for urn in state.replace_with if urn in remaining_urns),
    )
