"""One table of types for both readers: the checker asks what a member returns, the evaluator calls it."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from inspect import CO_VARARGS
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import values
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName

Entry = tuple[str, Any] | tuple[str, Any, str]
_UNLIMITED = 99


@dataclass(frozen=True)
class Member:
    """A property or a constant: the type of its value, and the function or the value itself."""

    returns: TypeName
    value: Any


@dataclass(frozen=True)
class Method:
    """`out` is the type of an `out` argument; with `generic` the type arguments are given as `of`."""

    returns: TypeName
    call: Callable[..., Any]
    out: TypeName
    least: int
    most: int
    generic: bool


@dataclass
class DotNetType:
    """A type. `index`: of `[…]`; `puts`: assigns to it; `items`: the type of what a loop over it gives."""

    name: str
    bases: tuple[str, ...]
    members: dict[str, Member] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)
    constants: dict[str, Member] = field(default_factory=dict)
    functions: dict[str, Method] = field(default_factory=dict)
    makes: Method | None = None
    index: Method | None = None
    puts: Callable[[Any, Any, Any], None] | None = None
    items: TypeName | None = None
    parameters: tuple[str, ...] = ()


TYPES: dict[str, DotNetType] = {}
UNKNOWN = TypeName("?")
OBJECT = TypeName("object")
_ALIASES = {
    "String": "string",
    "Int32": "int",
    "Int64": "long",
    "Boolean": "bool",
    "Object": "object",
    "Double": "double",
    "Single": "double",
    "float": "double",
    "Decimal": "decimal",
    "Char": "char",
    "Byte": "byte",
    "Int16": "int",
    "short": "int",
    "SByte": "int",
    "sbyte": "int",
    "UInt16": "int",
    "ushort": "int",
    "UInt32": "long",
    "uint": "long",
    "UInt64": "long",
    "ulong": "long",
    "IDictionary": "Dictionary",
    "IReadOnlyDictionary": "Dictionary",
    "IList": "List",
    "ICollection": "List",
    "IReadOnlyCollection": "List",
    "IReadOnlyList": "List",
    "ISet": "HashSet",
    "Action": "Func",
    "Predicate": "Func",
    "IOrderedEnumerable": "IEnumerable",
    "ValueTuple": "Tuple",
    "IProxyRequestContext": "IContext",
}
_PYTHON: dict[type, str] = {
    bool: "bool",
    int: "int",
    values.Long: "long",
    float: "double",
    Decimal: "decimal",
    values.Char: "char",
    str: "string",
    values.Array: "[]",
    values.ByteArray: "byte[]",
    values.ListValue: "List",
    values.Sequence: "IEnumerable",
    values.Group: "IGrouping",
    values.KeyValuePair: "KeyValuePair",
    values.TupleValue: "Tuple",
    values.HashSet: "HashSet",
    values.StringBuilderValue: "StringBuilder",
    values.ExceptionValue: "Exception",
    uuid.UUID: "Guid",
    dt.timedelta: "TimeSpan",
}


@cache
def parse_type(text: str) -> TypeName:
    """`Dictionary<string,$body>` as a type; the names that begin with `$` stand for what a call makes of them."""
    name, angle, rest = text.partition("<")
    if text.endswith("[]"):
        return TypeName("[]", (parse_type(text[:-2]),))
    if not angle:
        return TypeName(name)
    arguments, depth, start = [], 0, 0
    inner = rest[:-1]
    for at, letter in enumerate(inner + ","):
        depth += (letter == "<") - (letter == ">")
        if letter == "," and depth == 0:
            arguments.append(parse_type(inner[start:at].strip()))
            start = at + 1
    return TypeName(name, tuple(arguments))


@cache
def canonical_name(type_: TypeName) -> TypeName:
    """One name for each type: the alias that C# has for it, the class for its interface, without `Nullable`."""
    if type_.name == "Nullable" and type_.arguments:
        return canonical_name(type_.arguments[0])
    name = _ALIASES.get(type_.name, type_.name)
    if type_ in {TypeName("[]", (TypeName("byte"),)), TypeName("[]", (TypeName("Byte"),))}:
        return TypeName("byte[]")
    return TypeName(name, tuple(canonical_name(argument) for argument in type_.arguments))


def alias(name: str) -> str:
    return _ALIASES.get(name, name)


def define(
    name: str,
    *,
    bases: tuple[str, ...] = (),
    members: Mapping[str, Entry] | None = None,
    methods: Mapping[str, Entry] | None = None,
    constants: Mapping[str, Entry] | None = None,
    functions: Mapping[str, Entry] | None = None,
    makes: Entry | None = None,
    index: Entry | None = None,
    puts: Callable[[Any, Any, Any], None] | None = None,
    items: str = "",
    parameters: tuple[str, ...] = (),
) -> None:
    """Add a type to the table. Functions of instances take the instance first."""
    TYPES[name] = DotNetType(
        name,
        bases,
        {key: Member(canonical_name(parse_type(entry[0])), entry[1]) for key, entry in (members or {}).items()},
        {key: _method(entry, 1) for key, entry in (methods or {}).items()},
        {key: Member(canonical_name(parse_type(entry[0])), entry[1]) for key, entry in (constants or {}).items()},
        {key: _method(entry, 0) for key, entry in (functions or {}).items()},
        _method(makes, 0) if makes else None,
        _method(index, 1) if index else None,
        puts,
        canonical_name(parse_type(items)) if items else None,
        parameters,
    )


def _method(entry: Entry, own: int) -> Method:
    call = entry[1]
    code = getattr(call, "__code__", None)
    least, most, generic = 0, _UNLIMITED, False
    if code is not None:
        most = code.co_argcount - own
        least = max(0, most - len(call.__defaults__ or ()))
        most = _UNLIMITED if code.co_flags & CO_VARARGS else most
        generic = code.co_kwonlyargcount > 0
    return Method(
        canonical_name(parse_type(entry[0])),
        call,
        canonical_name(parse_type(entry[2] if len(entry) == 3 else "?")),
        least,
        most,
        generic,
    )


def type_name_of(value: Any) -> str:
    """The name of the type of a value that is not null."""
    name = _PYTHON.get(type(value)) or getattr(value, "kind", None)
    return name if isinstance(name, str) else "object"


def type_hierarchy(name: str) -> Iterator[DotNetType]:
    """A type and those that it is made of, the nearest first; `object` last."""
    names: list[str] = []
    waiting = [name]
    while waiting:
        one = waiting.pop(0)
        if one in TYPES and one not in names:
            names.append(one)
            waiting.extend(TYPES[one].bases)
    return (TYPES[one] for one in [*(one for one in names if one != "object"), "object"])


def is_a(name: str, other: str) -> bool:
    return other == "object" or any(kind.name == other for kind in type_hierarchy(name))


@cache
def method(name: str, called: str) -> Method | None:
    return next((kind.methods[called] for kind in type_hierarchy(name) if called in kind.methods), None)


@cache
def member(name: str, called: str) -> Member | None:
    return next((kind.members[called] for kind in type_hierarchy(name) if called in kind.members), None)


@cache
def index(name: str) -> Method | None:
    return next((kind.index for kind in type_hierarchy(name) if kind.index), None)


@cache
def known_members() -> frozenset[str]:
    return frozenset(name for kind in TYPES.values() for name in kind.members)


@cache
def known_methods() -> frozenset[str]:
    return frozenset(name for kind in TYPES.values() for name in kind.methods)
