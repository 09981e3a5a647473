"""Converts `rawxml` to well-formed XML by escaping the C# of its expressions."""

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import escape

_UNIT = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});|.", re.DOTALL)
_NAMED = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
_OPENED = re.compile(r"\s*@[({]")
_STOP = re.compile(r"[\"'>]")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_COMMENTS = {"//", "/*"}
_ATTRIBUTE_ENTITIES = {'"': "&quot;", "'": "&apos;", "\t": "&#9;", "\r": "&#13;", "\n": "&#10;"}


class UnterminatedExpressionError(Exception):
    """An expression that does not end; `line` is where it begins."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def preserve_line_feeds(text: str) -> str:
    """XML whose expressions keep their line feeds in attributes, without changing line numbers."""
    return "".join(_pieces(text, raw=False))


def encode_expressions(text: str) -> str:
    """`rawxml` as XML. Raises UnterminatedExpressionError."""
    return "".join(_pieces(text, raw=True))


def _pieces(text: str, *, raw: bool) -> Iterator[str]:
    at = 0
    while (tag := text.find("<", at)) >= 0:
        yield text[at:tag]
        at = _skipped(text, tag)
        if at > tag:
            yield text[tag:at]
            continue
        at = tag
        while (stop := _STOP.search(text, at)) and stop[0] != ">":
            yield text[at : stop.end()]
            at = stop.end()
            end = text.find(stop[0], at)
            opened = _OPENED.match(text, at)
            if opened and (raw or opened.end() <= end):
                closed = _end_of_code(text, opened.end() - 1) if raw else end
                code = _decode_entities(text[at:closed]) if raw else text[at:closed]
                yield escape(code, _ATTRIBUTE_ENTITIES) if raw else _lines_kept(code)
                at, end = closed, text.find(stop[0], closed)
            if end < 0:
                break
            yield text[at : end + 1] + "\n" * (text.count("\n", stop.end(), at) if opened else 0)
            at = end + 1
        if not stop or stop[0] != ">":
            break
        yield text[at : stop.end()]
        at = stop.end()
        if raw and (opened := _OPENED.match(text, at)):
            closed = _end_of_code(text, opened.end() - 1)
            yield escape(_decode_entities(text[at:closed]))
            at = closed
    yield text[at:]


def _skipped(text: str, at: int) -> int:
    """The index after the comment, section or instruction that begins there; `at` where none does."""
    for begin, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")):
        if text.startswith(begin, at):
            end_at = text.find(end, at + len(begin))
            return len(text) if end_at < 0 else end_at + len(end)
    return at


def _lines_kept(code: str) -> str:
    return code.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "&#10;").replace("\t", "&#9;")


def _decode_entities(code: str) -> str:
    return "".join(_character(unit[0]) for unit in _UNIT.finditer(code)).replace("\r\n", "\n")


def _character(unit: str) -> str:
    if len(unit) == 1:
        return unit
    if unit in _NAMED:
        return _NAMED[unit]
    number = int(unit[3:-1], 16) if unit[2] == "x" else int(unit[2:-1])
    return chr(number) if number in {9, 10, 13} or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE else unit


def _units(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The characters from `start` on, entities as what they stand for, with the index after each; at the end an empty one."""
    for match in _UNIT.finditer(text, start):
        yield _character(match[0]), match.end()
    yield "", len(text)


def _end_of_code(text: str, start: int) -> int:
    """The index after the bracket that closes the one at `start`, whether the C# is written literally or with entities. Raises UnterminatedExpressionError."""
    open_delimiters: list[str] = []
    prefix, skip = "", False
    for (char, end), (following, _) in pairwise(_units(text, start)):
        if skip:
            skip = False
            continue
        mode = open_delimiters[-1] if open_delimiters else ""
        if mode in {"", *_PAIRS}:
            if not _update_brackets(char, following, open_delimiters):
                break
            if not open_delimiters:
                return end
            skip = _begin_literal_or_comment(char, following, prefix, open_delimiters)
            prefix = prefix + char if char in {"@", "$"} else ""
        elif mode in _COMMENTS:
            skip = _comment(mode, char, following, open_delimiters)
        elif char == "\n" and "@" not in mode:
            break
        else:
            skip = _quoted(mode, char, following, open_delimiters)
    raise UnterminatedExpressionError(text.count("\n", 0, start) + 1)


def _update_brackets(char: str, following: str, open_delimiters: list[str]) -> bool:
    """Updates the open brackets; False if a bracket does not match or an XML tag begins."""
    if char in _PAIRS:
        open_delimiters.append(char)
    elif char in _PAIRS.values():
        return bool(open_delimiters) and _PAIRS.get(open_delimiters.pop()) == char
    return char + following not in {"</", "/>"}


def _begin_literal_or_comment(char: str, following: str, prefix: str, open_delimiters: list[str]) -> bool:
    """Opens a string or a comment if one begins here; True if the following character belongs to its delimiter."""
    if char + following in _COMMENTS:
        open_delimiters.append(char + following)
        return True
    if char in {'"', "'"}:
        open_delimiters.append(prefix + char)
    return False


def _comment(mode: str, char: str, following: str, open_delimiters: list[str]) -> bool:
    ends = char == "\n" if mode == "//" else char + following == "*/"
    if ends:
        open_delimiters.pop()
    return ends and mode == "/*"


def _quoted(mode: str, char: str, following: str, open_delimiters: list[str]) -> bool:
    """One character of a string; whether the following one belongs to it."""
    verbatim = "@" in mode
    if char == "\\" and not verbatim:
        return True
    if "$" in mode and char in "{}":
        if char == "{" != following:
            open_delimiters.append("{")
        return following == char
    if char == mode[-1]:
        if verbatim and following == char:
            return True
        open_delimiters.pop()
    return False
