"""The syntax tree of a policy: created by the builders or parsed from XML, validated by the rules, and rendered.

Elements are canonical from their construction on (order of attributes, line ends, layout white space), so that two trees
that API Management does not distinguish are equal, render the same text and show no difference in a preview.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any, Protocol, TypeAlias, TypeGuard, runtime_checkable

from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError


@runtime_checkable  # so that a pydantic field may be typed as a Handshake
class Deferred(Protocol):
    """A value that is known later, such as a ``pulumi.Output``; it is kept unchanged and never read."""

    def apply(self, func: Any, /) -> Any: ...


Leaf: TypeAlias = str | Deferred
"""An attribute's value or a piece of text, as the tree holds it."""
Text: TypeAlias = str | Deferred
Number: TypeAlias = int | str | Deferred
"""A number, or text with an expression or a named value that gives one."""
Flag: TypeAlias = bool | str | Deferred
"""A truth value, or text with an expression or a named value that gives one."""

_NAME = re.compile(r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LAYOUT = " \t\n"
_NO_LEAF = (float, bytes, bytearray, Mapping, list, tuple, set, frozenset)


@dataclass(frozen=True, slots=True)
class Element:
    """One XML element. ``content`` mixes child elements and text; attributes are sorted, ``name`` first.

    ``children`` are the child elements, without text.

    Raises:
        PolicyError: a name is not an XML name, or a value is neither text, number, truth value nor deferred.
    """

    name: str
    attributes: tuple[tuple[str, Leaf], ...] = ()
    content: "tuple[Element | Leaf, ...]" = ()
    children: "tuple[Element, ...]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_name(self.name, "element")
        pairs = {_check_name(name, "attribute"): leaf(value, f"{self.name} {name}") for name, value in self.attributes}
        if len(pairs) != len(self.attributes):
            raise PolicyError(f"<{self.name}> has an attribute twice; keep one of them.")
        content = _canonical(self.content, self.name) if self.content else ()
        object.__setattr__(self, "attributes", tuple(sorted(pairs.items(), key=_name_first)))
        object.__setattr__(self, "content", content)
        object.__setattr__(self, "children", tuple([item for item in content if isinstance(item, Element)]))

    @property
    def text(self) -> Leaf | None:
        """The text of an element without child elements; None where it has no text, or has child elements."""
        only = self.content[0] if len(self.content) == 1 else None
        return None if isinstance(only, Element) else only

    def get(self, attribute: str, default: str | None = None) -> Leaf | None:
        """The value of an attribute, or what it is by default."""
        for name, value in self.attributes:
            if name == attribute:
                return value
        return default

    def literal(self, attribute: str) -> str | None:
        """The value of an attribute where it is known, or None."""
        value = self.get(attribute)
        return value if isinstance(value, str) else None

    def walk(self) -> "Iterator[Element]":
        """This element and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> Iterator[Leaf]:
        """Every value of this element and of all below it, in document order."""
        for _, value in self.attributes:
            yield value
        for item in self.content:
            if isinstance(item, Element):
                yield from item.leaves()
            else:
                yield item


def element(name: str, /, *content: Element | Text | None, attributes: Mapping[str, object] | None = None) -> Element:
    """An element of any name; attributes and content that are None are left out."""
    pairs = tuple((key, value) for key, value in (attributes or {}).items() if value is not None)
    return Element(name, pairs, tuple(item for item in content if item is not None))  # type: ignore[arg-type]  # Element makes leaves of values


def policy(name: str, /, *content: Element | Text | None, **attributes: object) -> Element:
    """An element whose attributes are given in Python's spelling: ``header_name`` becomes ``header-name``."""
    return element(name, *content, attributes={key.strip("_").replace("_", "-"): value for key, value in attributes.items()})


def map_leaves(node: Element, change: Callable[[Leaf], Leaf]) -> Element:
    """The tree with every value changed."""
    attributes = tuple((name, change(value)) for name, value in node.attributes)
    content = tuple(map_leaves(item, change) if isinstance(item, Element) else change(item) for item in node.content)
    return Element(node.name, attributes, content)


def is_deferred(value: object) -> TypeGuard[Deferred]:
    """Whether a value is known only later."""
    return not isinstance(value, str | Element)


def leaf(value: object, where: str) -> Leaf:
    """A value for the tree: text with line feeds as line ends, or an unchanged deferred value."""
    if isinstance(value, str):
        return _legal(str.__str__(value), where)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and isfinite(value):
        return str(int(value) if value.is_integer() else value)  # numbers of Outputs are floats, 5.0 for 5
    if isinstance(value, int):
        return str(value)
    if value is None or isinstance(value, (*_NO_LEAF, Element)):
        raise PolicyError(
            f"{where}: a policy holds text, numbers and truth values, not {type(value).__name__}; convert it first."
        )
    deferred: Any = value
    return deferred  # type: ignore[no-any-return]  # opaque on purpose


def _legal(text: str, where: str) -> str:
    if found := _ILLEGAL.search(text):
        raise PolicyError(f"{where}: XML cannot hold the character U+{ord(found[0]):04X}; remove it.")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _name_first(pair: tuple[str, Leaf]) -> tuple[bool, str]:
    return pair[0] != "name", pair[0]


@lru_cache(maxsize=1024)
def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _check_name(name: str, kind: str) -> str:
    if not isinstance(name, str) or not _is_name(name):
        raise PolicyError(f"{name!r:.80} is not the name of an XML {kind}; use letters, digits, '-', '_' and '.'.")
    return name


def _canonical(content: "tuple[Element | Leaf, ...]", where: str) -> "tuple[Element | Leaf, ...]":
    """Neighbouring text joined, layout white space dropped, an expression stripped of the white space around it."""
    joined: list[Element | Leaf] = []
    for item in content:
        value = item if isinstance(item, Element) else leaf(item, where)
        last = joined[-1] if joined else None
        if isinstance(value, str) and isinstance(last, str):
            joined[-1] = last + value
        else:
            joined.append(value)
    nested = any(isinstance(item, Element) for item in joined)
    nodes = tuple(item for item in joined if not isinstance(item, str) or not _is_layout(item, nested=nested))
    if len(nodes) == 1 and isinstance(nodes[0], str) and nodes[0].strip(_LAYOUT).startswith(("@(", "@{")):
        return (nodes[0].strip(_LAYOUT),)
    return nodes


def _is_layout(text: str, *, nested: bool) -> bool:
    return not text.strip(_LAYOUT) and (nested or not text or "\n" in text)
