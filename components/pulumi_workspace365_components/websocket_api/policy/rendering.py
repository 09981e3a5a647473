"""A tree as text, always the same for the same tree: ``xml``, which API Management and any XML tool read, and ``rawxml`` for people."""

import re
from collections.abc import Callable

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Leaf, is_deferred
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.expressions import (
    is_expression,
    is_whole_expression,
    parse_expression,
)

_REFERENCE = re.compile(r"&(?=(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
_TAG_IN_TEXT = re.compile(r"</|/>|<[!?]")
_TAG_IN_ATTRIBUTE = re.compile(r"\"\s*/?>|\"\s+[^\s\"'<>/=]+\s*=\s*[\"']")

_Writer = Callable[[Leaf, bool], str]


def xml(root: Element) -> str:
    """The document in API Management's format ``xml``: well-formed, expressions entity-encoded, indented by tabs as the service does.

    Raises:
        PolicyError: a value is still deferred.
    """
    return _text(root, _encoded)


def rawxml(root: Element) -> str:
    """The document in the format ``rawxml``, with unescaped C# expressions. A deferred value is shown as ``…``.

    If one of them is not closed, its end is ambiguous, so all are entity-encoded.
    """
    return _text(root, _readable if all(map(_closes, root.leaves())) else _display)


def _text(root: Element, write: _Writer) -> str:
    lines: list[str] = []
    _add_lines(lines, root, "", write)
    return "\n".join(lines)


def _add_lines(lines: list[str], node: Element, indent: str, write: _Writer) -> None:
    if not node.content or len(node.children) != len(node.content):
        lines.append(indent + _inline(node, write))
        return
    lines.append(f"{indent}<{node.name}{_attributes(node, write)}>")
    for child in node.children:
        _add_lines(lines, child, indent + "\t", write)
    lines.append(f"{indent}</{node.name}>")


def _inline(node: Element, write: _Writer) -> str:
    start = f"<{node.name}{_attributes(node, write)}"
    inside = "".join([_inline(item, write) if isinstance(item, Element) else write(item, False) for item in node.content])
    return f"{start}>{inside}</{node.name}>" if inside else f"{start} />"


def _attributes(node: Element, write: _Writer) -> str:
    return "".join([f' {name}="{write(value, True)}"' for name, value in node.attributes])


def _encoded(value: Leaf, in_attribute: bool) -> str:
    if is_deferred(value):
        raise PolicyError("The policy holds values that are not known yet; call resolve() with them before rendering.")
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\n", "&#10;").replace("\t", "&#9;") if in_attribute else text


def _display(value: Leaf, in_attribute: bool) -> str:
    return "…" if is_deferred(value) else _encoded(value, in_attribute)


def _readable(value: Leaf, in_attribute: bool) -> str:
    text = _display(value, in_attribute) if is_deferred(value) else str(value)
    tag = _TAG_IN_ATTRIBUTE if in_attribute else _TAG_IN_TEXT
    if not is_whole_expression(text) or tag.search(text):  # C# that an XML parser would take for markup
        return _encoded(text, in_attribute)
    return _REFERENCE.sub("&amp;", text)


def _closes(value: Leaf) -> bool:
    if not isinstance(value, str) or not is_expression(value):
        return True
    return parse_expression(value.strip()).end is not None
