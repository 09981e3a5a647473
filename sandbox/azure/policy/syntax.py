"""C# expressions, from tokens to functions of the names they use; what is not known here is refused."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox.azure.policy import values
from sandbox.azure.policy.lexer import ExpressionError, Token

Scope = dict[str, Any]
Node = Callable[[Scope], Any]
TYPES = {"string", "String", "int", "bool", "double", "Jwt", "object"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
NOTHING = object()
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class _Reference(NamedTuple):
    """A type's name before a dot, as in `string.IsNullOrEmpty`."""

    type: str


class Expressions:
    """Recursive descent, from the loosest operator to the tightest."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._names = {"context"}

    # Tokens.

    def _peek(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place].text if place < len(self._tokens) else ""

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise ExpressionError("the expression ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, *texts: str) -> str:
        if self._peek() in texts and self._peek():
            return self._next().text
        return ""

    def _expect(self, text: str) -> None:
        found = self._next().text
        if found != text:
            raise ExpressionError(f"'{text}' was expected, not '{found}'")

    # Expressions.

    def whole(self) -> Node:
        node = self._expression()
        if self._peek():
            raise ExpressionError(f"'{self._peek()}' is nothing that this gateway can evaluate")
        return node

    def _expression(self) -> Node:
        condition = self._coalesce()
        if not self._accept("?"):
            return condition
        yes = self._expression()
        self._expect(":")
        no = self._expression()
        return lambda scope: yes(scope) if condition(scope) else no(scope)

    def _coalesce(self) -> Node:
        left = self._or()
        if not self._accept("??"):
            return left
        right = self._coalesce()
        return lambda scope: right(scope) if (found := left(scope)) is None else found

    def _or(self) -> Node:
        left = self._and()
        while self._accept("||"):
            left = _either(left, self._and())
        return left

    def _and(self) -> Node:
        left = self._comparison()
        while self._accept("&&"):
            left = _both(left, self._comparison())
        return left

    def _comparison(self) -> Node:
        left = self._sum()
        while symbol := self._accept(*_COMPARE):
            left = _applied(_COMPARE[symbol], left, self._sum())
        return left

    def _sum(self) -> Node:
        left = self._unary()
        while symbol := self._accept("+", "-"):
            left = _applied(_plus if symbol == "+" else operator.sub, left, self._unary())
        return left

    def _unary(self) -> Node:
        if self._accept("!"):
            value = self._unary()
            return lambda scope: not value(scope)
        if self._accept("-"):
            number = self._unary()
            return lambda scope: -number(scope)
        if self._peek() == "(" and self._peek(1) in TYPES and self._peek(2) == ")":
            self._at += 3
            return self._unary()  # a cast changes no value here
        return self._postfix()

    def _postfix(self) -> Node:
        node: Node | _Reference = self._primary()
        while symbol := self._accept(".", "?.", "["):
            if isinstance(node, _Reference):
                node = self._static(node.type)
            elif symbol == "[":
                node = _applied(values.indexed, node, self._expression())
                self._expect("]")
            else:
                node = _guarded(node, self._member()) if symbol == "?." else _chained(node, self._member())
        if isinstance(node, _Reference):
            raise ExpressionError(f"'{node.type}' is a type, not a value")
        return node

    def _member(self) -> Callable[[Any, Scope], Any]:
        name = self._name()
        if self._peek() == "<":
            self._generic()
        if self._accept("("):
            if name not in values.KNOWN_METHODS:
                raise ExpressionError(f"'{name}' is no method that this gateway knows")
            arguments = self._arguments()
            return lambda value, scope: values.method(value, name, [item(scope) for item in arguments])
        if name not in values.KNOWN_MEMBERS:
            raise ExpressionError(f"'{name}' is no member that this gateway knows")
        return lambda value, _: values.member(value, name)

    def _static(self, type_: str) -> Node:
        name = self._name()
        if self._accept("("):
            if not values.is_static(type_, name):
                raise ExpressionError(f"'{type_}.{name}' is no method that this gateway knows")
            arguments = self._arguments()
            return lambda scope: values.static(type_, name, [item(scope) for item in arguments])
        constant = values.CONSTANTS.get((type_, name), NOTHING)
        if constant is NOTHING:
            raise ExpressionError(f"'{type_}.{name}' is nothing that this gateway knows")
        return lambda _: constant

    def _arguments(self) -> list[Node]:
        found: list[Node] = []
        while not self._accept(")"):
            found.append(self._expression())
            if self._peek() != ")":
                self._expect(",")
        return found

    def _generic(self) -> None:
        self._expect("<")
        self._name()
        self._expect(">")

    def _name(self) -> str:
        token = self._next()
        if token.kind != "name":
            raise ExpressionError(f"a name was expected, not '{token.text}'")
        return token.text

    def _primary(self) -> Node | _Reference:
        token = self._next()
        if token.text == "(":
            inner = self._expression()
            self._expect(")")
            return inner
        if token.kind == "name":
            return self._named(token.text)
        constant = _literal(token)
        return lambda _: constant

    def _named(self, name: str) -> Node | _Reference:
        if name in {"true", "false", "null"}:
            constant = {"true": True, "false": False, "null": None}[name]
            return lambda _: constant
        if name in self._names:
            return lambda scope: scope[name]
        if name in values.STATIC_TYPES:
            return _Reference(name)
        raise ExpressionError(f"'{name}' is nothing that this gateway knows")


def _literal(token: Token) -> Any:
    match token.kind:
        case "number":
            return float(token.text) if "." in token.text else int(token.text)
        case "verbatim":
            return token.text[2:-1].replace('""', '"')
        case "string" | "char":
            return _unescaped(token.text[1:-1])
        case _:
            raise ExpressionError(f"'{token.text}' is nothing that this gateway can evaluate")


def _unescaped(text: str) -> str:
    parts, at = [], 0
    while at < len(text):
        if text[at] != "\\":
            parts.append(text[at])
            at += 1
        elif text[at + 1] == "u":
            parts.append(chr(int(text[at + 2 : at + 6], 16)))
            at += 6
        else:
            parts.append(_ESCAPES.get(text[at + 1], text[at + 1]))
            at += 2
    return "".join(parts)


def _plus(left: Any, right: Any) -> Any:
    return values.text(left) + values.text(right) if isinstance(left, str) or isinstance(right, str) else left + right


def _applied(what: Callable[[Any, Any], Any], left: Node, right: Node) -> Node:
    return lambda scope: what(left(scope), right(scope))


def _either(left: Node, right: Node) -> Node:
    return lambda scope: bool(left(scope)) or bool(right(scope))


def _both(left: Node, right: Node) -> Node:
    return lambda scope: bool(left(scope)) and bool(right(scope))


def _chained(node: Node, access: Callable[[Any, Scope], Any]) -> Node:
    return lambda scope: access(node(scope), scope)


def _guarded(node: Node, access: Callable[[Any, Scope], Any]) -> Node:
    return lambda scope: None if (found := node(scope)) is None else access(found, scope)
