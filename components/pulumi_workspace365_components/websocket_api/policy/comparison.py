"""Compares the meaning of two policies, independent of how they are written."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from pulumi_workspace365_components.websocket_api.policy import parsing
from pulumi_workspace365_components.websocket_api.policy.ast import Element, Leaf
from pulumi_workspace365_components.websocket_api.policy.expressions import BrokenExpression, is_expression, tokenize
from pulumi_workspace365_components.websocket_api.policy.handshake import SECTIONS, Handshake
from pulumi_workspace365_components.websocket_api.policy.schema import POLICIES, Attribute, Shape
from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import seconds_of

Policy = Handshake | Element | str

_GLUED = " ++ -- && || == => <= >= != ?? ?. << >> += -= *= /= %= &= |= ^= :: // /* $@ @$ "
"""Pairs of characters that C# reads as one token, so that white space between them counts."""


def equivalent(one: Policy, other: Policy) -> bool:
    """Whether two policies (handshakes, elements or XML) mean the same.

    Order of attributes, attributes that say what holds anyway, seconds written as ISO 8601 durations, comments, layout and
    white space in expressions make no difference.

    Raises:
        PolicyError: a text is no policy.
    """
    return _comparable(one) == _comparable(other)


def differences(one: Policy, other: Policy) -> list[str]:
    """Where two policies differ, as paths like ``policies/inbound/rate-limit/@calls``; never the values, which may be secret.

    Raises:
        PolicyError: a text is no policy.
    """
    left, right = _comparable(one), _comparable(other)
    return list(dict.fromkeys(_differ(left, right, left.name))) if left.name == right.name else [left.name]


def _comparable(policy: Policy) -> Element:
    tree = _tree(policy)
    return _normal(tree, _shape(tree))


def _tree(policy: Policy) -> Element:
    if isinstance(policy, Handshake):
        return policy.document
    root = policy if isinstance(policy, Element) else parsing.parse(policy)
    if root.name != "policies":
        return root
    present = {section.name for section in root.children}
    return Element("policies", (), (*root.content, *(Element(name) for name in SECTIONS if name not in present)))


def _normal(node: Element, shape: Shape | None) -> Element:
    if shape and shape.holds == "anything":
        return node
    schema_attributes = shape.attributes if shape else {}
    values = {name: _plain(value, name, schema_attributes.get(name)) for name, value in node.attributes}
    explicit = {
        name: value
        for name, value in values.items()
        if name not in schema_attributes or not _says_default(value, schema_attributes[name])
    }
    parts = {child.name: child.shape for child in shape.children} if shape and shape.holds == "children" else {}
    content = [
        _normal(item, parts.get(item.name) or _shape(item)) if isinstance(item, Element) else _plain(item)
        for item in node.content
    ]
    if node.name == "policies":  # sections run in their own order, however they are written
        content.sort(key=lambda item: item.name if isinstance(item, Element) else "")
    return Element(node.name, tuple(explicit.items()), tuple(content))


def _shape(node: Element) -> Shape | None:
    schema = POLICIES.get(node.name)
    return schema.shape if schema else None


def _plain(value: Leaf, name: str = "", attribute: Attribute | None = None) -> Leaf:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if is_expression(text):
        return _compact(text)
    if name == "renewal-period":
        seconds = seconds_of(text)
        return text if seconds is None else str(seconds)
    is_flag = attribute is not None and attribute.check("true") is None and attribute.check("perhaps") is not None
    return text.lower() if is_flag else text


def _says_default(value: Leaf, attribute: Attribute) -> bool:
    return isinstance(value, str) and value == attribute.default


def _compact(code: str) -> str:
    """An expression without comments, and with white space only where C# would read something else without it."""
    joined, gap, last = "", False, ""
    try:
        for kind, text, _ in tokenize(code):
            if kind in {"space", "comment"}:
                gap = True
                continue
            glued = kind == last == "word" or f" {joined[-1:]}{text[:1]} " in _GLUED
            joined += f" {text}" if gap and glued else text
            gap, last = False, kind
    except BrokenExpression:
        return code
    return joined


def _differ(left: Element, right: Element, path: str) -> Iterator[str]:
    mine, theirs = dict(left.attributes), dict(right.attributes)
    for name in sorted(mine.keys() | theirs.keys()):
        if mine.get(name) != theirs.get(name):
            yield f"{path}/@{name}"
    matcher = SequenceMatcher(None, left.content, right.content, autojunk=False)
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind != "equal":
            yield from _changed(left.content[start:end], right.content[begin:stop], path)


def _changed(left: "tuple[Element | Leaf, ...]", right: "tuple[Element | Leaf, ...]", path: str) -> Iterator[str]:
    names = [[item.name if isinstance(item, Element) else "text()" for item in side] for side in (left, right)]
    if names[0] != names[1]:
        yield from (f"{path}/{name}" for name in dict.fromkeys([*names[0], *names[1]]))
        return
    for mine, theirs, name in zip(left, right, names[0], strict=True):
        if isinstance(mine, Element) and isinstance(theirs, Element):
            yield from _differ(mine, theirs, f"{path}/{name}")
        else:
            yield f"{path}/{name}"
