"""A tree as text, always the same for the same tree: ``xml``, which API Management and any XML tool read, and ``rawxml`` for people."""

from collections.abc import Callable, Iterator

from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.expressions import is_whole_expression
from pulumi_workspace365_components.websocket_api.policy.tree import Element, Leaf, is_deferred

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_ATTRIBUTE = str.maketrans({"\n": "&#10;", "\t": "&#9;"})

_Writer = Callable[[Leaf, bool], str]


def xml(root: Element) -> str:
    """The document in API Management's format ``xml``: well-formed, expressions entity-encoded, indented by tabs as the service does.

    Raises:
        PolicyError: a value is still deferred.
    """
    return "\n".join(_lines(root, 0, _encoded))


def rawxml(root: Element) -> str:
    """The document in the format ``rawxml``: expressions as they are written in C#. A deferred value shows as ``…``."""
    return "\n".join(_lines(root, 0, _readable))


def _lines(node: Element, depth: int, write: _Writer) -> Iterator[str]:
    indent = "\t" * depth
    if not node.content or len(node.children) != len(node.content):
        yield indent + _inline(node, write)
        return
    yield f"{indent}<{node.name}{_attributes(node, write)}>"
    for child in node.children:
        yield from _lines(child, depth + 1, write)
    yield f"{indent}</{node.name}>"


def _inline(node: Element, write: _Writer) -> str:
    start = f"<{node.name}{_attributes(node, write)}"
    inside = "".join(_inline(item, write) if isinstance(item, Element) else write(item, False) for item in node.content)
    return f"{start}>{inside}</{node.name}>" if inside else f"{start} />"


def _attributes(node: Element, write: _Writer) -> str:
    return "".join(f' {name}="{write(value, True)}"' for name, value in node.attributes)


def _encoded(value: Leaf, in_attribute: bool) -> str:
    if is_deferred(value):
        raise PolicyError("The policy holds values that are not known yet; call resolve() with them before rendering.")
    text = str(value).translate(_MARKUP)
    return text.translate(_ATTRIBUTE) if in_attribute else text


def _readable(value: Leaf, in_attribute: bool) -> str:
    if is_deferred(value):
        return "…"
    text = str(value)
    return text if is_whole_expression(text) else _encoded(text, in_attribute)
