"""Which resource depends on which, within the order of a deployment. Pure.

A deployment lists every resource after those it depends on. Several entries may share a URN while a replacement is under
way; an edge therefore leads to every earlier entry of the URN it names.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Generic, TypeVar

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource

Node = TypeVar("Node")


def requirements(resource: Resource) -> Iterator[str]:
    """The URNs a resource needs besides its parent and provider: dependencies, per property, deletedWith, replaceWith."""
    yield from resource.dependencies
    for dependencies in resource.property_dependencies.values():
        yield from dependencies
    if resource.deleted_with:
        yield resource.deleted_with
    yield from resource.replace_with


def needs(resource: Resource) -> set[str]:
    """`requirements` and the provider."""
    found = set(requirements(resource))
    if resource.provider:
        found.add(urns.split_provider_reference(resource.provider)[0])
    return found


class Graph(Generic[Node]):
    """The dependency graph of resources in deployment order; `state` gives a node's resource when the graph is made."""

    def __init__(self, nodes: Sequence[Node], state: Callable[[Node], Resource]) -> None:
        self._nodes = nodes
        self._states = [state(node) for node in nodes]
        self._index = {node: at for at, node in enumerate(nodes)}
        self._places: dict[str, list[int]] = defaultdict(list)
        self._dependents: dict[str, list[int]] = defaultdict(list)
        self._children: dict[str, list[int]] = defaultdict(list)
        for at, resource in enumerate(self._states):
            self._places[resource.urn].append(at)
            self._note(at, resource)

    def _note(self, at: int, resource: Resource) -> None:
        for urn in needs(resource):
            self._dependents[urn].append(at)
        parent = resource.parent
        while parent:
            self._children[parent].append(at)
            places = self._places.get(parent)
            parent = self._states[places[-1]].parent if places else ""

    def alias(self, stand_in: Node, node: Node) -> None:
        """Replace a node of the graph by another one, after a refresh."""
        self._index[stand_in] = self._index[node]

    def __contains__(self, node: Node) -> bool:
        return node in self._index

    def dependents(self, root: Node, *, ignoring: Collection[str] = ()) -> list[Node]:
        """Everything after `root` that directly or indirectly needs it, in order; URNs to ignore end a path."""
        found: list[Node] = []
        visited: set[int] = set()
        waiting: list[int] = []

        def follow(after: int) -> None:
            for at in self._dependents.get(self._states[after].urn, ()):
                if at > after and at not in visited and self._states[at].urn not in ignoring:
                    visited.add(at)
                    heapq.heappush(waiting, at)

        follow(self._index[root])
        while waiting:
            at = heapq.heappop(waiting)
            found.append(self._nodes[at])
            follow(at)
        return found

    def dependencies(self, node: Node) -> list[Node]:
        """What a node directly needs: also its parent, and all that lies below a component it needs."""
        return [self._nodes[at] for at in sorted(self._needed(self._index[node]))]

    def _needed(self, here: int) -> set[int]:
        resource = self._states[here]
        found = {at for at in self._places.get(resource.parent, ()) if at < here}
        for urn in needs(resource):
            for at in self._places.get(urn, ()):
                if at < here:
                    found.add(at)
                    if not self._states[at].custom:
                        found.update(child for child in self._children.get(urn, ()) if child < here)
        return found

    def all_dependencies(self, node: Node) -> set[Node]:
        """Everything that a node directly or indirectly needs."""
        waiting = [self._index[node]]
        visited: set[int] = set()
        while waiting:
            for needed in self._needed(waiting.pop()) - visited:
                visited.add(needed)
                waiting.append(needed)
        return {self._nodes[at] for at in visited}

    def layers(self, to_delete: Collection[Node]) -> list[list[Node]]:
        """Group nodes so that none of a group needs another one of it, and each group can go once those before it are gone."""
        marked = {self._index[node] for node in to_delete}
        depth: dict[int, int] = {}
        for at in sorted(marked):  # in deployment order, dependencies are measured before their dependents
            depth[at] = 1 + max((depth[needed] for needed in self._needed(at) & marked), default=-1)
        groups: dict[int, list[Node]] = defaultdict(list)
        for node in to_delete:
            groups[depth[self._index[node]]].append(node)
        return [groups[level] for level in sorted(groups, reverse=True)]


def without_resource(resources: Sequence[Resource], urn: str) -> list[Resource]:
    """A deployment without one resource.

    Raises:
        EngineError: it is not there, or several are, it is protected, or another one depends on it.
    """
    found = [resource for resource in resources if resource.urn == urn]
    if not found:
        raise EngineError(f'No such resource "{urn}" exists in the current state')
    if len(found) > 1:
        raise EngineError(f"{urn} ambiguously refers to {len(found)} resources")
    if found[0].protect:
        raise EngineError(f"{urn} can't be safely deleted because it is protected.")
    dependents = [resource.urn for resource in resources if urn in needs(resource) | {resource.parent}]
    if dependents:
        listed = "".join(f'\n * "{urns.name_of(dependent)}" ({dependent})' for dependent in dependents)
        raise EngineError(f"{urn} can't be safely deleted because the following resources depend on it:{listed}")
    return [resource for resource in resources if resource.urn != urn]
