"""Policy XML in both formats: `xml` is well-formed, in `rawxml` expressions stand as they are. Read back, both are the same."""

import xml.etree.ElementTree as ET
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from pulumi_workspace365_sandbox.azure.policy import expression_encoding

_LINE_END = "\r\n"
_INDENT = "\t"
_LARGEST = 512 * 1024
_DEEPEST = 100


class PolicyProblem(Exception):
    """Why a policy document is refused, in the words of one line."""


def parse(value: str, form: str) -> ET.Element:
    """The root element of a document in the format `xml` or `rawxml`. Raises PolicyProblem."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise PolicyProblem("The policy document is not valid: it holds half of a surrogate pair.") from None
    if size > _LARGEST:
        raise PolicyProblem("The policy document is larger than 512 KB.")
    text = value.removeprefix("\ufeff")
    before = text[: len(text) - len(text.lstrip())].count("\n")
    text = text.strip()
    try:
        return _read(expression_encoding.preserve_line_feeds(text))
    except expat.ExpatError as error:
        if form == "xml":
            raise _invalid(error, before) from None
    try:
        return _read(expression_encoding.encode_expressions(text))
    except expat.ExpatError as error:
        raise _invalid(error, before) from None
    except expression_encoding.UnterminatedExpressionError as error:
        raise PolicyProblem(
            f"The policy document is not valid: the expression that begins in line {error.line + before} is not closed."
        ) from None


class _Builder(ET.TreeBuilder):
    depth = 0

    def start(self, tag: str, attrs: dict[Any, Any], /) -> ET.Element:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PolicyProblem("The policy document nests its elements too deeply.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self.depth -= 1
        return super().end(tag)


def _read(text: str) -> ET.Element:
    builder = _Builder(insert_comments=True)
    parser = expat.ParserCreate(encoding="utf-8")  # names keep their prefixes, as those of a stylesheet
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.CommentHandler = builder.comment
    parser.StartDoctypeDeclHandler = _refused
    parser.Parse(text.encode(), True)
    return builder.close()


def _refused(*_: object) -> None:
    raise PolicyProblem("A document type declaration is not allowed in a policy document.")


def _invalid(error: expat.ExpatError, before: int) -> PolicyProblem:
    return PolicyProblem(
        f"The policy document is not valid XML: {expat.ErrorString(error.code)}. Line {error.lineno + before}, position {error.offset}."
    )


def render(root: ET.Element, form: str = "xml") -> str:
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
    if raw and value.startswith(("@(", "@{")) and _as_code(f'<a b="{value}" />', ET.Element("a", {"b": value})):
        return value
    return escape(value, {'"': "&quot;", "\n": "&#xA;", "\r": "&#xD;", "\t": "&#x9;"})


def _text(text: str, *, raw: bool) -> str:
    if raw and text.startswith(("@(", "@{")):
        holding = ET.Element("a")
        holding.text = text
        if _as_code(f"<a>{text}</a>", holding):
            return text
    return escape(text).replace("\r\n", "\n").replace("\n", _LINE_END)


def _as_code(written: str, expected: ET.Element) -> bool:
    """Whether C# can be written unescaped: parts of it may look like a tag or an entity."""
    try:
        return ET.tostring(parse(written, "rawxml")) == ET.tostring(expected)
    except PolicyProblem:
        return False
