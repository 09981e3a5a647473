"""From the grammar's rules of statements to nodes."""

from typing import Any

from lark import Token, Transformer, v_args

from pulumi_workspace365_sandbox.azure.expressions import nodes
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import Case, Catch, Node, TypeName

_RUNNABLE = nodes.Assign | nodes.Step


@v_args(inline=True)
class Statements(Transformer[Token, Node]):
    """Rules of statements; the builder adds those of expressions."""

    def body(self, *statements: Node) -> Node:
        return nodes.Block(list(statements))

    def block(self, *statements: Node) -> Node:
        return nodes.Block(list(statements))

    def empty(self) -> Node:
        return nodes.Block([])

    def run(self, expression: Node) -> Node:
        calls = isinstance(expression, nodes.Chain) and expression.links[-1].kind in {"call", "invoke"}
        if not calls and not isinstance(expression, _RUNNABLE | nodes.New | nodes.Throw):
            raise ExpressionError("only an assignment, a call, an increment or 'new' can be used as a statement")
        return nodes.Run(expression)

    def declaration(self, type_: Token, *found: tuple[str, Any]) -> Node:
        return nodes.Declare(type_.value, [(name, _initial(type_.value, value)) for name, value in found])

    def declarator(self, name: Token, symbol: Token | None = None, value: Any = None) -> Any:
        if symbol is not None and symbol != "=":
            raise ExpressionError(f"a variable is declared with '=', not '{symbol}'")
        return str(name.value), value

    def return_(self, value: Node) -> Node:
        return nodes.Return(value)

    def return_nothing(self) -> Node:
        return nodes.Return(None)

    def throw_again(self) -> Node:
        return nodes.Throw(None)

    def leave(self, word: Token) -> Node:
        return nodes.Leave(str(word))

    def if_(self, condition: Node, then: Node, otherwise: Node | None = None) -> Node:
        return nodes.If(condition, then, otherwise)

    def while_(self, condition: Node, body: Node) -> Node:
        return nodes.While(condition, body)

    def do_(self, body: Node, condition: Node) -> Node:
        return nodes.While(condition, body, first=True)

    def for_start(self, *found: Node | None) -> Any:
        return [item if isinstance(item, nodes.Declare) else nodes.Run(item) for item in found if item is not None]

    def for_condition(self, found: Node | None = None) -> Any:
        return found

    def for_after(self, *found: Node | None) -> Any:
        return [nodes.Run(item) for item in found if item is not None]

    def for_(self, start: list[Node], condition: Node | None, after: list[Node], body: Node) -> Node:
        return nodes.For(start, condition, after, body)

    def foreach(self, type_: Token, name: Token, items: Node, body: Node) -> Node:
        return nodes.ForEach(type_.value, str(name.value), items, body)

    def using(self, resource: Node, body: Node) -> Node:
        return nodes.Block([resource if isinstance(resource, nodes.Declare) else nodes.Run(resource), body])

    def local(self, heading: Token, body: Node) -> Node:
        """A function within the expression is a variable that holds a lambda."""
        name, parameters = heading.value
        return nodes.Declare(nodes.TypeName("Func"), [(name, nodes.Lambda(parameters, body))])

    def try_(self, body: Node, *found: Any) -> Node:
        catches = [item for item in found if isinstance(item, Catch)]
        finals = [item for item in found if not isinstance(item, Catch)]
        if not found:
            raise ExpressionError("'try' wants a 'catch' or a 'finally'")
        return nodes.Try(body, catches, finals[0] if finals else None)

    def catch_all(self, body: Node) -> Any:
        return Catch(None, "", None, body)

    def catch_type(self, type_: Token, body: Node) -> Any:
        return Catch(type_.value, "", None, body)

    def catch_named(self, type_: Token, name: Token, *found: Node) -> Any:
        return Catch(type_.value, str(name.value), found[0] if len(found) == 2 else None, found[-1])

    def final(self, body: Node) -> Node:
        return body

    def switch(self, value: Node, *cases: Case) -> Node:
        return nodes.Switch(value, list(cases))

    def case(self, *found: Any) -> Any:
        labels = [item for item in found if isinstance(item, tuple)]
        return Case(labels, [item for item in found if not isinstance(item, tuple)])

    def case_constant(self, value: Node) -> Any:
        return value, None, "", None

    def case_type(self, type_: Token, name: Token, when: Node | None = None) -> Any:
        return None, type_.value, str(name.value), when

    def case_when(self, value: Node, when: Node) -> Any:
        return value, None, "", when

    def case_default(self) -> Any:
        return None, None, "", None


def _initial(type_: TypeName, value: Any) -> Node | None:
    """`T[] name = { … }` is short for an array."""
    if isinstance(value, list):
        if type_.name != "[]":
            raise ExpressionError("only an array is initialised with braces alone")
        return nodes.NewArray(type_.arguments[0], None, value)
    return value  # type: ignore[no-any-return]  # a node
