"""The service's rewriting of a policy that it stored."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest


def _rewritten(node: ET.Element, depth: int) -> str:
    attributes = "".join(f' {name}="{_encoded(value, attribute=True)}"' for name, value in reversed(node.attrib.items()))
    texts = [node.text or "", *(child.tail or "" for child in node)]
    start = f"<{node.tag}{attributes}"
    if not len(node) and not node.text:
        return f"{start} />"
    if len(node) and not "".join(texts).strip():
        indent = "\r\n" + "\t" * (depth + 1)
        return f"{start}>" + "".join(indent + _rewritten(child, depth + 1) for child in node) + f"{indent[:-1]}</{node.tag}>"
    inside = _encoded(texts[0]) + "".join(_rewritten(child, 0) + _encoded(child.tail or "") for child in node)
    return f"{start}>{inside}</{node.tag}>"


def _encoded(text: str, *, attribute: bool = False) -> str:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;") if attribute else text.replace("\n", "\r\n")


@pytest.fixture(scope="session")
def stored_by_service() -> Callable[[str], str]:
    """What a GET gives back for a policy that was PUT: line ends, indentation and entities are the service's own."""
    return lambda text: _rewritten(ET.fromstring(text), 0)
