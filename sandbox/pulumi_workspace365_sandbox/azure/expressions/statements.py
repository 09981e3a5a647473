"""Executes statements."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import conversions, nodes, operators
from pulumi_workspace365_sandbox.azure.expressions.checking_statements import is_function
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.linq_ordering import items_of
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException
from pulumi_workspace365_sandbox.azure.expressions.limits import Budget
from pulumi_workspace365_sandbox.azure.expressions.nodes import Node
from pulumi_workspace365_sandbox.azure.expressions.scopes import Scope
from pulumi_workspace365_sandbox.azure.expressions.values import ExceptionValue


@dataclass(frozen=True)
class ReturnSignal:
    """How a statement ends that returns; `break` and `continue` are their words, None goes on."""

    value: Any


Ended = ReturnSignal | str | None


class StatementEvaluator(ABC):
    """Of the evaluator: what has no value."""

    budget: Budget

    @abstractmethod
    def value(self, node: Node, scope: Scope) -> Any: ...

    @abstractmethod
    def true(self, node: Node, scope: Scope) -> bool: ...

    _failures: tuple[ExceptionValue, ...] = ()

    def run(self, node: Node, scope: Scope) -> Ended:
        """Raises ExpressionError."""
        self.budget.step()
        self.budget.enter()
        handlers: dict[type[Node], Callable[[Any, Scope], Ended]] = {
            nodes.Block: lambda statement, around: self._block(statement, Scope(around)),
            nodes.VariableDeclaration: self._declare,
            nodes.ExpressionStatement: self._run,
            nodes.Return: lambda statement, around: ReturnSignal(
                None if statement.value is None else self.value(statement.value, around)
            ),
            nodes.Throw: self.throw,
            nodes.If: self._if,
            nodes.While: self._while,
            nodes.For: self._for,
            nodes.ForEach: self._for_each,
            nodes.BreakOrContinue: lambda statement, _: str(statement.word),
            nodes.Try: self._try,
            nodes.Switch: self._switch,
        }
        ended = handlers[type(node)](node, scope)
        self.budget.leave()
        return ended

    def _block(self, node: nodes.Block, scope: Scope) -> Ended:
        for statement in node.statements:
            if is_function(statement):
                self._declare(statement, scope)
        for statement in node.statements:
            ended = self.run(statement, scope)
            if ended is not None:
                return ended
        return None

    def _declare(self, node: nodes.VariableDeclaration, scope: Scope) -> None:
        type_ = None if node.type.name in {"var", "Func", "Action", "Predicate"} else node.type
        for name, value in node.names:
            if isinstance(value, nodes.Lambda):
                scope.declare(name, None)
            initial = self.value(value, scope) if value is not None else conversions.default(node.type)
            scope.declare(name, conversions.implicit(initial, type_) if type_ else initial, type_)

    def _run(self, node: nodes.ExpressionStatement, scope: Scope) -> None:
        self.value(node.expression, scope)

    def throw(self, node: nodes.Throw, scope: Scope) -> Ended:
        """Raises DotNetException."""
        exception = (
            self._failures[-1] if node.value is None and self._failures else self.value(node.value, scope) if node.value else None
        )
        if isinstance(exception, ExceptionValue):
            raise DotNetException(exception.kind, exception.message)
        raise DotNetException("NullReferenceException", "Object reference not set to an instance of an object.")

    def _if(self, node: nodes.If, scope: Scope) -> Ended:
        branch: Node | None = node
        while isinstance(branch, nodes.If):
            self.budget.step()
            if self.true(branch.condition, scope):
                return self.run(branch.then, scope)
            branch = branch.otherwise
        return self.run(branch, scope) if branch is not None else None

    def _while(self, node: nodes.While, scope: Scope) -> Ended:
        first = node.first
        while first or self.true(node.condition, scope):
            first = False
            ended = self.run(node.body, scope)
            if isinstance(ended, ReturnSignal):
                return ended
            if ended == "break":
                break
        return None

    def _for(self, node: nodes.For, scope: Scope) -> Ended:
        inner = Scope(scope)
        for statement in node.start:
            self.run(statement, inner)
        while node.condition is None or self.true(node.condition, inner):
            ended = self.run(node.body, inner)
            if isinstance(ended, ReturnSignal):
                return ended
            if ended == "break":
                break
            for statement in node.after:
                self.run(statement, inner)
        return None

    def _for_each(self, node: nodes.ForEach, scope: Scope) -> Ended:
        items = self.value(node.items, scope)
        if items is None:
            raise DotNetException("NullReferenceException", "Object reference not set to an instance of an object.")
        type_ = None if node.type.name == "var" else node.type
        for item in list(items_of(items)):
            inner = Scope(scope)
            inner.declare(node.name, conversions.cast(item, type_) if type_ else item, type_)
            ended = self.run(node.body, inner)
            if isinstance(ended, ReturnSignal):
                return ended
            if ended == "break":
                break
        return None

    def _try(self, node: nodes.Try, scope: Scope) -> Ended:
        depth = self.budget.depth
        try:
            ended = self.run(node.body, scope)
        except DotNetException as problem:
            self.budget.depth = depth
            try:
                ended = self._caught(node, problem, scope)
            except DotNetException:
                self.budget.depth = depth
                if node.finally_ is not None:
                    self.run(node.finally_, scope)
                raise
        if node.finally_ is not None:
            self.run(node.finally_, scope)
        return ended

    def _caught(self, node: nodes.Try, problem: DotNetException, scope: Scope) -> Ended:
        for catch in node.catches:
            inner = Scope(scope)
            failure = ExceptionValue(problem.kind, problem.message)
            if catch.type is not None and catch.type.name not in {"Exception", problem.kind}:
                continue
            if catch.name:
                inner.declare(catch.name, failure)
            if catch.when is not None and not self.true(catch.when, inner):
                continue
            self._failures += (failure,)
            ended = self.run(catch.body, inner)
            self._failures = self._failures[:-1]
            return ended
        raise problem

    def _switch(self, node: nodes.Switch, scope: Scope) -> Ended:
        value = self.value(node.value, scope)
        inner = Scope(scope)
        default: list[Node] | None = None
        for case in node.cases:
            for label in case.labels:
                if label == (None, None, "", None):
                    default = case.body
                elif self._chosen(label, value, inner):
                    return self._within(case.body, inner)
        return self._within(default or [], inner)

    def _within(self, body: list[Node], scope: Scope) -> Ended:
        ended = self._block(nodes.Block(body), scope)
        return None if ended == "break" else ended

    def _chosen(self, label: Any, value: Any, scope: Scope) -> bool:
        constant, type_, name, when = label
        if constant is not None and not operators.binary("==", value, self.value(constant, scope)):
            return False
        if type_ is not None:
            if not conversions.fits(value, type_):
                return False
            scope.declare(name, value)
        return when is None or self.true(when, scope)
