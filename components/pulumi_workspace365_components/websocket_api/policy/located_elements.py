"""The elements of a handshake, each with its section, path and kind, for the rules."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pulumi_workspace365_components.websocket_api.policy.ast import Element
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment
from pulumi_workspace365_components.websocket_api.policy.schema import POLICIES, Shape

_ALWAYS_RUN = {"limit-concurrency", "include-fragment"}


@dataclass(frozen=True, slots=True)
class LocatedElement:
    """An element where it stands.

    ``section`` is None in a fragment that nothing includes; ``shape`` is None if the reference does not describe the element;
    ``statement`` distinguishes a policy from a part of one; ``parents`` are the elements above, from the section down.
    """

    element: Element
    path: str
    section: str | None
    shape: Shape | None
    statement: bool
    parents: tuple[Element, ...] = ()
    fragment: str | None = None

    @property
    def name(self) -> str:
        """The element's name."""
        return self.element.name

    @property
    def always_runs(self) -> bool:
        """Whether the statement runs on each handshake that gets to it, under no condition."""
        return self.statement and all(parent.name in _ALWAYS_RUN for parent in self.parents)

    def is_inside(self, *names: str) -> bool:
        """Whether an element of one of these names stands above."""
        return any(parent.name in names for parent in self.parents)


def locate_elements(sections: Mapping[str, Sequence[Element]], fragments: Sequence[Fragment] = ()) -> tuple[LocatedElement, ...]:
    """All elements in the order of execution, fragments where they are included and, unused ones, at the end."""
    walk = _Walk({fragment.id: fragment for fragment in fragments})
    for name, items in sections.items():
        walk.statements(items, _Surroundings(name, name, (), None))
    for fragment in fragments:
        if fragment.id not in walk.included:
            walk.body(fragment, _Surroundings("", None, (), None))
    return tuple(walk.found)


class _Surroundings(NamedTuple):
    """What elements of one parent share."""

    path: str
    section: str | None
    parents: tuple[Element, ...]
    fragment: str | None


class _Walk:
    def __init__(self, fragments: dict[str, Fragment]) -> None:
        self.fragments = fragments
        self.included: set[str] = set()
        self.found: list[LocatedElement] = []

    def statements(self, items: Sequence[Element], around: _Surroundings) -> None:
        for node, path in _paths(items, around.path):
            schema = POLICIES.get(node.name)
            self.take(node, path, schema.shape if schema else None, around, statement=True)

    def parts(self, items: Sequence[Element], shape: Shape, around: _Surroundings) -> None:
        shapes = {child.name: child.shape for child in shape.children}
        for node, path in _paths(items, around.path):
            self.take(node, path, shapes.get(node.name), around, statement=False)

    def take(self, node: Element, path: str, shape: Shape | None, around: _Surroundings, *, statement: bool) -> None:
        """The element, and what is below it."""
        self.found.append(LocatedElement(node, path, around.section, shape, statement, around.parents, around.fragment))
        if not node.children and node.name != "include-fragment":
            return
        inner = _Surroundings(path, around.section, (*around.parents, node), around.fragment)
        if statement and node.name == "include-fragment" and around.fragment is None:
            if fragment := self.fragments.get(node.literal("fragment-id") or ""):
                self.body(fragment, inner)
        elif shape and shape.holds == "policies":
            self.statements(node.children, inner)
        elif shape and shape.holds == "children":
            self.parts(node.children, shape, inner)

    def body(self, fragment: Fragment, around: _Surroundings) -> None:
        root = f"fragment[{fragment.id}]"
        path = f"{around.path}/{root}" if around.path else root
        self.included.add(fragment.id)
        self.statements(fragment.policies, around._replace(path=path, fragment=fragment.id))


def _paths(items: Sequence[Element], above: str) -> Iterator[tuple[Element, str]]:
    """The elements with their paths, numbered from 1 where several siblings share a name."""
    if len(items) == 1:
        yield items[0], f"{above}/{items[0].name}"
        return
    total = Counter([item.name for item in items])
    counts: Counter[str] = Counter()
    for item in items:
        counts[item.name] += 1
        yield item, f"{above}/{item.name}" + (f"[{counts[item.name]}]" if total[item.name] > 1 else "")
