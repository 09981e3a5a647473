"""The variables of an expression while it runs."""

from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName


@dataclass
class Cell:
    """A variable; with a type, what is assigned is converted to it."""

    value: Any
    type: TypeName | None = None


class Scope:
    """Variables of a block, and those around it."""

    def __init__(self, outer: "Scope | None" = None) -> None:
        self.outer = outer
        self.cells: dict[str, Cell] = {}

    def declare(self, name: str, value: Any, type_: TypeName | None = None) -> None:
        self.cells[name] = Cell(value, type_)

    def find(self, name: str) -> Cell:
        """Raises ExpressionError."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.cells:
                return scope.cells[name]
            scope = scope.outer
        raise ExpressionError(f"Use of unassigned local variable '{name}'")
