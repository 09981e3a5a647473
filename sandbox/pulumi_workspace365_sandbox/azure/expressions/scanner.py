"""The lexer for C#: names, numbers, all six forms of string literals, symbols; comments are dropped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError, LimitExceeded
from pulumi_workspace365_sandbox.azure.expressions.limits import DEEPEST_TREE
from pulumi_workspace365_sandbox.azure.expressions.values import Char, Long

_LEXEME = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    | (?P<interpolated>\$@"|@\$"|\$")
    | (?P<verbatim>@"(?:[^"]|"")*")
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<char>'(?:[^'\\\n]|\\.[0-9A-Fa-f]{0,7})')
    | (?P<number>0[xX][0-9A-Fa-f_]+[uUlL]{0,2}|(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?[fFdDmMuUlL]{0,2})
    | (?P<name>@?[^\W\d]\w*)
    | (?P<symbol>\?\?=|<<=|\?\?|\?\.(?!\d)|\?\[|=>|==|!=|<=|>=|&&|\|\||<<|\+\+|--|[-+*/%&|^]=|[-+*/%!<>=?:;,.()\[\]{}&|^~])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
}
_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True)
class Lexeme:
    """`value`: of a number or a text; the parts of an interpolated text, with holes as lists of words."""

    kind: str
    text: str
    start: int
    end: int
    value: Any = None


@dataclass(frozen=True)
class InterpolationHole:
    lexemes: list[Lexeme]
    alignment: str = ""
    format: str = ""


@dataclass
class Scanner:
    """Reads one text from the left."""

    text: str
    depth: int = 0

    def lexemes(self, start: int) -> Iterator[Lexeme]:
        """The words from a place to the end of the text. Raises ExpressionError."""
        while start < len(self.text):
            lexeme = self._lexeme(start)
            start = lexeme.end
            if lexeme.kind != "skip":
                yield lexeme

    def _lexeme(self, start: int) -> Lexeme:
        match = _LEXEME.match(self.text, start)
        if match is None:
            opens = self.text[start] in "\"'" or self.text.startswith(("/*", '@"'), start)
            what = "a text or comment is not closed" if opens else f"'{self.text[start]}' is no C#"
            raise ExpressionError(f"{what}: {self.text[start : start + 20]!r}")
        kind, text = str(match.lastgroup), match[0]
        if kind == "interpolated":
            return self._interpolated(start, match.end(), verbatim="@" in text)
        return Lexeme(kind, text, start, match.end(), _value(kind, text))

    def _interpolated(self, start: int, at: int, *, verbatim: bool) -> Lexeme:
        parts: list[str | InterpolationHole] = []
        text = ""
        while True:
            if at >= len(self.text) or (self.text[at] == "\n" and not verbatim):
                raise ExpressionError(f"an interpolated text is not closed: {self.text[start : start + 20]!r}")
            two = self.text[at : at + 2]
            if two in {"{{", "}}"} or (verbatim and two == '""'):
                text, at = text + two[0], at + 2
            elif two[0] == '"':
                return Lexeme("interpolated", self.text[start : at + 1], start, at + 1, [*parts, text])
            elif two[0] == "{":
                hole, at = self._hole(at + 1)
                parts += [text, hole]
                text = ""
            elif two[0] == "}":
                raise ExpressionError("a '}' in an interpolated text is written '}}'")
            elif two[0] == "\\" and not verbatim:
                end = at + (6 if two == "\\u" else 2)
                text, at = text + _unescaped(self.text[at:end]), end
            else:
                text, at = text + two[0], at + 1

    def _hole(self, at: int) -> tuple[InterpolationHole, int]:
        """What stands between braces, and the place behind it."""
        inner = Scanner(self.text, self.depth + 1)
        if inner.depth > DEEPEST_TREE // 4:
            raise LimitExceeded("The expression is nested too deeply")
        lexemes: list[Lexeme] = []
        open_ = 0
        while at < len(self.text):
            lexeme = inner._lexeme(at)
            if open_ == 0 and lexeme.text in {"}", ":", ","}:
                return self._hole_end(lexemes, lexeme)
            open_ += (lexeme.text in {*_OPEN, "?["}) - (lexeme.text in _CLOSE)
            if lexeme.kind != "skip":
                lexemes.append(lexeme)
            at = lexeme.end
        raise ExpressionError("a brace of an interpolated text is not closed")

    def _hole_end(self, lexemes: list[Lexeme], lexeme: Lexeme) -> tuple[InterpolationHole, int]:
        end = self.text.find("}", lexeme.start)
        if end < 0:
            raise ExpressionError("a brace of an interpolated text is not closed")
        alignment, _, format_ = self.text[lexeme.start : end].partition(":")
        return InterpolationHole(lexemes, alignment.removeprefix(",").strip(), format_), end + 1


def _value(kind: str, text: str) -> Any:
    match kind:
        case "verbatim":
            return text[2:-1].replace('""', '"')
        case "string":
            return _unescaped(text[1:-1])
        case "char":
            unescaped = _unescaped(text[1:-1])
            if len(unescaped) != 1:
                raise ExpressionError(f"{text} is not one character")
            return Char(unescaped)
        case "number":
            return _number(text.replace("_", "").lower())
        case _:
            return None


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code is not None and int(code, 16) <= 0x10FFFF:
            return chr(int(code, 16))
        if match[4] not in _ESCAPED:
            raise ExpressionError(f"'{match[0]}' is no escape sequence of C#")
        return _ESCAPED[match[4]]

    return _ESCAPE.sub(one, text)


def _number(text: str) -> Any:
    if len(text) > 40:
        raise ExpressionError(f"{text:.40}… is not a number that C# has")
    digits = text.rstrip("ul")
    try:
        if text.startswith("0x"):
            return _whole(int(digits, 16), long="l" in text)
        if text.endswith("m"):
            return Decimal(text[:-1])
        if text[-1] in "fd" or "." in text or "e" in text:
            return float(text.rstrip("fd"))
        return _whole(int(digits), long="l" in text)
    except (ValueError, ArithmeticError):
        raise ExpressionError(f"{text} is not a number that C# has") from None


def _whole(number: int, *, long: bool) -> int:
    if number >= 2**64:
        raise ExpressionError(f"{number} is too large for a whole number")
    return Long(number) if long or number >= 2**31 else number
