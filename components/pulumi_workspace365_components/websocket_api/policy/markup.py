"""Converts policy text for an XML parser: keeps line feeds in expressions, and replaces unescaped C# by entities."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from pulumi_workspace365_components.websocket_api.policy.expressions import BrokenExpression, closing_bracket

_UNREAD = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_NAME = r"[^\s\"'<>/=&!?]+"
_CLOSING_TAG = re.compile(rf"</{_NAME}\s*>")
_TAG = re.compile(rf"<{_NAME}")
_ATTRIBUTE = re.compile(rf"\s+{_NAME}\s*=\s*([\"'])")
_TAG_END = re.compile(r"\s*/?>")
_EXPRESSION = re.compile(r"\s*@(?=[({])")
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#0*(\d{1,7})|#x0*([0-9a-fA-F]{1,6}));")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LEGAL = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_SPACES = str.maketrans({"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})
_LINE_END = re.compile(r"\r\n?|\n")
_SCAN_LIMIT = 2 * 1024 * 1024
"""The characters that are searched for the ends of unclosed expressions, which bounds the time for any text."""


@dataclass(frozen=True, slots=True)
class UnclosedExpression:
    """An expression that does not close: where it begins, up to where an XML parser may stumble over it, and why."""

    at: int
    until: int
    reason: str


@dataclass(frozen=True, slots=True)
class Markup:
    """Text for an XML parser, and where each piece of it comes from.

    Args:
        source: the policy as it was given.
        text: what the parser reads.
        origins: pairs of an index of ``text`` and the index of ``source`` that it comes from, ascending.
        broken: the expressions that do not close, which are as they were given. Empty where none was looked into.
    """

    source: str
    text: str
    origins: tuple[tuple[int, int], ...]
    broken: tuple[UnclosedExpression, ...] = ()

    def index(self, at: int) -> int:
        """The index in ``source`` of what stands at an index of ``text``."""
        piece = bisect_right(self.origins, at, key=lambda pair: pair[0])
        start, origin = self.origins[piece - 1]
        after = self.origins[piece][1] if piece < len(self.origins) else len(self.source)
        return min(origin + at - start, after)

    def place(self, index: int) -> str:
        """The line and column, from 1, of an index of ``source``."""
        ends = [found.end() for found in _LINE_END.finditer(self.source, 0, index)]
        return f"line {len(ends) + 1}, column {index - (ends[-1] if ends else 0) + 1}"


def preserve_whitespace(source: str) -> Markup:
    """The policy as XML, in which the line feeds and tabs of expressions in attributes stay what they are."""
    return _Walk(source, raw=False).result()


def encode_expressions(source: str) -> Markup:
    """The policy with every expression as entities, whether it stood there as C# or as entities."""
    return _Walk(source, raw=True).result()


class _Walk:
    """From tag to tag. What is not markup, or an expression that does not close, ends the walk; the XML parser says why."""

    def __init__(self, source: str, *, raw: bool) -> None:
        self.source = source
        self.raw = raw
        self.decoded = _Decoded(source) if raw else None
        self.first = len(source) - len(source.removeprefix("\ufeff").lstrip())
        self.pieces: list[str] = []
        self.length = 0
        self.done = self.first
        self.origins = [(0, self.first)]
        self.broken: list[UnclosedExpression] = []
        self.scans_left = _SCAN_LIMIT

    def result(self) -> Markup:
        at: int | None = self.first
        while at is not None:
            at = self._content(at)
            at = None if at is None else self._markup(at)
        self.pieces.append(self.source[self.done :].rstrip())
        return Markup(self.source, "".join(self.pieces), tuple(self.origins), tuple(self.broken))

    def _content(self, at: int) -> int | None:
        """The index of the next ``<``."""
        if self.raw and (found := _EXPRESSION.match(self.source, at)):
            end = self._closing(found.end(), "<")
            if end is None:
                return None
            at = end
        following = self.source.find("<", at)
        return None if following < 0 else following

    def _markup(self, at: int) -> int | None:
        """The index behind the tag, comment or section that begins here."""
        if found := _UNREAD.match(self.source, at) or _CLOSING_TAG.match(self.source, at):
            return found.end()
        tag = _TAG.match(self.source, at)
        end = tag.end() if tag else None
        while end is not None and (found := _ATTRIBUTE.match(self.source, end)):
            end = self._value(found.end(), found[1])
        found = None if end is None else _TAG_END.match(self.source, end)
        return found.end() if found else None

    def _value(self, at: int, quote: str) -> int | None:
        """The index behind the quote that ends an attribute."""
        opening = _EXPRESSION.match(self.source, at)
        if not opening:
            end = self.source.find(quote, at)
        elif self.raw:
            closed = self._closing(opening.end(), quote)
            end = -1 if closed is None else self.source.find(quote, closed)
        else:
            end = self.source.find(quote, opening.end())
            if end >= 0:
                code = self.source[opening.end() - 1 : end].rstrip()
                self._replace(opening.end() - 1, opening.end() - 1 + len(code), _LINE_END.sub("\n", code).translate(_SPACES))
        return None if end < 0 else end + 1

    def _closing(self, bracket: int, stop: str) -> int | None:
        """Replaces an expression; the index behind it. One that does not close stays, up to the text that would stop it in XML."""
        if self.decoded is None:
            return None
        try:
            end = self.decoded.closing(bracket)
        except BrokenExpression as problem:
            return self._left(bracket, stop, str(problem))
        code = _LINE_END.sub("\n", decode(self.source[bracket - 1 : end])).translate(_ENTITIES)
        self._replace(bracket - 1, end, code if stop == "<" else code.translate(_SPACES))
        return end

    def _left(self, bracket: int, stop: str, reason: str) -> int | None:
        end = self.source.find(stop, bracket)
        until = self.source.find(">", max(end, bracket))
        self.scans_left -= len(self.source) - bracket
        ended = end < 0 or self.scans_left < 0
        self.broken.append(UnclosedExpression(bracket - 1, len(self.source) if ended or until < 0 else until, reason))
        return None if ended else end

    def _replace(self, start: int, end: int, text: str) -> None:
        before = self.source[self.done : start]
        self.pieces += [before, text]
        self.origins += [(self.length + len(before), start), (self.length + len(before) + len(text), end)]
        self.length += len(before) + len(text)
        self.done = end


class _Decoded:
    """The text with its references resolved, and the mapping of positions between both."""

    def __init__(self, source: str) -> None:
        found = [(match.end(), len(match[0]) - 1) for match in _REFERENCE.finditer(source) if decode(match[0]) != match[0]]
        self.text = decode(source)
        self.ends = [end for end, _ in found]
        self.shorter = [0, *accumulate(by for _, by in found)]
        self.decoded_ends = [end - by for end, by in zip(self.ends, self.shorter[1:], strict=True)]

    def closing(self, bracket: int) -> int:
        """The index in the source behind the bracket that closes the one there. Raises BrokenExpression."""
        end = closing_bracket(self.text, bracket - self.shorter[bisect_right(self.ends, bracket)])
        return end + self.shorter[bisect_right(self.decoded_ends, end)]


def decode(text: str) -> str:
    """Text in which the five entities of XML and the character references are resolved."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return _CHARACTERS[found[1]]
    number = int(found[2]) if found[2] else int(found[3], 16)
    character = chr(number) if number <= 0x10FFFF else ""
    return character if _LEGAL.fullmatch(character) else found[0]
