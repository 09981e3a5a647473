"""The syntax tree of an expression, from the parser, for the checker and the evaluator."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TypeName:
    """A type as it is written, without its namespace: `string`, `Dictionary` with its arguments, an array of rank 1 or more."""

    name: str
    arguments: tuple["TypeName", ...] = ()

    def __str__(self) -> str:
        if self.name == "[]":
            return f"{self.arguments[0]}[]"
        return f"{self.name}<{', '.join(map(str, self.arguments))}>" if self.arguments else self.name


@dataclass(slots=True)
class Node:
    """A part of an expression."""


@dataclass(slots=True)
class Literal(Node):
    value: Any


@dataclass(slots=True)
class Interpolated(Node):
    """Texts, and holes with their alignment and format."""

    parts: list[str | tuple[Node, int, str]]


@dataclass(slots=True)
class Name(Node):
    name: str


@dataclass(slots=True)
class Argument:
    """`out`: the argument is a variable that the method sets, which it declares where `declares` is a type."""

    value: Node
    out: bool = False
    declares: TypeName | None = None


@dataclass(slots=True)
class Link:
    """One step of a chain: `.name`, `.name<…>(…)`, `[…]`, or `(…)` on a delegate."""

    kind: str
    name: str = ""
    generics: tuple[TypeName, ...] = ()
    arguments: list[Argument] = field(default_factory=list)
    conditional: bool = False


@dataclass(slots=True)
class Chain(Node):
    """`a.b?.c(d)[e]`; a `?.` on null ends the whole chain. `static`: the type that the first `start` links name."""

    base: Node
    links: list[Link]
    static: str = ""
    start: int = 0


@dataclass(slots=True)
class Paren(Node):
    inner: Node


@dataclass(slots=True)
class TupleOf(Node):
    items: list[Node]


@dataclass(slots=True)
class Unary(Node):
    symbol: str
    operand: Node


@dataclass(slots=True)
class IncrementOrDecrement(Node):
    """`++` and `--`."""

    symbol: str
    target: Node
    before: bool


@dataclass(slots=True)
class Binary(Node):
    """Operands of one strength in their order, with the operators between them: no tree that is as deep as a sum is long."""

    first: Node
    rest: list[tuple[str, Node]]


@dataclass(slots=True)
class Coalesce(Node):
    left: Node
    right: Node


@dataclass(slots=True)
class Conditional(Node):
    condition: Node
    yes: Node
    no: Node


@dataclass(slots=True)
class Cast(Node):
    type: TypeName
    operand: Node


@dataclass(slots=True)
class As(Node):
    operand: Node
    type: TypeName


@dataclass(slots=True)
class Is(Node):
    """`is string`, `is string text`, or `is null` and other constants."""

    operand: Node
    type: TypeName | None
    name: str = ""
    constant: Node | None = None


@dataclass(slots=True)
class Assign(Node):
    target: Node
    symbol: str
    value: Node


@dataclass(slots=True)
class Lambda(Node):
    names: list[str]
    body: Node


@dataclass(slots=True)
class Throw(Node):
    """As an expression and as a statement; without a value within `catch`."""

    value: Node | None = None


@dataclass(slots=True)
class Entry:
    """Of an initialiser: `Name = value`, `[key] = value`, `{ a, b }`, or a value."""

    value: Node
    name: str = ""
    key: Node | None = None
    more: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class New(Node):
    """`new T(…) { … }`; an anonymous type where `type` is None."""

    type: TypeName | None
    arguments: list[Argument]
    entries: list[Entry]


@dataclass(slots=True)
class NewArray(Node):
    """`new T[n]`, `new T[] { … }`, `new[] { … }`."""

    type: TypeName | None
    size: Node | None
    items: list[Node]


@dataclass(slots=True)
class Default(Node):
    type: TypeName | None


@dataclass(slots=True)
class Block(Node):
    statements: list[Node]


@dataclass(slots=True)
class VariableDeclaration(Node):
    type: TypeName
    names: list[tuple[str, Node | None]]


@dataclass(slots=True)
class ExpressionStatement(Node):
    expression: Node


@dataclass(slots=True)
class Return(Node):
    value: Node | None = None


@dataclass(slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node | None = None


@dataclass(slots=True)
class While(Node):
    """With `first`, as `do … while`."""

    condition: Node
    body: Node
    first: bool = False


@dataclass(slots=True)
class For(Node):
    start: list[Node]
    condition: Node | None
    after: list[Node]
    body: Node


@dataclass(slots=True)
class ForEach(Node):
    type: TypeName
    name: str
    items: Node
    body: Node


@dataclass(slots=True)
class BreakOrContinue(Node):
    """`break` and `continue`."""

    word: str


@dataclass(slots=True)
class Catch:
    type: TypeName | None
    name: str
    when: Node | None
    body: Node


@dataclass(slots=True)
class Try(Node):
    body: Node
    catches: list[Catch]
    finally_: Node | None


@dataclass(slots=True)
class Case:
    """Labels are constants, patterns `T name`, or None for `default`."""

    labels: list[tuple[Node | None, TypeName | None, str, Node | None]]
    body: list[Node]


@dataclass(slots=True)
class Switch(Node):
    value: Node
    cases: list[Case]
