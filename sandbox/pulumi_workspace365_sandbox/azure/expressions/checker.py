"""Checks an expression when it is deployed, as the service's compiler does: names, members, types, paths without a return."""

from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import nodes, registry, static_types
from pulumi_workspace365_sandbox.azure.expressions.checking_chains import ChainChecker
from pulumi_workspace365_sandbox.azure.expressions.checking_statements import StatementChecker
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError, LimitExceeded
from pulumi_workspace365_sandbox.azure.expressions.limits import DEEPEST_TREE
from pulumi_workspace365_sandbox.azure.expressions.nodes import Node, TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import TYPES, UNKNOWN

_UNCAST = {"string", "int", "long", "double", "decimal", "bool", "Guid"}


class Checker(ChainChecker, StatementChecker):
    """Finds the type of each part; what is told only at run time is unknown, and let through."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, TypeName]] = [{"context": TypeName("IContext")}]
        self.anonymous: set[str] = set()
        self.returned: list[TypeName] = []
        self._depth = 0
        self._rules: dict[type[Node], Callable[[Any], TypeName]] = {
            nodes.Literal: lambda node: static_types.NULL if node.value is None else TypeName(registry.type_name_of(node.value)),
            nodes.Interpolated: self._interpolated,
            nodes.Name: self._name,
            nodes.Chain: self.chain,
            nodes.Paren: lambda node: self.type(node.inner),
            nodes.TupleOf: self._tuple,
            nodes.Unary: self._unary,
            nodes.IncrementOrDecrement: lambda node: self.type(node.target),
            nodes.Binary: self._binary,
            nodes.Coalesce: lambda node: static_types.joined(self.type(node.left), self.type(node.right)),
            nodes.Conditional: self._conditional,
            nodes.Cast: self._cast,
            nodes.As: self._cast,
            nodes.Is: self._is,
            nodes.Assign: self._assign,
            nodes.Lambda: lambda node: self.lambda_(node, []),
            nodes.Throw: self._throw,
            nodes.New: self._new,
            nodes.NewArray: self._new_array,
            nodes.Default: lambda node: static_types.canonical(node.type) if node.type else static_types.NULL,
        }

    def type(self, node: Node) -> TypeName:
        """The type of an expression. Raises ExpressionError."""
        self._depth += 1
        if self._depth > DEEPEST_TREE:
            raise LimitExceeded("The expression is nested too deeply")
        type_ = self._rules[type(node)](node)
        self._depth -= 1
        return type_

    def declare(self, name: str, type_: TypeName) -> None:
        if any(name in scope for scope in self.scopes):
            raise ExpressionError(f"A variable named '{name}' is already defined in this scope")
        self.scopes[-1][name] = type_

    def local(self, name: str) -> TypeName | None:
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    # Rules.

    def _interpolated(self, node: nodes.Interpolated) -> TypeName:
        for part in node.parts:
            if not isinstance(part, str):
                self.type(part[0])
        return static_types.STRING

    def _name(self, node: nodes.Name) -> TypeName:
        local = self.local(node.name)
        if local is not None:
            return local
        if registry.alias(node.name) in TYPES:
            raise ExpressionError(f"'{node.name}' is a type, not a value")
        raise ExpressionError(f"'{node.name}' is unknown to this gateway")

    def _tuple(self, node: nodes.TupleOf) -> TypeName:
        for item in node.items:
            self.type(item)
        return TypeName("Tuple")

    def _unary(self, node: nodes.Unary) -> TypeName:
        operand_type = self.type(node.operand)
        if node.symbol == "!":
            static_types.condition(operand_type)
            return static_types.BOOL
        if operand_type.name in {"string", "bool", "object"}:
            raise ExpressionError(f"Operator '{node.symbol}' cannot be applied to operand of type '{operand_type}'")
        return static_types.INT if operand_type.name in {"char", "byte"} else operand_type

    def _binary(self, node: nodes.Binary) -> TypeName:
        left_type = self.type(node.first)
        narrowed = 0
        for symbol, right in node.rest:
            if symbol == "&&":
                self.scopes.append({})  # `x is T y && …` declares y for what follows
                narrowed += 1
            left_type = static_types.of_operator(symbol, left_type, self.type(right))
        for _ in range(narrowed):
            inner = self.scopes.pop()
            self.scopes[-1].update(inner)
        return left_type

    def _conditional(self, node: nodes.Conditional) -> TypeName:
        static_types.condition(self.type(node.condition))
        return static_types.joined(self.type(node.yes), self.type(node.no))

    def _cast(self, node: nodes.Cast | nodes.As) -> TypeName:
        target, operand_type = static_types.canonical(node.type), self.type(node.operand)
        pair = {target.name, operand_type.name}
        apart = len(pair) > 1 and pair <= _UNCAST and pair & {"string", "bool", "Guid"}
        if isinstance(node, nodes.Cast) and apart:
            raise ExpressionError(f"Cannot convert type '{operand_type}' to '{target}'")
        return target

    def _is(self, node: nodes.Is) -> TypeName:
        self.type(node.operand)
        if node.constant is not None:
            self.type(node.constant)
        if node.type is not None:
            type_ = static_types.canonical(node.type)
            if node.name:
                self.scopes[-1].pop(node.name, None)
                self.declare(node.name, type_)
        return static_types.BOOL

    def _assign(self, node: nodes.Assign) -> TypeName:
        if isinstance(node.target, nodes.Name) and node.target.name == "context":
            raise ExpressionError("'context' cannot be assigned to")
        target, value = self.type(node.target), self.type(node.value)
        if isinstance(node.target, nodes.Chain):
            self.assignable(node.target)
        if node.symbol == "=":
            static_types.assigned(target, value)
        elif node.symbol != "??=":
            static_types.of_operator(node.symbol[:-1], target, value)
        return target

    def lambda_(self, node: nodes.Lambda, takes: list[TypeName]) -> TypeName:
        """The type of what a lambda returns, with arguments of these types."""
        self.scopes.append({})
        for place, name in enumerate(node.names):
            if name != "_":
                self.declare(name, takes[place] if place < len(takes) else UNKNOWN)
        if isinstance(node.body, nodes.Block):
            outer, self.returned = self.returned, []
            self.statement(node.body)
            returned_type = self.returned[0] if self.returned else UNKNOWN
            self.returned = outer
        else:
            returned_type = self.type(node.body)
        self.scopes.pop()
        return returned_type

    def _throw(self, node: nodes.Throw) -> TypeName:
        if node.value is not None:
            self.type(node.value)
        return static_types.NULL

    def _new(self, node: nodes.New) -> TypeName:
        for entry in node.entries:
            for part in (entry.value, entry.key, *entry.more):
                if part is not None:
                    self.type(part)
        if node.type is None:
            self.anonymous.update(member_name(entry) for entry in node.entries)
            return UNKNOWN
        type_ = static_types.canonical(node.type)
        if type_.name == "Exception":
            self.arguments(node.arguments, {})
            return type_
        makes = TYPES[type_.name].makes if type_.name in TYPES else None
        if makes is None:
            raise ExpressionError(f"'{type_}' cannot be made with 'new' here")
        self.counted(f"new {type_}", makes, node.arguments)
        self.arguments(node.arguments, {})
        return type_

    def _new_array(self, node: nodes.NewArray) -> TypeName:
        if node.size is not None:
            self.type(node.size)
        item_types = [self.type(item) for item in node.items]
        if node.type is not None:
            of = static_types.canonical(node.type)
        else:
            of = item_types[0] if item_types else UNKNOWN
            for other in item_types[1:]:
                of = static_types.joined(of, other)
        return registry.canonical_name(TypeName("[]", (of,)))


def member_name(entry: nodes.Entry) -> str:
    if entry.name:
        return entry.name
    if isinstance(entry.value, nodes.Chain) and entry.value.links[-1].kind == "member":
        return entry.value.links[-1].name
    if isinstance(entry.value, nodes.Name):
        return entry.value.name
    raise ExpressionError("a member of an anonymous type requires a name")


def check(tree: Node) -> None:
    """Raises ExpressionError for what the service's compiler, or this gateway, does not take."""
    checker = Checker()
    if not isinstance(tree, nodes.Block):
        checker.type(tree)
        return
    checker.statement(tree)
    if checker.falls_through(tree):
        raise ExpressionError("not every path of the expression returns a value")
