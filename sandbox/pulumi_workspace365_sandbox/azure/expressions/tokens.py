"""Tokens of the grammar. What C# distinguishes by lookahead only (casts, types, lambdas, declarations) is one token each."""

from collections.abc import Iterator

from lark import Token

from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName
from pulumi_workspace365_sandbox.azure.expressions.scanner import InterpolationHole, Lexeme

PREDEFINED = {"string", "int", "long", "bool", "double", "decimal", "char", "object", "byte", "float", "short", "uint", "ulong",
              "ushort", "sbyte"}  # fmt: skip
_KEYWORDS = {"if", "else", "for", "foreach", "in", "while", "do", "return", "break", "continue", "switch", "case", "default", "try",
             "catch", "finally", "throw", "new", "is", "as", "out", "ref", "true", "false", "null", "typeof", "nameof", "when",
             "const", "using"}  # fmt: skip
_REFUSED = {"async", "await", "goto", "lock", "unsafe", "fixed", "stackalloc", "yield", "class", "struct", "dynamic", "this",
            "base", "delegate"}  # fmt: skip
_SYMBOLS = {
    "(": "_LPAR",
    ")": "_RPAR",
    "[": "_LSQB",
    "]": "_RSQB",
    "{": "_LBRACE",
    "}": "_RBRACE",
    ";": "_SEMI",
    ",": "_COMMA",
    ".": "_DOT",
    "?.": "_QDOT",
    "?[": "_QSQB",
    "?": "_QUESTION",
    ":": "_COLON",
    "=>": "_ARROW",
    "??": "_COALESCE",
    "||": "OR",
    "&&": "AND",
    "|": "BITOR",
    "^": "BITXOR",
    "&": "BITAND",
    "==": "EQUALITY",
    "!=": "EQUALITY",
    "<": "RELATION",
    ">": "RELATION",
    "<=": "RELATION",
    ">=": "RELATION",
    "<<": "SHIFT",
    ">>": "SHIFT",
    "+": "SIGN",
    "-": "SIGN",
    "*": "FACTOR",
    "/": "FACTOR",
    "%": "FACTOR",
    "!": "NOT",
    "~": "NOT",
    "++": "STEP",
    "--": "STEP",
    **dict.fromkeys(("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", "??="), "ASSIGN"),
}
_DECLARES_AFTER = {"", "{", "}", ";", "(", ")", "else", ":", "do", "const"}
_NO_CAST_AFTER = {"NAME", "GENERICS", "TYPE", "_RPAR", "_RSQB", "_IF", "_WHILE", "_FOR", "_FOREACH", "_SWITCH", "_CATCH", "_WHEN",
                  "_NAMEOF"}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}
_BEGIN = {"new", "true", "false", "null", "typeof", "default", "nameof"}


class Tokens:
    """The tokens of a list of words."""

    def __init__(self, lexemes: list[Lexeme]) -> None:
        self._words = lexemes
        self._at = 0
        self._last = ""

    def __iter__(self) -> Iterator[Token]:
        while self._at < len(self._words):
            for token in self._next():
                self._last = token.type
                yield token

    def _text(self, at: int) -> str:
        return self._words[at].text if 0 <= at < len(self._words) and self._words[at].kind in {"name", "symbol"} else ""

    def _is_name(self, at: int) -> bool:
        return 0 <= at < len(self._words) and self._words[at].kind == "name" and self._words[at].text not in _KEYWORDS

    def _token(self, kind: str, value: object, size: int = 1) -> Token:
        lexeme = self._words[self._at]
        self._at += size
        return Token(kind, value, start_pos=lexeme.start)

    def _next(self) -> Iterator[Token]:
        lexeme = self._words[self._at]
        if lexeme.kind == "interpolated":
            yield from self._interpolated(lexeme)
        elif lexeme.kind in {"string", "verbatim", "char", "number"}:
            yield self._token("LITERAL", lexeme.value)
        elif lexeme.kind == "name":
            yield from self._named(lexeme.text)
        else:
            yield self._symbol(lexeme.text)

    def _interpolated(self, lexeme: Lexeme) -> Iterator[Token]:
        yield self._token("INTERPOLATED", lexeme.value)
        for part in lexeme.value:
            if isinstance(part, InterpolationHole):
                yield Token("_HOLE", "{", start_pos=lexeme.start)
                yield from Tokens(part.lexemes)
                yield Token("HOLE_END", (part.alignment, part.format), start_pos=lexeme.start)
            else:
                yield Token("PART", part, start_pos=lexeme.start)
        yield Token("_INTERPOLATED_END", '"', start_pos=lexeme.start)

    # Names and keywords.

    def _named(self, text: str) -> Iterator[Token]:
        if text in _REFUSED:
            raise ExpressionError(f"'{text}' cannot run here: it is no part of what policy expressions usually are")
        if text in _KEYWORDS:
            yield from self._keyword(text)
        elif text == "from" and self._is_name(self._at + 1) and self._text(self._at + 2) == "in":
            raise ExpressionError("'from … in' cannot run here: write the query with methods, as in items.Where(item => …)")
        elif text in {"checked", "unchecked"} and self._text(self._at + 1) in {"(", "{"}:
            self._at += 1
        elif local := self._local():
            yield self._token("LOCAL", local[0], local[1] - self._at)
        elif declared := self._declared():
            yield self._type_token(declared)
        else:
            yield from self._plain_name(text)

    def _plain_name(self, text: str) -> Iterator[Token]:
        if self._text(self._at + 1) == "=>":
            yield self._token("LAMBDA", [text])
        elif self._text(self._at + 1) == ":" and self._text(self._at - 1) in {"(", ","}:
            yield self._token("_ARGUMENT_NAME", text, 2)
        else:
            yield self._token("NAME", text.removeprefix("@"))
            if (
                self._text(self._at) == "<"
                and (type_and_end := self._type_arguments(self._at))
                and self._text(type_and_end[1]) == "("
            ):
                yield self._token("GENERICS", type_and_end[0], type_and_end[1] - self._at)

    def _keyword(self, text: str) -> Iterator[Token]:
        if text in _CONSTANTS:
            yield self._token("LITERAL", _CONSTANTS[text])
        elif text in {"typeof", "default"} and self._text(self._at + 1) == "(":
            yield self._of_type(text)
        elif text == "default" and self._text(self._at + 1) != ":":
            yield self._token("DEFAULT", None)
        else:
            yield self._token("LEAVE" if text in {"break", "continue"} else f"_{text.upper()}", text)
            if (type_and_end := self._type_behind(text)) is not None:
                yield self._type_token(type_and_end)

    def _type_behind(self, text: str) -> tuple[TypeName, int] | None:
        """The type behind `new`, `is`, `as`, `out T name` and `case T name`."""
        if text in {"out", "case"}:
            type_and_end = self._type(self._at)
            return type_and_end if type_and_end is not None and self._is_name(type_and_end[1]) else None
        if text in {"new", "is", "as"}:
            return self._type(self._at, arrays=text != "new", nullable=text == "new")
        return None

    def _of_type(self, text: str) -> Token:
        type_and_end = self._type(self._at + 2)
        if type_and_end is None or self._text(type_and_end[1]) != ")":
            raise ExpressionError(f"a type was expected in '{text}(…)'")
        return self._token("TYPEOF" if text == "typeof" else "DEFAULT", type_and_end[0], type_and_end[1] + 1 - self._at)

    def _declared(self) -> tuple[TypeName, int] | None:
        """A type at the beginning of a declaration, of `foreach` or of `catch`."""
        if self._text(self._at - 1) not in _DECLARES_AFTER:
            return None
        type_and_end = self._type(self._at)
        if type_and_end is None:
            return None
        catches = self._text(self._at - 1) == "(" and self._text(self._at - 2) == "catch"
        behind = self._text(type_and_end[1] + 1)
        if self._is_name(type_and_end[1]) and (behind in {"=", ";", ",", "in"} or (catches and behind == ")")):
            return type_and_end
        return type_and_end if catches and self._text(type_and_end[1]) == ")" else None

    def _local(self) -> tuple[tuple[str, list[str]], int] | None:
        """The name and the parameters of a function that is declared here, and the place of its body."""
        type_and_end = self._type(self._at) if self._text(self._at - 1) in _DECLARES_AFTER - {"("} else None
        if type_and_end is None or not self._is_name(type_and_end[1]) or self._text(type_and_end[1] + 1) != "(":
            return None
        parameters = self._parameters(type_and_end[1] + 1)
        if parameters is None or self._text(parameters[1]) not in {"{", "=>"}:
            return None
        return (self._text(type_and_end[1]), parameters[0]), parameters[1]

    def _type_token(self, type_and_end: tuple[TypeName, int]) -> Token:
        return self._token("TYPE", type_and_end[0], type_and_end[1] - self._at)

    # Symbols.

    def _symbol(self, text: str) -> Token:
        if text == "(":
            if (names := self._lambda()) is not None:
                return self._token("LAMBDA", names[0], names[1] - self._at)
            if (cast := self._cast()) is not None:
                return self._token("CAST", cast[0], cast[1] - self._at)
        if text == ">" and self._text(self._at + 1) == ">" and self._words[self._at].end == self._words[self._at + 1].start:
            return self._token("SHIFT", ">>", 2)
        return self._token(_SYMBOLS[text], text)

    def _lambda(self) -> tuple[list[str], int] | None:
        """The names of `(a, b) =>` or `(int a) =>`, and the place of the arrow."""
        parameters_and_end = self._parameters(self._at)
        return parameters_and_end if parameters_and_end is not None and self._text(parameters_and_end[1]) == "=>" else None

    def _parameters(self, at: int) -> tuple[list[str], int] | None:
        """The names within the parentheses that open here, and the place behind them."""
        names, at = [], at + 1
        while self._text(at) != ")":
            type_and_end = self._type(at)
            if type_and_end is not None and self._is_name(type_and_end[1]):
                at = type_and_end[1]
            if not self._is_name(at) or self._text(at + 1) not in {",", ")"}:
                return None
            names.append(self._text(at))
            at += 2 if self._text(at + 1) == "," else 1
        return names, at + 1

    def _cast(self) -> tuple[TypeName, int] | None:
        type_and_end = None if self._last in _NO_CAST_AFTER else self._type(self._at + 1)
        if type_and_end is None or self._text(type_and_end[1]) != ")" or type_and_end[1] + 1 >= len(self._words):
            return None
        after = type_and_end[1] + 1
        sure = self._text(self._at + 1) in PREDEFINED or type_and_end[0].name == "[]"
        text = self._text(after)
        operand = self._words[after].kind != "symbol" and (text not in _KEYWORDS or text in _BEGIN)
        begins = operand or text in {"(", "!", "~"} or (sure and text in {"-", "+"})
        return (type_and_end[0], after) if begins else None

    # Types.

    def _type(self, at: int, *, arrays: bool = True, nullable: bool = True) -> tuple[TypeName, int] | None:
        """A type that begins here, without its namespace, and the place behind it."""
        if not self._is_name(at):
            return None
        name, at = self._text(at), at + 1
        while self._text(at) == "." and self._is_name(at + 1):
            name, at = self._text(at + 1), at + 2
        arguments: tuple[TypeName, ...] = ()
        if self._text(at) == "<":
            arguments_and_end = self._type_arguments(at)
            if arguments_and_end is None:
                return None
            arguments, at = arguments_and_end
        made = TypeName(name, arguments)
        if nullable and self._text(at) == "?" and self._ends_type(at + 1):
            at += 1
        while arrays and self._text(at) == "[" and self._text(at + 1) == "]":
            made, at = TypeName("[]", (made,)), at + 2
        return made, at

    def _ends_type(self, at: int) -> bool:
        """Whether a `?` before this place belongs to a type."""
        return self._text(at) in {")", ">", ",", "[", ";"} or (self._is_name(at) and self._text(at + 1) in {"=", ";", "in"})

    def _type_arguments(self, at: int) -> tuple[tuple[TypeName, ...], int] | None:
        types: list[TypeName] = []
        while self._text(at) in {"<", ","}:
            one = self._type(at + 1)
            if one is None:
                return None
            types.append(one[0])
            at = one[1]
        return (tuple(types), at + 1) if self._text(at) == ">" else None
