"""The C# of policy expressions in tokens, and the end of an expression in running text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    | (?P<verbatim>@"(?:[^"]|"")*")
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<char>'(?:[^'\\]|\\.)+')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<symbol>\?\?|\?\.|==|!=|<=|>=|&&|\|\||[-+*/%!<>=?:;,.()\[\]{}])
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


class Token(NamedTuple):
    kind: str
    text: str
    end: int


class ExpressionError(Exception):
    """An expression that this gateway does not evaluate, or that is wrong; the message says what and why."""


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    while found := _TOKEN.match(text, start):
        start = found.end()
        if found.lastgroup != "skip":
            yield Token(str(found.lastgroup), found[0], start)


def is_expression(text: str) -> bool:
    return text.startswith(("@(", "@{"))


def end_of_expression(text: str, start: int) -> int:
    """The index behind the bracket that closes the one at `start`."""
    expected: list[str] = []
    for token in tokens(text, start):
        if token.text in _PAIRS:
            expected.append(_PAIRS[token.text])
        elif token.text in _PAIRS.values() and (not expected or expected.pop() != token.text):
            break
        if not expected:
            return token.end
    raise ExpressionError("a bracket of the expression is not closed")
