"""Checks statements, and whether every path returns."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeGuard

from pulumi_workspace365_sandbox.azure.expressions import nodes, static_types
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError, LimitExceeded
from pulumi_workspace365_sandbox.azure.expressions.limits import DEEPEST_TREE
from pulumi_workspace365_sandbox.azure.expressions.nodes import Node, TypeName


class StatementChecker(ABC):
    """The rules of statements, for the checker that has those of expressions."""

    scopes: list[dict[str, TypeName]]
    returned: list[TypeName]

    @abstractmethod
    def type(self, node: Node) -> TypeName: ...

    @abstractmethod
    def declare(self, name: str, type_: TypeName) -> None: ...

    _level = 0

    def statement(self, node: Node) -> None:
        """Raises ExpressionError."""
        self._level += 1
        if self._level > DEEPEST_TREE:
            raise LimitExceeded("The expression is nested too deeply")
        rules: dict[type[Node], Callable[[Any], object]] = {
            nodes.Block: self._block,
            nodes.VariableDeclaration: self._declare,
            nodes.ExpressionStatement: lambda statement: self.type(statement.expression),
            nodes.Return: self._return,
            nodes.Throw: self.type,
            nodes.If: self._if,
            nodes.While: self._while,
            nodes.For: self._for,
            nodes.ForEach: self._for_each,
            nodes.BreakOrContinue: lambda _: None,
            nodes.Try: self._try,
            nodes.Switch: self._switch,
        }
        rules[type(node)](node)
        self._level -= 1

    def _block(self, node: nodes.Block) -> None:
        self.scopes.append({})
        for statement in node.statements:
            if is_function(statement):
                self.declare(statement.names[0][0], statement.type)
        for statement in node.statements:
            self.statement(statement)
        self.scopes.pop()

    def _declare(self, node: nodes.VariableDeclaration) -> None:
        type_ = TypeName("var") if node.type.name == "var" else static_types.canonical(node.type)
        for name, value in node.names:
            if type_.name == "Func":
                if not is_function(node):
                    self.declare(name, type_)
                if value is not None:
                    self.type(value)
                continue
            declared_type = type_ if value is None else self.type(value)
            if type_.name == "var" and (value is None or declared_type == static_types.NULL or declared_type.name == "void"):
                raise ExpressionError(f"Implicitly-typed variable '{name}' must be initialized with a value that has a type")
            whole = (
                isinstance(value, nodes.Literal)
                and declared_type.name in {"int", "long"}
                and type_.name not in {"string", "bool"}
            )
            if type_.name != "var" and not whole:
                static_types.assigned(type_, declared_type)
            self.declare(name, declared_type if type_.name == "var" else type_)

    def _return(self, node: nodes.Return) -> None:
        if node.value is not None:
            self.returned.append(self.type(node.value))

    def _if(self, node: nodes.If) -> None:
        while True:
            static_types.condition(self.type(node.condition))
            self._block(nodes.Block([node.then]))
            if not isinstance(node.otherwise, nodes.If):
                break
            node = node.otherwise
        if node.otherwise is not None:
            self._block(nodes.Block([node.otherwise]))

    def _while(self, node: nodes.While) -> None:
        static_types.condition(self.type(node.condition))
        self._block(nodes.Block([node.body]))

    def _for(self, node: nodes.For) -> None:
        self.scopes.append({})
        for statement in node.start:
            self.statement(statement)
        if node.condition is not None:
            static_types.condition(self.type(node.condition))
        for statement in (*node.after, node.body):
            self.statement(statement)
        self.scopes.pop()

    def _for_each(self, node: nodes.ForEach) -> None:
        items = self.type(node.items)
        if not static_types.loops(items):
            raise ExpressionError(f"'foreach' cannot operate on a value of type '{items}'")
        self.scopes.append(
            {node.name: static_types.item(items) if node.type.name == "var" else static_types.canonical(node.type)}
        )
        self.statement(node.body)
        self.scopes.pop()

    def _try(self, node: nodes.Try) -> None:
        self.statement(node.body)
        for catch in node.catches:
            self.scopes.append({catch.name: TypeName("Exception")} if catch.name else {})
            if catch.when is not None:
                static_types.condition(self.type(catch.when))
            self.statement(catch.body)
            self.scopes.pop()
        if node.finally_ is not None:
            self.statement(node.finally_)

    def _switch(self, node: nodes.Switch) -> None:
        value = self.type(node.value)
        self.scopes.append({})
        for case in node.cases:
            for constant, type_, name, when in case.labels:
                if constant is not None:
                    static_types.of_operator("==", value, self.type(constant))
                if type_ is not None:
                    self.scopes[-1][name] = static_types.canonical(type_)
                if when is not None:
                    static_types.condition(self.type(when))
            for statement in case.body:
                self.statement(statement)
            if self.falls_through(nodes.Block(case.body)):
                raise ExpressionError("Control cannot fall through from one case label to another")
        self.scopes.pop()

    # Whether the end of a statement is reached.

    def falls_through(self, node: Node) -> bool:
        """Whether what follows a statement can be reached."""
        match node:
            case nodes.Return() | nodes.Throw() | nodes.BreakOrContinue():
                return False
            case nodes.ExpressionStatement(nodes.Throw()):
                return False
            case nodes.Block(statements):
                return all(self.falls_through(statement) for statement in statements)
            case nodes.If():
                branches = _branches(node)
                return branches[-1] is None or any(branch is not None and self.falls_through(branch) for branch in branches)
            case nodes.While(_, body, True) if not self.falls_through(body):
                return _breaks(body)
            case (
                nodes.While(nodes.Literal(True), body) | nodes.For(_, None, _, body) | nodes.For(_, nodes.Literal(True), _, body)
            ):
                return _breaks(body)
            case nodes.Try(body, catches, finally_):
                ends = [body, *(catch.body for catch in catches)]
                return any(self.falls_through(end) for end in ends) and (finally_ is None or self.falls_through(finally_))
            case nodes.Switch(_, cases):
                default = any(label == (None, None, "", None) for case in cases for label in case.labels)
                return not default or any(_breaks(nodes.Block(case.body)) for case in cases)
            case _:
                return True


def is_function(node: Node) -> TypeGuard[nodes.VariableDeclaration]:
    """Whether a function is declared, which the whole block may call; delegates have type arguments."""
    return isinstance(node, nodes.VariableDeclaration) and node.type == TypeName("Func")


def _branches(node: Node | None) -> list[Node | None]:
    """Those of `if … else if … else`; the last is None without an `else`."""
    branches: list[Node | None] = []
    while isinstance(node, nodes.If):
        branches.append(node.then)
        node = node.otherwise
    return [*branches, node]


def _breaks(node: Node | None) -> bool:
    """Whether a `break` in a body leaves the loop or switch that has it."""
    match node:
        case nodes.BreakOrContinue("break"):
            return True
        case nodes.Block(statements):
            return any(_breaks(statement) for statement in statements)
        case nodes.If():
            return any(_breaks(branch) for branch in _branches(node))
        case nodes.Try(body, catches, _):
            return _breaks(body) or any(_breaks(catch.body) for catch in catches)
        case _:
            return False
