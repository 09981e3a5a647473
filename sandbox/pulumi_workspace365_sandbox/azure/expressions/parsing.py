"""Text to tree. Importing this module imports lark; the grammar is compiled with the first expression."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from pulumi_workspace365_sandbox.azure.expressions.ast_builder import ExpressionBuilder
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import Block, Node
from pulumi_workspace365_sandbox.azure.expressions.scanner import Scanner
from pulumi_workspace365_sandbox.azure.expressions.tokens import Tokens

_SHOWN = 40


class _Lexer(Lexer):
    """What lark asks for in place of a lexer of its own."""

    def __init__(self, _: Any) -> None:
        pass

    def lex(self, text: str) -> Iterator[Token]:  # type: ignore[override]  # lark's interface for lexers of one's own
        return iter(Tokens([*Scanner(text).lexemes(2)][:-1]))


@cache
def _grammar() -> Lark:
    text = resources.files("pulumi_workspace365_sandbox.azure.expressions").joinpath("csharp.lark").read_text("utf-8")
    return Lark(text, parser="lalr", lexer=_Lexer, start=["expression", "body"], transformer=ExpressionBuilder())


def parse(text: str) -> Node:
    """The tree of `@(…)` or `@{…}`. Raises ExpressionError."""
    body = text.startswith("@{")
    try:
        tree: Any = _grammar().parse(text, start="body" if body else "expression")
    except UnexpectedToken as error:
        raise ExpressionError(_unexpected(text, error.token)) from None
    except UnexpectedInput:
        raise ExpressionError("the expression is not C#") from None
    if not body and isinstance(tree, Block):
        raise ExpressionError("a block of statements is written as @{…}")
    return tree  # type: ignore[no-any-return]  # what the builder made


def _unexpected(text: str, token: Token) -> str:
    if token.type == "$END":
        return "the expression ends too early"
    start = token.start_pos or 0
    shown = text[start : start + _SHOWN].partition("\n")[0]
    line = text.count("\n", 0, start) + 1
    return f"'{shown}' is not valid C# here (line {line} of the expression)"
