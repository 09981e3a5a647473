"""From the grammar's rules to nodes: one method for each rule, called from the innermost outwards."""

from typing import Any

from lark import Token, v_args

from pulumi_workspace365_sandbox.azure.expressions import nodes
from pulumi_workspace365_sandbox.azure.expressions.building_statements import Statements
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import Argument, Chain, Entry, Link, Node

_ASSIGNABLE = "only variables, members and indexed items can be assigned to"


def chain(base: Node, link: Link) -> Chain:
    """The chain one link longer."""
    found = base if isinstance(base, Chain) else Chain(base, [])
    found.links.append(link)
    return found


def assignable(target: Node) -> Node:
    if isinstance(target, nodes.Name) or (isinstance(target, Chain) and target.links[-1].kind in {"member", "index"}):
        return target
    raise ExpressionError(_ASSIGNABLE)


@v_args(inline=True)
class Builder(Statements):
    """Expressions; statements are inherited."""

    # Values.

    def literal(self, token: Token) -> Node:
        return nodes.Literal(token.value)

    def name(self, token: Token, generics: Token | None = None) -> Node:
        if generics is not None:
            raise ExpressionError(f"'{token.value}' with type arguments is no method that expressions can call")
        return nodes.Name(str(token.value))

    def paren(self, inner: Node) -> Node:
        return nodes.Paren(inner)

    def tuple_(self, *items: Node) -> Node:
        return nodes.TupleOf(list(items))

    def tuple_item(self, inner: Node) -> Node:
        return inner

    def nameof(self, inner: Node) -> Node:
        if isinstance(inner, Chain):
            return nodes.Literal(inner.links[-1].name)
        if isinstance(inner, nodes.Name):
            return nodes.Literal(inner.name)
        raise ExpressionError("'nameof' wants a name")

    def default(self, token: Token) -> Node:
        return nodes.Default(token.value)

    def typeof(self, _: Token) -> Node:
        raise ExpressionError("'typeof' cannot run here: expressions may not reflect on types")

    def part_text(self, token: Token) -> Any:
        return token.value

    def part_hole(self, inner: Node, end: Token) -> Any:
        alignment, form = end.value
        if alignment and not alignment.lstrip("-").isdecimal():
            raise ExpressionError(f"the alignment '{alignment}' of an interpolated text must be a whole number")
        return inner, int(alignment or 0), form

    def interpolated(self, _: Token, *parts: Any) -> Node:
        return nodes.Interpolated(list(parts))

    # Operators.

    def binary(self, left: Node, symbol: Token, right: Node) -> Node:
        if isinstance(left, nodes.Binary):
            left.rest.append((str(symbol), right))
            return left
        return nodes.Binary(left, [(str(symbol), right)])

    def unary(self, symbol: Token, operand: Node) -> Node:
        return nodes.Unary(str(symbol), operand)

    def cast(self, token: Token, operand: Node) -> Node:
        return nodes.Cast(token.value, operand)

    def step_before(self, symbol: Token, target: Node) -> Node:
        return nodes.Step(str(symbol), assignable(target), before=True)

    def step_after(self, target: Node, symbol: Token) -> Node:
        return nodes.Step(str(symbol), assignable(target), before=False)

    def coalesce(self, left: Node, right: Node) -> Node:
        return nodes.Coalesce(left, right)

    def conditional(self, condition: Node, yes: Node, no: Node) -> Node:
        return nodes.Conditional(condition, yes, no)

    def is_type(self, operand: Node, type_: Token, name: Token | None = None) -> Node:
        return nodes.Is(operand, type_.value, "" if name is None else str(name))

    def is_constant(self, operand: Node, literal: Token) -> Node:
        return nodes.Is(operand, None, constant=nodes.Literal(literal.value))

    def as_(self, operand: Node, type_: Token) -> Node:
        return nodes.As(operand, type_.value)

    def assign(self, target: Node, symbol: Token, value: Node) -> Node:
        return nodes.Assign(assignable(target), str(symbol), value)

    def lambda_(self, names: Token, body: Node) -> Node:
        return nodes.Lambda([str(name) for name in names.value], body)

    def throw(self, value: Node) -> Node:
        return nodes.Throw(value)

    # Chains.

    def member(self, target: Node, name: Token, generics: Token | None = None) -> Node:
        return chain(target, Link("member", str(name.value), () if generics is None else generics.value))

    def member_if(self, target: Node, name: Token, generics: Token | None = None) -> Node:
        return chain(target, Link("member", str(name.value), () if generics is None else generics.value, conditional=True))

    def call(self, target: Node, arguments: list[Argument]) -> Node:
        last = target.links[-1] if isinstance(target, Chain) else None
        if last is None or last.kind != "member":
            return chain(target, Link("invoke", arguments=arguments))
        last.kind, last.arguments = "call", arguments
        return target

    def index(self, target: Node, arguments: list[Argument]) -> Node:
        return chain(target, Link("index", arguments=arguments))

    def index_if(self, target: Node, arguments: list[Argument]) -> Node:
        return chain(target, Link("index", arguments=arguments, conditional=True))

    def arguments(self, found: list[Argument] | None = None) -> Any:
        return found or []

    def argument_list(self, *found: Argument) -> Any:
        return list(found)

    def argument(self, value: Node) -> Any:
        return Argument(value)

    def argument_out(self, value: Node) -> Any:
        return Argument(assignable(value), out=True)

    def argument_out_new(self, type_: Token, name: Token) -> Any:
        return Argument(nodes.Name(str(name)), out=True, declares=type_.value)

    def argument_ref(self, _: Node) -> Any:
        raise ExpressionError("'ref' cannot run here: no method that expressions may call takes one")

    # New values.

    def new(self, type_: Token, *found: list[Any]) -> Node:
        arguments = found[0] if found and not (found[0] and isinstance(found[0][0], Entry)) else []
        entries = found[-1] if found and found[-1] and isinstance(found[-1][0], Entry) else []
        return nodes.New(type_.value, arguments, entries)

    def new_anonymous(self, entries: list[Entry]) -> Node:
        return nodes.New(None, [], entries)

    def new_array(self, type_: Token, size: Node, items: list[Node] | None = None) -> Node:
        return nodes.NewArray(type_.value, None if items else size, items or [])

    def new_array_of(self, *found: Any) -> Node:
        return nodes.NewArray(found[0].value if len(found) == 2 else None, None, found[-1])

    def braces(self, *items: Node) -> Any:
        return list(items)

    def entries(self, *found: Entry) -> Any:
        return list(found)

    def entry(self, value: Node) -> Any:
        if isinstance(value, nodes.Assign) and value.symbol == "=" and isinstance(value.target, nodes.Name):
            return Entry(value.value, name=value.target.name)
        return Entry(value)

    def entry_key(self, key: Node, _: Token, value: Node) -> Any:
        return Entry(value, key=key)

    def entry_more(self, first: Node, *more: Node) -> Any:
        return Entry(first, more=list(more))
