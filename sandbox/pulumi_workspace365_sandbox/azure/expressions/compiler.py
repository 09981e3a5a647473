"""Expressions as policies have them: judged when they are deployed, evaluated for each handshake.

What reads and evaluates them is imported with the first one.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, ExpressionError, LimitExceeded
from pulumi_workspace365_sandbox.azure.expressions.limits import Budget
from pulumi_workspace365_sandbox.azure.expressions.nodes import Node

_TOO_DEEP = "The expression is nested too deeply"


def is_expression(text: str) -> bool:
    return text.startswith(("@(", "@{"))


@lru_cache(maxsize=1000)
def compile_expression(text: str) -> Node:
    """An expression, `@` included, as a judged tree. Raises ExpressionError for what the service or this gateway does not take."""
    parsing, checker = (import_module(f"{__package__}.{name}") for name in ("parsing", "checker"))
    try:
        tree: Node = parsing.parse(text)
        checker.check(tree)
    except RecursionError:
        raise LimitExceeded(_TOO_DEEP) from None
    return tree


def evaluate_expression(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression. Raises ExpressionError."""
    evaluator = import_module(f"{__package__}.evaluator")
    try:
        return evaluator.evaluate(compile_expression(text), dict(names), Budget())
    except RecursionError:
        raise LimitExceeded(_TOO_DEEP) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        raise ExpressionError(f"the values of the expression do not fit each other: {problem!s:.200}") from problem
    except DotNetException as problem:
        raise ExpressionError(f"{problem.message} ({problem.kind})") from problem
