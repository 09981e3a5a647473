"""C# policy expressions: ``@(…)`` and ``@{…}``, found and tokenised by a lexer that recognises strings, chars and comments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError

_TOKEN = re.compile(
    r"""(?P<word>\w+)
    | (?P<space>\s+)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<string>@"(?:[^"]+|"")*+"|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.){1,40}+')
    | (?P<interpolated>\$@"|@\$"|\$")
    | (?P<broken>/\*|@?"|')
    | (?P<operator>.)""",
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_MARKUP = {"</", "/>"}  # no C# outside strings and comments: a tag, which ends an expression that is not closed
_NO_CODE = {"space", "comment", "string"}
_DEEPEST = 16  # interpolated strings inside interpolated strings; a bound, so that no text exhausts the stack


class BrokenExpression(PolicyError):
    """A bracket, string or comment of an expression is not closed."""


Token: TypeAlias = tuple[str, str, int]
"""A piece of C#: its kind (space, comment, string, interpolated, open, close, word or operator), its text, and the index behind it."""


@dataclass(frozen=True, slots=True)
class ParsedExpression:
    """An expression taken apart.

    Args:
        end: the index behind the bracket that closes it; None where none does.
        problem: why it does not close, else empty.
        bare: its code without space, comments and strings; empty, as are the others, where a string or comment has no end.
        words: the names and numbers in it.
        interpolated: its interpolated strings.
    """

    end: int | None
    problem: str = ""
    bare: str = ""
    words: frozenset[str] = frozenset()
    interpolated: tuple[str, ...] = ()


def expression(code: str) -> str:
    """``@(code)``: a single C# expression, e.g. ``context.Request.IpAddress``.

    Raises:
        PolicyError: the brackets, strings or comments in the code do not close.
    """
    return _checked(f"@({code})")


def statements(code: str) -> str:
    """``@{code}``: C# statements, each path of which returns a value.

    Raises:
        PolicyError: the brackets, strings or comments in the code do not close.
    """
    return _checked(f"@{{{code}}}")


def quoted(text: str) -> str:
    """Text as a C# string literal, safe inside an expression: no quote ends it, no ``{{`` in it names a named value."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "{": "\\u007b", "}": "\\u007d"}
    return '"' + "".join(escapes.get(char, char if ord(char) >= 32 else f"\\u{ord(char):04x}") for char in text) + '"'


def is_expression(text: str) -> bool:
    """Whether API Management takes the text as an expression: it begins like one."""
    return text.lstrip().startswith(("@(", "@{"))


def is_whole_expression(text: str) -> bool:
    """Whether the text is an expression that closes, and nothing else."""
    return text.startswith(("@(", "@{")) and parse_expression(text).end == len(text)


def tokenize(text: str, start: int = 0) -> Iterator[Token]:
    """The C# tokens from ``start`` on. Raises BrokenExpression at a string or comment without an end."""
    while found := _TOKEN.match(text, start):
        kind, end = str(found.lastgroup), found.end()
        if kind == "broken":
            raise BrokenExpression(f"the {'comment' if found[0] == '/*' else 'string'} is never closed")
        if kind == "interpolated":
            end = _interpolated(text, end, verbatim="@" in found[0], depth=0)
        yield kind, text[start:end], end
        start = end


def closing_bracket(text: str, start: int = 1) -> int:
    """The index after the bracket that closes the one at ``start``. Raises BrokenExpression where no bracket closes it."""
    brackets = _Brackets()
    for kind, code, end in tokenize(text, start):
        if brackets.end_with(kind, code):
            return end
    raise brackets.missing()


@lru_cache(maxsize=256)
def parse_expression(text: str) -> ParsedExpression:
    """The code of an expression, which begins with ``@(`` or ``@{``. Each is taken apart once: rules ask several things of it."""
    brackets = _Brackets()
    tokens: list[Token] = []
    end, problem = None, ""
    try:
        for token in tokenize(text, 1):
            tokens.append(token)
            if end is None and not problem:
                kind, code, behind = token
                try:
                    end = behind if brackets.end_with(kind, code) else None
                except BrokenExpression as broken:
                    problem = str(broken)
    except BrokenExpression as broken:
        return ParsedExpression(end, problem or ("" if end is not None else str(broken)))
    if end is None and not problem:
        problem = str(brackets.missing())
    bare = "@" + "".join([text for kind, text, _ in tokens if kind not in _NO_CODE])
    words = frozenset([text for kind, text, _ in tokens if kind == "word"])
    return ParsedExpression(end, problem, bare, words, tuple(text for kind, text, _ in tokens if kind == "interpolated"))


class _Brackets:
    """The brackets of an expression that are open."""

    def __init__(self) -> None:
        self._expected: list[str] = []
        self._last = ""

    def end_with(self, kind: str, text: str) -> bool:
        """Whether the token closes the expression. Raises BrokenExpression where it cannot follow."""
        if text in {"/", ">"} and self._last + text in _MARKUP:
            raise self.missing()
        self._last = text
        if kind == "open":
            self._expected.append(_PAIRS[text])
        elif kind == "close" and (not self._expected or self._expected.pop() != text):
            raise BrokenExpression(f"a '{text}' closes nothing")
        return not self._expected

    def missing(self) -> BrokenExpression:
        return BrokenExpression(f"a '{self._expected[-1] if self._expected else ')'}' is missing")


def _interpolated(text: str, start: int, *, verbatim: bool, depth: int) -> int:
    """The index behind an interpolated string whose text begins at ``start``."""
    if depth > _DEEPEST:
        raise BrokenExpression("interpolated strings are nested too deeply")
    while start < len(text):
        pair = text[start : start + 2]
        if pair in {"{{", "}}"} or (pair == '""' and verbatim) or (pair[0] == "\\" and not verbatim):
            start += 2
        elif pair[0] == '"':
            return start + 1
        elif pair[0] == "\n" and not verbatim:
            break
        else:
            start = _interpolation_hole(text, start + 1, depth) if pair[0] == "{" else start + 1
    raise BrokenExpression("the interpolated string is never closed")


def _interpolation_hole(text: str, start: int, depth: int) -> int:
    """The index behind the ``}`` of an interpolation that begins at ``start``."""
    level = 1
    while level and (found := _TOKEN.match(text, start)):
        start = found.end()
        if found.lastgroup == "broken" and found[0] != "'":  # which a format may hold
            break
        if found.lastgroup == "interpolated":
            start = _interpolated(text, start, verbatim="@" in found[0], depth=depth + 1)
        level += (found[0] == "{") - (found[0] == "}")
    if level:
        raise BrokenExpression("the interpolated string is never closed")
    return start


def _checked(text: str) -> str:
    try:
        end = closing_bracket(text)
    except BrokenExpression as problem:
        raise PolicyError(f"The C# expression does not close: {problem}.") from None
    if end != len(text):
        raise PolicyError(
            f"The C# expression ends before its last bracket: '{text[1]}' is closed {len(text) - end} characters too early."
        )
    return text
