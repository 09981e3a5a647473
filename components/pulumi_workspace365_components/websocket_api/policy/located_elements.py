"""The elements of a handshake, each with its section, path and kind, for the rules."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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

    def replaced_by(self, element: Element, path: str, shape: Shape | None, *, statement: bool) -> "LocatedElement":
        """Another element in the same section and fragment, below the same elements."""
        return LocatedElement(element, path, self.section, shape, statement, self.parents, self.fragment)

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
    found: list[LocatedElement] = []
    for name, items in sections.items():
        found += walk.statements(items, LocatedElement(Element(name), name, name, None, statement=False))
    for fragment in fragments:
        found += walk.body(fragment, None) if fragment.id not in walk.included else ()
    return tuple(found)


class _Walk:
    def __init__(self, fragments: dict[str, Fragment]) -> None:
        self.fragments = fragments
        self.included: set[str] = set()

    def statements(self, items: Sequence[Element], above: LocatedElement) -> Iterator[LocatedElement]:
        for node, path in _paths(items, above.path):
            schema = POLICIES.get(node.name)
            located = above.replaced_by(node, path, schema.shape if schema else None, statement=True)
            yield located
            yield from self.below(located)

    def below(self, located: LocatedElement) -> Iterator[LocatedElement]:
        inner = replace(located, parents=(*located.parents, located.element))
        if located.statement and located.name == "include-fragment" and located.fragment is None:
            fragment = self.fragments.get(located.element.literal("fragment-id") or "")
            yield from self.body(fragment, inner) if fragment else ()
        elif located.shape and located.shape.holds == "policies":
            yield from self.statements(located.element.children, inner)
        elif located.shape and located.shape.holds == "children":
            yield from self.parts(inner)

    def parts(self, above: LocatedElement) -> Iterator[LocatedElement]:
        shapes = {child.name: child.shape for child in above.shape.children} if above.shape else {}
        for node, path in _paths(above.element.children, above.path):
            located = above.replaced_by(node, path, shapes.get(node.name), statement=False)
            yield located
            yield from self.below(located)

    def body(self, fragment: Fragment, above: LocatedElement | None) -> Iterator[LocatedElement]:
        root = f"fragment[{fragment.id}]"
        start = above or LocatedElement(fragment.document, root, None, None, statement=False)
        path = f"{above.path}/{root}" if above else root
        self.included.add(fragment.id)
        yield from self.statements(fragment.policies, replace(start, path=path, fragment=fragment.id))


def _paths(items: Sequence[Element], above: str) -> Iterator[tuple[Element, str]]:
    """The elements with their paths, numbered from 1 where several siblings share a name."""
    total = Counter(item.name for item in items)
    counts: Counter[str] = Counter()
    for item in items:
        counts[item.name] += 1
        yield item, f"{above}/{item.name}" + (f"[{counts[item.name]}]" if total[item.name] > 1 else "")
