"""Policy XML in both formats: `xml` is well-formed, in `rawxml` expressions stand as they are. Read back, both are the same."""

import re
import xml.etree.ElementTree as ET
from typing import Any
from xml.sax.saxutils import escape

from sandbox.azure.policy.lexer import ExpressionError, end_of_expression

_OPENING = re.compile(r"""(?P<attribute>=\s*(?P<quote>["'])\s*)@(?=[({])|(?P<text>>\s*)@(?=[({])""")
_LINE_END = "\r\n"
_INDENT = "\t"
_LARGEST = 512 * 1024


class PolicyProblem(Exception):
    """Why a policy document is refused, in the words of one line."""


def parse(value: str, form: str) -> ET.Element:
    """The root element of a document in the format `xml` or `rawxml`. Raises PolicyProblem."""
    if len(value.encode()) > _LARGEST:
        raise PolicyProblem("The policy document is larger than 512 KB.")
    if "<!DOCTYPE" in value:
        raise PolicyProblem("A document type declaration is not allowed in a policy document.")
    parser: Any = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))  # noqa: S314  without entities, on loopback
    try:
        parser.feed((_encoded(value) if form == "rawxml" else value).lstrip("\ufeff").strip())
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        line, column = error.position
        raise PolicyProblem(
            f"The policy document is not valid XML: {error.msg.split(':')[0]}. Line {line}, position {column}."
        ) from None
    except ExpressionError as error:
        raise PolicyProblem(f"The policy document is not valid: {error}.") from None
    return root


def _encoded(raw: str) -> str:
    """`rawxml` as `xml`: what stands in `@(…)` and `@{…}` becomes entities, the rest stays as it is."""
    parts, done = [], 0
    while found := _OPENING.search(raw, done):
        start = found.end() - 1
        end = end_of_expression(raw, start + 1)
        parts += [raw[done:start], escape(raw[start:end], {'"': "&quot;", "\n": "&#10;"} if found["attribute"] else {})]
        done = end
    return "".join([*parts, raw[done:]])


def rendered(root: ET.Element, form: str = "xml") -> str:
    """The document as the service writes it: its own indentation, line ends, quotes and entities."""
    return _LINE_END.join(_lines(root, "", raw=form == "rawxml"))


def _lines(element: ET.Element, indent: str, *, raw: bool) -> list[str]:
    if not isinstance(element.tag, str):
        return [f"{indent}<!--{element.text}-->"]
    attributes = "".join(f' {name}="{_attribute(value, raw=raw)}"' for name, value in element.attrib.items())
    opening = f"{indent}<{element.tag}{attributes}"
    text = (element.text or "").strip()
    if len(element):
        inner = [line for child in element for line in _lines(child, indent + _INDENT, raw=raw)]
        stray = [f"{indent}{_INDENT}{_text(text, raw=raw)}"] if text else []
        return [f"{opening}>", *stray, *inner, f"{indent}</{element.tag}>"]
    return [f"{opening}>{_text(text, raw=raw)}</{element.tag}>" if text else f"{opening} />"]


def _attribute(value: str, *, raw: bool) -> str:
    if raw and value.startswith(("@(", "@{")):
        return value
    return escape(value, {'"': "&quot;", "\n": "&#xA;", "\r": "&#xD;", "\t": "&#x9;"})


def _text(text: str, *, raw: bool) -> str:
    if raw and text.startswith(("@(", "@{")):
        return text
    return escape(text).replace("\r\n", "\n").replace("\n", _LINE_END)
