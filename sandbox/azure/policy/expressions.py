"""A small evaluator of policy expressions: `@(…)`, and `@{…}` of `var`, `if` and `return`. What it does not know it refuses."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sandbox.azure.policy.lexer import ExpressionError, tokens
from sandbox.azure.policy.syntax import NOTHING, TYPES, Expressions, Node, Scope


@lru_cache(maxsize=1000)
def compiled(text: str) -> Node:
    """An expression, `@` included, as a function of its names. Raises ExpressionError for what is not known here."""
    parser = _Statements([*tokens(text, 2)][:-1])
    return parser.body() if text.startswith("@{") else parser.whole()


def evaluated(text: str, scope: Mapping[str, Any]) -> Any:
    """The value of an expression. Raises ExpressionError."""
    try:
        return compiled(text)(dict(scope))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ExpressionError(f"{error} in {text}") from None


class _Statements(Expressions):
    """The statements of `@{…}`."""

    def body(self) -> Node:
        block = self._statements()
        if self._peek():
            raise ExpressionError(f"'{self._peek()}' is no statement")

        def run(scope: Scope) -> Any:
            result = block(scope)
            if result is NOTHING:
                raise ExpressionError("not every path of the expression returns a value")
            return result

        return run

    def _statements(self) -> Node:
        steps: list[Node] = []
        while self._peek() and self._peek() != "}":
            steps.append(self._statement())

        def run(scope: Scope) -> Any:
            return next((result for step in steps if (result := step(scope)) is not NOTHING), NOTHING)

        return run

    def _statement(self) -> Node:
        if self._accept("return"):
            result = self._expression()
            self._expect(";")
            return result
        if self._accept("if"):
            return self._if()
        if self._accept("{"):
            block = self._statements()
            self._expect("}")
            return block
        if self._peek() in TYPES | {"var"} and self._peek(2) == "=":
            return self._declaration()
        raise ExpressionError(f"'{self._peek()}' is no statement that this gateway can run: it knows var, if and return")

    def _if(self) -> Node:
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        then = self._statement()
        otherwise = self._statement() if self._accept("else") else lambda _: NOTHING
        return lambda scope: then(scope) if condition(scope) else otherwise(scope)

    def _declaration(self) -> Node:
        self._next()
        name = self._next().text
        self._names.add(name)
        self._expect("=")
        value = self._expression()
        self._expect(";")

        def declare(scope: Scope) -> Any:
            scope[name] = value(scope)
            return NOTHING

        return declare
