"""How the reference describes a policy: attributes, children, sections. Pure data; the rules read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Check: TypeAlias = Callable[[str], str | None]
"""Given an attribute's literal text: what it must be instead, or None where it is right."""

INBOUND = frozenset({"inbound"})
REQUEST = frozenset({"inbound", "backend"})
EVERYWHERE = frozenset({"inbound", "backend", "outbound", "on-error"})

Holds: TypeAlias = Literal["children", "text", "policies", "anything"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute.

    ``expression``: whether a policy expression may stand in it, None where official sources differ; ``default``: what leaving
    it out means.
    """

    check: Check
    required: bool = False
    expression: bool | None = True
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What an element may hold.

    ``children`` are in the reference's order, which counts unless ``any_order``. ``exactly_one`` and ``at_least_one`` are
    groups of attributes; ``at_most_one`` likewise. ``some_child``: at least one child of any allowed kind. ``or_text``:
    official samples have text in place of the children, which the reference does not describe.
    """

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    children: tuple["Child", ...] = ()
    holds: Holds = "children"
    text_expression: bool = True
    any_order: bool = False
    some_child: bool = False
    or_text: bool = False
    exactly_one: tuple[tuple[str, ...], ...] = ()
    at_least_one: tuple[tuple[str, ...], ...] = ()
    at_most_one: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """A child element and how often it may stand there; ``most`` None means any number."""

    name: str
    shape: Shape
    least: int = 0
    most: int | None = 1


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy statement.

    Its shape, the sections that its page lists, further ones in which another official source has it, and whether a document
    may hold it only once.
    """

    shape: Shape | None
    sections: frozenset[str] = EVERYWHERE
    once: bool = False
    elsewhere: frozenset[str] = frozenset()


TEXT = Shape(holds="text")


def listing(name: str, item: str, shape: Shape = TEXT) -> Child:
    """``<names><name>…</name>…</names>``: an optional list of at least one item."""
    return Child(name, Shape(children=(Child(item, shape, 1, None),)))
