"""The registered resources while a program runs: parents, components' providers, and what exists already."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from pulumi_embedded_engine.plan.goal import Goal
from pulumi_embedded_engine.resource import urn as urns


class ResourceGraph:
    """The registered resources of a program, by URN."""

    def __init__(self) -> None:
        self.goals: dict[str, Goal] = {}
        self.parents: dict[str, str] = {}
        self.providers: dict[str, dict[str, str]] = {}
        """The providers that a component passes to its children, by package."""
        self._absent: dict[str, bool] = {}
        self._custom: dict[str, bool] = {}
        self._children: dict[str, list[str]] = defaultdict(list)
        self._in_flight: Counter[str] = Counter()
        self._changed = asyncio.Condition()

    def provider(self, given: str, providers: Mapping[str, str], parent: str, package: str) -> str:
        """The explicit provider of a resource: its own, else of those it or its parent was given."""
        return given or providers.get(package) or self.providers.get(parent, {}).get(package, "")

    def inherited_provider(self, parent: str, package: str, *, component: bool) -> str:
        """The provider of the parent, where it serves the child's package or the child is a component."""
        goal = self.goals.get(parent)
        if goal is None or not goal.provider:
            return ""
        served = urns.provider_package(urns.type_of(urns.split_provider_reference(goal.provider)[0]))
        return goal.provider if component or served == package else ""

    @contextmanager
    def begin_registration(self, parent: str) -> Iterator[None]:
        """Note that a child of a component is on its way."""
        self._in_flight[parent] += 1
        try:
            yield
        finally:
            self._in_flight[parent] -= 1

    async def note(self, urn: str, parent: str, *, custom: bool, exists: bool) -> None:
        """Note a registered resource below its parent; `exists`: it has an id, in a preview too."""
        if urn not in self._custom:
            self._children[parent].append(urn)
        self.parents[urn] = parent
        self._custom[urn], self._absent[urn] = custom, custom and not exists
        async with self._changed:
            self._changed.notify_all()

    async def all_exist(self, roots: Iterable[str]) -> bool:
        """Whether every resource of these, or below these components, exists; waits for registrations on their way."""
        pending = list(roots)
        while True:
            reached = self._expand(pending)
            if any(self._absent.get(urn) for urn in reached):
                return False
            if not any(self._in_flight[urn] > 0 for urn in reached):
                return True
            async with self._changed:
                await self._changed.wait()

    def _expand(self, roots: list[str]) -> set[str]:
        """The known URNs of these, and of everything below the components among them up to the first custom resources."""
        reached: set[str] = set()
        waiting = list(roots)
        while waiting:
            urn = waiting.pop()
            if urn in self._custom and urn not in reached:
                reached.add(urn)
                if not self._custom[urn]:
                    waiting.extend(self._children[urn])
        return reached
