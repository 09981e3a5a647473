"""Policy text into the tree: both formats of API Management, no document type, no entities of its own, bounded size and depth."""

import re
from typing import Literal, TypeAlias
from xml.parsers import expat

from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.expressions import BrokenExpression, closing
from pulumi_workspace365_components.websocket_api.policy.tree import Element

LARGEST = 1024 * 1024
"""Characters of policy text that are read at all: twice what API Management takes."""
Format: TypeAlias = Literal["xml", "rawxml"]
"""``xml``: expressions are entity-encoded; ``rawxml``: they stand there as in C#."""
_DEEPEST = 64

_SCAN = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|=\s*(?P<quote>[\"'])\s*(?P<attribute>@[({])|>\s*(?P<text>@[({])",
    re.DOTALL,
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}


def parse(text: str, format: Format | None = None) -> Element:  # noqa: A002  API Management calls it so
    """The tree of one XML element. Comments are dropped.

    Args:
        text: the policy.
        format: ``xml`` or ``rawxml``; None: ``xml``, or ``rawxml`` where it is not well-formed as such.

    Raises:
        PolicyError: the text is neither, has a document type or entities, is too large or too deep.
    """
    if len(text) > LARGEST:
        raise PolicyError(f"The policy text has {len(text)} characters; API Management takes 512 KiB at most.")
    try:
        return _Reader().read(_encoded(text) if format == "rawxml" else text)
    except expat.ExpatError as problem:
        if format is not None:
            raise _malformed(problem) from None
        try:
            return _Reader().read(encode_expressions(text))
        except (expat.ExpatError, BrokenExpression):
            raise _malformed(problem) from None


def _encoded(text: str) -> str:
    try:
        return encode_expressions(text)
    except BrokenExpression as problem:
        raise PolicyError(f"An expression of the policy does not close: {problem}.") from None


def _malformed(problem: expat.ExpatError) -> PolicyError:
    return PolicyError(
        f"The policy is not well-formed XML: {expat.ErrorString(problem.code)}, line {problem.lineno}, column {problem.offset + 1}. "
        "Write & as &amp; and < as &lt;, and close every element."
    )


def encode_expressions(text: str) -> str:
    """``rawxml`` as ``xml``: what stands in ``@(…)`` and ``@{…}`` becomes entities, the rest stays.

    Raises:
        BrokenExpression: an expression does not close.
    """
    pieces: list[str] = []
    done = 0
    while found := _SCAN.search(text, done):
        start = found.start(found.lastgroup) if found.lastgroup in {"attribute", "text"} else found.end()
        end = closing(text, start + 1) if start != found.end() else start
        pieces += [text[done:start], "".join(_ENTITIES.get(char, char) for char in text[start:end])]
        done = end
    return "".join([*pieces, text[done:]])


class _Reader:
    """Collects the tree while expat walks the text."""

    def __init__(self) -> None:
        self.open: list[tuple[str, list[tuple[str, str]], list[Element | str]]] = []
        self.root: Element | None = None

    def read(self, text: str) -> Element:
        parser = expat.ParserCreate(encoding="utf-8")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.refuse
        parser.ProcessingInstructionHandler = self.refuse
        try:
            parser.Parse(text.removeprefix("\ufeff").strip(), True)
        except UnicodeEncodeError:
            raise PolicyError("The policy text holds half of a surrogate pair, which is no character; remove it.") from None
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
