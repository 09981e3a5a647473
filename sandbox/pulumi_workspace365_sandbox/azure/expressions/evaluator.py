"""Evaluates the syntax tree of an expression within a budget."""

from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import conversions, formats, nodes, operators
from pulumi_workspace365_sandbox.azure.expressions.calls import CallEvaluator
from pulumi_workspace365_sandbox.azure.expressions.checker import member_name
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.register_all import TYPES
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.limits import Budget, check_item_count, check_text_size, use_budget
from pulumi_workspace365_sandbox.azure.expressions.nodes import Node, TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import alias
from pulumi_workspace365_sandbox.azure.expressions.scopes import Scope
from pulumi_workspace365_sandbox.azure.expressions.statements import ReturnSignal, StatementEvaluator
from pulumi_workspace365_sandbox.azure.expressions.values import Array, ByteArray, Char, ExceptionValue, ObjectValue, TupleValue


class Closure:
    """A lambda, with the variables around it."""

    def __init__(self, evaluator: "Evaluator", node: nodes.Lambda, scope: Scope) -> None:
        self._evaluator, self._node, self._scope = evaluator, node, scope
        self.parameters = len(node.names)

    def __call__(self, *arguments: Any) -> Any:
        if len(arguments) != self.parameters:
            raise ExpressionError(f"Delegate does not take {len(arguments)} arguments")
        scope = Scope(self._scope)
        for name, value in zip(self._node.names, arguments, strict=True):
            scope.declare(name, value)
        return self._evaluator.body(self._node.body, scope)


class Evaluator(CallEvaluator, StatementEvaluator):
    """One evaluation."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._handlers: dict[type[Node], Callable[[Any, Scope], Any]] = {
            nodes.Literal: lambda node, _: node.value,
            nodes.Interpolated: self._interpolated,
            nodes.Name: lambda node, scope: scope.find(node.name).value,
            nodes.Chain: self.chain,
            nodes.Paren: lambda node, scope: self.value(node.inner, scope),
            nodes.TupleOf: lambda node, scope: TupleValue(tuple(self.value(item, scope) for item in node.items)),
            nodes.Unary: lambda node, scope: operators.unary(node.symbol, self.value(node.operand, scope)),
            nodes.IncrementOrDecrement: self._step,
            nodes.Binary: self._binary,
            nodes.Coalesce: self._coalesce,
            nodes.Conditional: lambda node, scope: self.value(node.yes if self.true(node.condition, scope) else node.no, scope),
            nodes.Cast: lambda node, scope: conversions.cast(self.value(node.operand, scope), node.type),
            nodes.As: self._as,
            nodes.Is: self._is,
            nodes.Assign: self._assign,
            nodes.Lambda: lambda node, scope: Closure(self, node, scope),
            nodes.Throw: self.throw,
            nodes.New: self._new,
            nodes.NewArray: self._new_array,
            nodes.Default: lambda node, _: conversions.default(node.type) if node.type else None,
        }

    def value(self, node: Node, scope: Scope) -> Any:
        """The value of an expression. Raises ExpressionError."""
        self.budget.step()
        self.budget.enter()
        value = self._handlers[type(node)](node, scope)
        self.budget.leave()
        return value

    def true(self, node: Node, scope: Scope) -> bool:
        value = self.value(node, scope)
        if not isinstance(value, bool):
            raise DotNetException(
                "InvalidOperationException", f"'{formats.text(value):.40}' is not a condition: it is neither true nor false"
            )
        return value

    def body(self, node: Node, scope: Scope) -> Any:
        """Of an expression with statements, or of a lambda."""
        if not isinstance(node, nodes.Block):
            return self.value(node, scope)
        ended = self.run(node, scope)
        return ended.value if isinstance(ended, ReturnSignal) else None

    # Ways.

    def _interpolated(self, node: nodes.Interpolated, scope: Scope) -> str:
        parts, size = [], 0
        for part in node.parts:
            shown = part if isinstance(part, str) else formats.formatted(self.value(part[0], scope), part[2], part[1])
            size += len(shown)
            check_text_size(size)
            parts.append(shown)
        made = "".join(parts)
        self.budget.charge_memory(made)
        return made

    def _binary(self, node: nodes.Binary, scope: Scope) -> Any:
        left = self.value(node.first, scope)
        for symbol, right in node.rest:
            if symbol in {"&&", "||"}:
                if not isinstance(left, bool):
                    raise DotNetException(
                        "InvalidOperationException",
                        f"'{formats.text(left):.40}' is not a condition: it is neither true nor false",
                    )
                if left == (symbol == "||"):
                    continue
                left = self.true(right, scope)
            else:
                left = operators.binary(symbol, left, self.value(right, scope))
                self.budget.charge_memory(left)
        return left

    def _coalesce(self, node: nodes.Coalesce, scope: Scope) -> Any:
        left = self.value(node.left, scope)
        return self.value(node.right, scope) if left is None else left

    def _as(self, node: nodes.As, scope: Scope) -> Any:
        operand = self.value(node.operand, scope)
        return operand if conversions.fits(operand, node.type) else None

    def _is(self, node: nodes.Is, scope: Scope) -> bool:
        operand = self.value(node.operand, scope)
        if node.constant is not None:
            return bool(operators.binary("==", operand, self.value(node.constant, scope)))
        fits = node.type is not None and conversions.fits(operand, node.type)
        if node.name:
            scope.declare(node.name, operand if fits else None)
        return fits

    def _assign(self, node: nodes.Assign, scope: Scope) -> Any:
        target = self.target(node.target, scope)
        if node.symbol == "=":
            return target.put(self.value(node.value, scope))
        before = target.get()
        if node.symbol == "??=":
            return target.put(self.value(node.value, scope)) if before is None else before
        made = operators.binary(node.symbol[:-1], before, self.value(node.value, scope))
        self.budget.charge_memory(made)
        return target.put(made)

    def _step(self, node: nodes.IncrementOrDecrement, scope: Scope) -> Any:
        target = self.target(node.target, scope)
        before = target.get()
        after = target.put(operators.binary(node.symbol[0], before, 1))
        return after if node.before else before

    def _new(self, node: nodes.New, scope: Scope) -> Any:
        if node.type is None:
            return ObjectValue("anonymous", {member_name(entry): self.value(entry.value, scope) for entry in node.entries})
        name = alias(node.type.name)
        arguments = [self.value(argument.value, scope) for argument in node.arguments]
        if name == "Exception":
            return ExceptionValue(
                "Exception", formats.text(arguments[0]) if arguments else "Exception of type 'System.Exception' was thrown."
            )
        makes = TYPES[name].makes
        assert makes is not None  # noqa: S101  the checker has seen to it
        made = self.guarded(f"new {name}", lambda: makes.call(*arguments))
        for entry in node.entries:
            self._entered(made, entry, scope)
        self.budget.charge_memory(made)
        return made

    def _entered(self, made: Any, entry: nodes.Entry, scope: Scope) -> None:
        value = self.value(entry.value, scope)
        if entry.key is not None:
            self.put_item(made, self.value(entry.key, scope), value)
        elif entry.name:
            raise ExpressionError(f"'{entry.name}' cannot be set here")
        else:
            self.called(made, "Add", [value, *(self.value(item, scope) for item in entry.more)])

    def _new_array(self, node: nodes.NewArray, scope: Scope) -> Any:
        of = node.type
        if node.size is not None:
            count = self.value(node.size, scope)
            if not isinstance(count, int) or count < 0:
                raise DotNetException("OverflowException", "Arithmetic operation resulted in an overflow.")
            check_text_size(count) if of is not None and alias(of.name) == "byte" else check_item_count(count)
            items = [conversions.default(of) if of else None] * count
        else:
            items = [self.value(item, scope) for item in node.items]
            items = [conversions.implicit(item, of) if of else item for item in items]
        if of is not None and alias(of.name) == "byte":
            made: Any = ByteArray(bytes((item or 0) & 0xFF for item in items))
        else:
            made = Array(items, alias(of.name) if of else _common(items))
        self.budget.charge_memory(made)
        return made


def _common(items: list[Any]) -> str:
    for type_, name in ((Char, "char"), (str, "string"), (bool, "bool"), (int, "int"), (float, "double")):
        if items and all(isinstance(item, type_) or item is None for item in items):
            return name
    return "object"


def evaluate(tree: Node, names: dict[str, Any], budget: Budget) -> Any:
    """The value of a judged tree. Raises ExpressionError."""
    scope = Scope()
    for name, value in names.items():
        scope.declare(name, value, TypeName("object"))
    with use_budget(budget):
        return Evaluator(budget).body(tree, Scope(scope))
