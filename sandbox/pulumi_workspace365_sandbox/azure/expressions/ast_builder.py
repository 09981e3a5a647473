"""From the grammar's rules to nodes, from the innermost outwards: a rule is a node of what it consists of, or what its method makes of that."""

from collections.abc import Callable
from typing import Any

from lark import Token, Transformer, v_args

from pulumi_workspace365_sandbox.azure.expressions import nodes
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import Argument, Case, Catch, Chain, Entry, Link, Node, TypeName

_ASSIGNABLE = "only variables, members and indexed items can be assigned to"
_RUNNABLE = nodes.Assign | nodes.IncrementOrDecrement | nodes.New | nodes.Throw


def chain(base: Node, link: Link) -> Chain:
    """The chain one link longer."""
    chained = base if isinstance(base, Chain) else Chain(base, [])
    chained.links.append(link)
    return chained


def assignable(target: Node) -> Node:
    if isinstance(target, nodes.Name) or (isinstance(target, Chain) and target.links[-1].kind in {"member", "index"}):
        return target
    raise ExpressionError(_ASSIGNABLE)


def _values(rule: Callable[..., Any], _name: str, children: list[Any], _meta: Any) -> Any:
    """Rules get the values of tokens."""
    return rule(*(child.value if isinstance(child, Token) else child for child in children))


@v_args(wrapper=_values)
class ExpressionBuilder(Transformer[Token, Node]):
    """What stands for each rule."""

    # Values.

    literal = nodes.Literal
    paren = nodes.Paren
    default = nodes.Default
    part_text = str

    def name(self, text: str, generics: Any = None) -> Node:
        if generics is not None:
            raise ExpressionError(f"'{text}' with type arguments is no method that expressions can call")
        return nodes.Name(text)

    def tuple_(self, *items: Node) -> Node:
        return nodes.TupleOf(list(items))

    def nameof(self, inner: Node) -> Node:
        if isinstance(inner, Chain):
            return nodes.Literal(inner.links[-1].name)
        if isinstance(inner, nodes.Name):
            return nodes.Literal(inner.name)
        raise ExpressionError("'nameof' wants a name")

    def typeof(self, _: TypeName) -> Node:
        raise ExpressionError("'typeof' cannot run here: expressions may not reflect on types")

    def part_hole(self, inner: Node, end: tuple[str, str]) -> Any:
        alignment, form = end
        if alignment and not alignment.lstrip("-").isdecimal():
            raise ExpressionError(f"the alignment '{alignment}' of an interpolated text must be a whole number")
        return inner, int(alignment or 0), form

    def interpolated(self, _: Any, *parts: Any) -> Node:
        return nodes.Interpolated(list(parts))

    # Operators.

    unary = nodes.Unary
    cast = nodes.Cast
    coalesce = nodes.Coalesce
    conditional = nodes.Conditional
    is_type = nodes.Is
    as_ = nodes.As
    lambda_ = nodes.Lambda

    def binary(self, left: Node, symbol: str, right: Node) -> Node:
        if isinstance(left, nodes.Binary):
            left.rest.append((symbol, right))
            return left
        return nodes.Binary(left, [(symbol, right)])

    def step_before(self, symbol: str, target: Node) -> Node:
        return nodes.IncrementOrDecrement(symbol, assignable(target), before=True)

    def step_after(self, target: Node, symbol: str) -> Node:
        return nodes.IncrementOrDecrement(symbol, assignable(target), before=False)

    def is_constant(self, operand: Node, literal: Any) -> Node:
        return nodes.Is(operand, None, constant=nodes.Literal(literal))

    def assign(self, target: Node, symbol: str, value: Node) -> Node:
        return nodes.Assign(assignable(target), symbol, value)

    # Chains.

    argument = Argument

    def member(self, target: Node, name: str, generics: tuple[TypeName, ...] = ()) -> Node:
        return chain(target, Link("member", name, generics))

    def member_if(self, target: Node, name: str, generics: tuple[TypeName, ...] = ()) -> Node:
        return chain(target, Link("member", name, generics, conditional=True))

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

    def arguments(self, parsed: list[Argument] | None = None) -> Any:
        return parsed or []

    def argument_out(self, value: Node) -> Any:
        return Argument(assignable(value), out=True)

    def argument_out_new(self, type_: TypeName, name: str) -> Any:
        return Argument(nodes.Name(name), out=True, declares=type_)

    def argument_ref(self, _: Node) -> Any:
        raise ExpressionError("'ref' cannot run here: no method that expressions may call takes one")

    # New values.

    def braces(self, *items: Any) -> Any:
        return list(items)

    entries = argument_list = braces

    def new(self, type_: TypeName, *parts: list[Any]) -> Node:
        arguments = parts[0] if parts and not (parts[0] and isinstance(parts[0][0], Entry)) else []
        entries = parts[-1] if parts and parts[-1] and isinstance(parts[-1][0], Entry) else []
        return nodes.New(type_, arguments, entries)

    def new_anonymous(self, entries: list[Entry]) -> Node:
        return nodes.New(None, [], entries)

    def new_array(self, type_: TypeName, size: Node, items: list[Node] | None = None) -> Node:
        return nodes.NewArray(type_, None if items else size, items or [])

    def new_array_of(self, *parts: Any) -> Node:
        return nodes.NewArray(parts[0] if len(parts) == 2 else None, None, parts[-1])

    def entry(self, value: Node) -> Any:
        if isinstance(value, nodes.Assign) and value.symbol == "=" and isinstance(value.target, nodes.Name):
            return Entry(value.value, name=value.target.name)
        return Entry(value)

    def entry_key(self, key: Node, _: str, value: Node) -> Any:
        return Entry(value, key=key)

    def entry_more(self, first: Node, *more: Node) -> Any:
        return Entry(first, more=list(more))

    # Statements.

    return_ = return_nothing = nodes.Return
    throw = throw_again = nodes.Throw
    leave = nodes.BreakOrContinue
    if_ = nodes.If
    while_ = nodes.While
    for_ = nodes.For
    foreach = nodes.ForEach

    def block(self, *statements: Node) -> Node:
        return nodes.Block(list(statements))

    body = empty = block

    def run(self, expression: Node) -> Node:
        calls = isinstance(expression, Chain) and expression.links[-1].kind in {"call", "invoke"}
        if not calls and not isinstance(expression, _RUNNABLE):
            raise ExpressionError("only an assignment, a call, an increment or 'new' can be used as a statement")
        return nodes.ExpressionStatement(expression)

    def declaration(self, type_: TypeName, *declarators: tuple[str, Any]) -> Node:
        return nodes.VariableDeclaration(type_, [(name, _initial(type_, value)) for name, value in declarators])

    def declarator(self, name: str, symbol: str = "=", value: Any = None) -> Any:
        if symbol != "=":
            raise ExpressionError(f"a variable is declared with '=', not '{symbol}'")
        return name, value

    def do_(self, body: Node, condition: Node) -> Node:
        return nodes.While(condition, body, first=True)

    def for_start(self, *parts: Node | None) -> Any:
        return [
            item if isinstance(item, nodes.VariableDeclaration) else nodes.ExpressionStatement(item)
            for item in parts
            if item is not None
        ]

    def for_condition(self, condition: Node | None = None) -> Any:
        return condition

    for_after = for_start

    def using(self, resource: Node, body: Node) -> Node:
        return nodes.Block(
            [resource if isinstance(resource, nodes.VariableDeclaration) else nodes.ExpressionStatement(resource), body]
        )

    def local(self, heading: tuple[str, list[str]], body: Node) -> Node:
        """A function within the expression is a variable that holds a lambda."""
        name, parameters = heading
        return nodes.VariableDeclaration(TypeName("Func"), [(name, nodes.Lambda(parameters, body))])

    def try_(self, body: Node, *parts: Any) -> Node:
        catches = [item for item in parts if isinstance(item, Catch)]
        finals = [item for item in parts if not isinstance(item, Catch)]
        if not parts:
            raise ExpressionError("'try' wants a 'catch' or a 'finally'")
        return nodes.Try(body, catches, finals[0] if finals else None)

    def catch_all(self, body: Node) -> Any:
        return Catch(None, "", None, body)

    def catch_type(self, type_: TypeName, body: Node) -> Any:
        return Catch(type_, "", None, body)

    def catch_named(self, type_: TypeName, name: str, *parts: Node) -> Any:
        return Catch(type_, name, parts[0] if len(parts) == 2 else None, parts[-1])

    def switch(self, value: Node, *cases: Case) -> Node:
        return nodes.Switch(value, list(cases))

    def case(self, *parts: Any) -> Any:
        labels = [item for item in parts if isinstance(item, tuple)]
        return Case(labels, [item for item in parts if not isinstance(item, tuple)])

    def case_constant(self, value: Node, when: Node | None = None) -> Any:
        return value, None, "", when

    case_when = case_constant

    def case_type(self, type_: TypeName, name: str, when: Node | None = None) -> Any:
        return None, type_, name, when

    def case_default(self) -> Any:
        return None, None, "", None


def _initial(type_: TypeName, value: Any) -> Node | None:
    """`T[] name = { … }` is short for an array."""
    if isinstance(value, list):
        if type_.name != "[]":
            raise ExpressionError("only an array is initialised with braces alone")
        return nodes.NewArray(type_.arguments[0], None, value)
    return value  # type: ignore[no-any-return]  # a node
