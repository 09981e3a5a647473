"""Parses policy text into the tree: both formats of API Management, no document type, no declared entities, limited size and depth."""

from typing import Literal, TypeAlias
from xml.parsers import expat
from xml.parsers.expat import errors as codes

from pulumi_workspace365_components.websocket_api.policy import markup
from pulumi_workspace365_components.websocket_api.policy.ast import Element
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.markup import Markup

LARGEST = 1024 * 1024
"""Characters of policy text that are read at all: twice what API Management takes."""
Format: TypeAlias = Literal["xml", "rawxml"]
"""``xml``: expressions are entity-encoded; ``rawxml``: they stand there as in C#, or entity-encoded."""
_DEEPEST = 64

_ADVICE = {
    codes.codes[codes.XML_ERROR_TAG_MISMATCH]: "Close the elements in the reverse order of their opening.",
    codes.codes[codes.XML_ERROR_NO_ELEMENTS]: "Close every element; the text ends before that.",
    codes.codes[codes.XML_ERROR_UNCLOSED_TOKEN]: "Close the tag that begins there.",
    codes.codes[codes.XML_ERROR_DUPLICATE_ATTRIBUTE]: "Keep one of the two attributes of that name.",
    codes.codes[
        codes.XML_ERROR_UNDEFINED_ENTITY
    ]: "XML has the entities &amp; &lt; &gt; &quot; and &apos;; write other characters as they are.",
    codes.codes[codes.XML_ERROR_BAD_CHAR_REF]: "Remove the reference; XML has no such character.",
    codes.codes[codes.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: "Remove what stands behind the first element.",
    codes.codes[codes.XML_ERROR_UNCLOSED_CDATA_SECTION]: "End the section with ]]>.",
}
_AS_CODE = 'An expression stands there as C#: write its " as &quot;, & as &amp; and < as &lt;, or read the policy as rawxml.'
_ELSE = "Write & as &amp; and < as &lt;, and quote every attribute."


def raw(xml: str, *, format: Format | None = None) -> Element:  # noqa: A002  API Management calls it so
    """Any policy from its XML, in either format; judged by the same rules as a built one.

    Raises:
        PolicyError: it is not well-formed, or not a single element.
    """
    return parse(xml, format)


def parse(text: str, format: Format | None = None) -> Element:  # noqa: A002  API Management calls it so
    """The tree of one XML element. Comments are dropped.

    Well-formed text is read as XML in either format, and the line feeds of expressions in attributes are kept. Other text is
    read as ``rawxml``: an expression ends where its C# does, and its entities and character references are decoded.

    Args:
        text: the policy.
        format: ``xml`` takes well-formed text only; ``rawxml`` and None any of the two.

    Raises:
        PolicyError: the text is neither, has a document type or entities, is too large or too deep. The message gives the line.
    """
    if len(text) > LARGEST:
        raise PolicyError(f"The policy text has {len(text)} characters; API Management takes 512 KiB at most.")
    try:
        return _Reader(markup.preserve_whitespace(text)).read()
    except _Malformed as strict:
        first = strict
    code = markup.encode_expressions(text)
    try:
        root = _Reader(code).read()
    except _Malformed as problem:
        if format == "xml":
            raise _refused(first, _as_code(problem) if problem.at > first.at else None) from first.cause
        for broken in code.broken:
            if broken.at <= problem.at <= broken.until:
                raise PolicyError(
                    f"An expression of the policy does not close: {broken.reason}; it begins at {code.place(broken.at)}."
                ) from problem.cause
        raise _refused(problem) from problem.cause
    if format == "xml":
        raise _refused(first, _AS_CODE) from first.cause
    return root


def _refused(problem: "_Malformed", advice: str | None = None) -> PolicyError:
    what = expat.ErrorString(problem.cause.code)
    inside = f", in <{problem.inside:.40}>" if problem.inside else ""
    return PolicyError(
        f"The policy is not well-formed XML: {what}, {problem.place}{inside}. {advice or _ADVICE.get(problem.cause.code, _ELSE)}"
    )


def _as_code(problem: "_Malformed") -> str:
    return f"{_AS_CODE} Read so it is not well-formed either: {expat.ErrorString(problem.cause.code)}, {problem.place}."


class _Malformed(Exception):
    """Text that is no XML: the parser's error, the index in the source, its line and column, and the element around it."""

    def __init__(self, cause: expat.ExpatError, source: Markup, at: int, inside: str) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.at = source.index(at)
        self.place = source.place(self.at)
        self.inside = inside


class _Reader:
    """Collects the tree while expat walks the text."""

    def __init__(self, source: Markup) -> None:
        self.source = source
        self.open: list[tuple[str, list[tuple[str, str]], list[Element | str]]] = []
        self.root: Element | None = None

    def read(self) -> Element:
        """The root element. Raises _Malformed, PolicyError."""
        parser = expat.ParserCreate(encoding="utf-8")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.refuse
        parser.ProcessingInstructionHandler = self.refuse
        try:
            data = self.source.text.encode()
        except UnicodeEncodeError:
            raise PolicyError("The policy text holds half of a surrogate pair, which is no character; remove it.") from None
        try:
            parser.Parse(data, True)
        except expat.ExpatError as problem:
            at = len(data[: parser.ErrorByteIndex].decode(errors="ignore"))
            raise _Malformed(problem, self.source, at, self.open[-1][0] if self.open else "") from problem
        if self.root is None:
            raise PolicyError("The policy text holds no element.")
        return self.root

    def start(self, name: str, attributes: list[str]) -> None:
        if len(self.open) >= _DEEPEST:
            raise PolicyError(f"The policy nests more than {_DEEPEST} elements, which no policy needs.")
        self.open.append((name, list(zip(attributes[::2], attributes[1::2], strict=True)), []))

    def end(self, _name: str) -> None:
        name, attributes, content = self.open.pop()
        node = Element(name, tuple(attributes), tuple(content))
        if self.open:
            self.open[-1][2].append(node)
        else:
            self.root = node

    def characters(self, data: str) -> None:
        if self.open:
            self.open[-1][2].append(data)

    def refuse(self, *_: object) -> None:
        raise PolicyError("A policy has no document type, no entities and no processing instructions; remove them.")
