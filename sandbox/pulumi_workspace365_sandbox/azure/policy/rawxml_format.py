"""`rawxml` as XML: the C# of expressions becomes entities, wherever it stands as it is written."""

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
_SPACE = {'"': "&quot;", "'": "&apos;", "\t": "&#9;", "\r": "&#13;", "\n": "&#10;"}


class RawError(Exception):
    """An expression that does not end; `line` is where it begins."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def preserve_line_feeds(text: str) -> str:
    """XML whose expressions keep their line feeds in attributes, each on the line where it was."""
    return "".join(_pieces(text, raw=False))


def encode_expressions(text: str) -> str:
    """`rawxml` as XML. Raises RawError."""
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
                code = _plain(text[at:closed]) if raw else text[at:closed]
                yield escape(code, _SPACE) if raw else _lines_kept(code)
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
            yield escape(_plain(text[at:closed]))
            at = closed
    yield text[at:]


def _skipped(text: str, at: int) -> int:
    """The index behind the comment, section or instruction that begins there; `at` where none does."""
    for begin, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")):
        if text.startswith(begin, at):
            end_at = text.find(end, at + len(begin))
            return len(text) if end_at < 0 else end_at + len(end)
    return at


def _lines_kept(code: str) -> str:
    return code.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "&#10;").replace("\t", "&#9;")


def _plain(code: str) -> str:
    return "".join(_character(unit[0]) for unit in _UNIT.finditer(code)).replace("\r\n", "\n")


def _character(unit: str) -> str:
    if len(unit) == 1:
        return unit
    if unit in _NAMED:
        return _NAMED[unit]
    number = int(unit[3:-1], 16) if unit[2] == "x" else int(unit[2:-1])
    return chr(number) if number in {9, 10, 13} or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE else unit


def _units(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The characters from `start` on, entities as what they stand for, with the index behind each; at the end an empty one."""
    for match in _UNIT.finditer(text, start):
        yield _character(match[0]), match.end()
    yield "", len(text)


def _end_of_code(text: str, start: int) -> int:
    """The index behind the bracket that closes the one at `start`, in C# of characters or of entities. Raises RawError."""
    inside: list[str] = []
    prefix, skip = "", False
    for (char, end), (following, _) in pairwise(_units(text, start)):
        if skip:
            skip = False
            continue
        mode = inside[-1] if inside else ""
        if mode in {"", *_PAIRS}:
            if not _fits(char, following, inside):
                break
            if not inside:
                return end
            skip = _opens(char, following, prefix, inside)
            prefix = prefix + char if char in {"@", "$"} else ""
        elif mode in _COMMENTS:
            skip = _comment(mode, char, following, inside)
        elif char == "\n" and "@" not in mode:
            break
        else:
            skip = _quoted(mode, char, following, inside)
    raise RawError(text.count("\n", 0, start) + 1)


def _fits(char: str, following: str, inside: list[str]) -> bool:
    """Opens and closes brackets; whether C# can go on so, which it cannot with a tag or a bracket of another kind."""
    if char in _PAIRS:
        inside.append(char)
    elif char in _PAIRS.values():
        return bool(inside) and _PAIRS.get(inside.pop()) == char
    return char + following not in {"</", "/>"}


def _opens(char: str, following: str, prefix: str, inside: list[str]) -> bool:
    """Begins a string or a comment where one begins; whether the following character belongs to its beginning."""
    if char + following in _COMMENTS:
        inside.append(char + following)
        return True
    if char in {'"', "'"}:
        inside.append(prefix + char)
    return False


def _comment(mode: str, char: str, following: str, inside: list[str]) -> bool:
    ends = char == "\n" if mode == "//" else char + following == "*/"
    if ends:
        inside.pop()
    return ends and mode == "/*"


def _quoted(mode: str, char: str, following: str, inside: list[str]) -> bool:
    """One character of a string; whether the following one belongs to it."""
    verbatim = "@" in mode
    if char == "\\" and not verbatim:
        return True
    if "$" in mode and char in "{}":
        if char == "{" != following:
            inside.append("{")
        return following == char
    if char == mode[-1]:
        if verbatim and following == char:
            return True
        inside.pop()
    return False
