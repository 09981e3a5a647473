"""Casts, `is`, `as` and the conversions that happen on their own."""

import datetime as dt
import math
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import documents, formats, registry
from pulumi_workspace365_sandbox.azure.expressions.datetimes import DateTimeValue
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, wrong_cast, wrong_format
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName
from pulumi_workspace365_sandbox.azure.expressions.values import Array, ByteArray, Char, Dictionary, Enumeration, Long

_BITS = {"int": 32, "Int32": 32, "long": 64, "Int64": 64, "short": 16, "Int16": 16, "sbyte": 8, "SByte": 8}
_UNSIGNED = {"byte": 8, "Byte": 8, "ushort": 16, "UInt16": 16, "uint": 32, "UInt32": 32, "ulong": 64, "UInt64": 64}
_VALUE_TYPES = {*_BITS, *_UNSIGNED, "bool", "Boolean", "double", "Double", "float", "Single", "decimal", "Decimal", "char", "Char",
                "Guid", "DateTime", "DateTimeOffset", "TimeSpan"}  # fmt: skip
_LISTS = {"IEnumerable", "List", "IList", "ICollection", "IReadOnlyCollection", "IReadOnlyList", "IOrderedEnumerable"}


def wrap_integer(number: int, bits: int) -> int:
    """A number as it is left of one that has too many bits."""
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def default(type_: TypeName) -> Any:
    """`default(T)`."""
    name = type_.name
    if name in _BITS or name in _UNSIGNED:
        return Long(0) if name in {"long", "Int64", "uint", "ulong", "UInt32", "UInt64"} else 0
    made: dict[str, Callable[[], Any]] = {
        "bool": lambda: False,
        "Boolean": lambda: False,
        "double": float,
        "Double": float,
        "float": float,
        "decimal": Decimal,
        "Decimal": Decimal,
        "char": lambda: Char("\0"),
        "Guid": lambda: uuid.UUID(int=0),
        "DateTime": lambda: DateTimeValue(dt.datetime(1, 1, 1)),  # noqa: DTZ001  without a kind
        "DateTimeOffset": lambda: DateTimeValue(dt.datetime(1, 1, 1, tzinfo=dt.UTC), offset=True),
        "TimeSpan": dt.timedelta,
    }
    return made[name]() if name in made else None


def cast(value: Any, type_: TypeName) -> Any:
    """`(T)value`. Raises DotNetException."""
    name = type_.name
    if name == "Nullable":
        return None if value is None else cast(value, type_.arguments[0])
    if value is None:
        if name in _VALUE_TYPES:
            raise DotNetException("NullReferenceException", "Object reference not set to an instance of an object.")
        return None
    if isinstance(value, documents.JValue) and registry.alias(name) not in {"object", "JToken", "JValue", "JContainer"}:
        return token_as(value, type_)
    if name in _BITS or name in _UNSIGNED:
        return _whole(value, name)
    if name in {"double", "Double", "float", "Single"}:
        return float(ord(value) if isinstance(value, Char) else _number(value, name))
    if name in {"decimal", "Decimal"}:
        return _decimal(_number(value, name))
    if name in {"char", "Char"}:
        return value if isinstance(value, Char) else Char(chr(_truncated(_number(value, name), name) & 0xFFFF))
    if not fits(value, type_):
        raise wrong_cast(_dotnet(value), str(type_))
    return value


def implicit(value: Any, type_: TypeName) -> Any:
    """What an assignment to a variable of a type makes of a value."""
    name = registry.canonical_name(type_).name
    if name == "object" or value is None:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and name in {"int", "long", "double", "decimal", "byte"}:
        return cast(value, type_)
    if isinstance(value, Char) and name in {"int", "long", "double"}:
        return cast(value, type_)
    if name == "DateTimeOffset" and isinstance(value, DateTimeValue) and not value.offset:
        return DateTimeValue(value.utc().time, offset=True)
    if name in {"JToken", "JValue"}:
        return documents.token(value)
    if isinstance(value, documents.JValue) or name in _VALUE_TYPES | {"string"}:
        return cast(value, type_)
    return value


def _number(value: Any, target: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise wrong_cast(_dotnet(value), target)
    return value


def _decimal(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) > Decimal(2**96):
        raise DotNetException("OverflowException", "Value was either too large or too small for a Decimal.")
    return number


def _truncated(number: Any, name: str) -> int:
    """Without what is behind the point; what has no whole part, and infinity, become the least number, as .NET makes them."""
    return int(number) if math.isfinite(number) else -(1 << (_BITS.get(name, 32) - 1))


def _whole(value: Any, name: str) -> int:
    if isinstance(value, Enumeration):
        return value.number
    number = ord(value) if isinstance(value, Char) else _truncated(_number(value, name), name)
    if name in _UNSIGNED:
        number &= (1 << _UNSIGNED[name]) - 1
        return Long(number) if _UNSIGNED[name] > 16 else number
    number = wrap_integer(number, _BITS[name])
    return Long(number) if _BITS[name] == 64 else number


def fits(value: Any, type_: TypeName) -> bool:
    """`value is T`."""
    if value is None:
        return False
    normal = registry.canonical_name(type_)
    own = registry.type_name_of(value)
    if normal.name == "object":
        return True
    if normal.name == "[]":
        of = registry.canonical_name(normal.arguments[0]).name
        return isinstance(value, Array) and (registry.alias(value.of) == of or of == "object")
    if normal.name == "byte[]":
        return isinstance(value, ByteArray)
    if type_.name in _LISTS:
        return registry.is_a(own, "IEnumerable") if type_.name == "IEnumerable" else isinstance(value, list)
    return registry.is_a(own, normal.name)


def token_as(value: Any, type_: TypeName) -> Any:
    """`Value<T>()`, `ToObject<T>()` and casts of a token. Raises DotNetException."""
    normal = registry.canonical_name(type_)
    name = normal.name
    if not isinstance(value, documents.JValue):
        if name == "[]" and isinstance(value, documents.JArray):
            return Array([token_as(item, normal.arguments[0]) for item in value.items], normal.arguments[0].name)
        if value is None or name == "object" or registry.is_a(value.kind, name):
            return value
        raise DotNetException("ArgumentException", f"Can not convert {value.kind.removeprefix('J')} to {name}.")
    inner = value.value
    if registry.is_a("JValue", name) and name != "object":
        return value
    if inner is None:
        if type_.name in _VALUE_TYPES:
            raise DotNetException("ArgumentException", f"Can not convert Null to {name}.")
        return None
    if name == "object":
        return inner
    if name == "string":
        return formats.text(inner)
    return _parsed(inner, type_) if isinstance(inner, str) else _from_scalar(inner, type_)


def _from_scalar(inner: Any, type_: TypeName) -> Any:
    if registry.canonical_name(type_).name == "bool":
        return bool(inner)
    return cast(int(inner) if isinstance(inner, bool) else inner, type_)


def _parsed(text: str, type_: TypeName) -> Any:
    name = registry.canonical_name(type_).name
    kind = registry.TYPES.get(name)
    if kind is None or "Parse" not in kind.functions:
        raise DotNetException("ArgumentException", f"Can not convert String to {name}.")
    return kind.functions["Parse"].call(text)


def parse_whole(text: Any, bits: int, target: str) -> int:
    """`int.Parse` and its like. Raises DotNetException."""
    if text is None:
        raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 's')")
    stripped = text.strip()
    digits = stripped[1:] if stripped[:1] in {"-", "+"} else stripped
    if not digits.isascii() or not digits.isdecimal():
        raise wrong_format(text, target)
    number = int(stripped) if len(digits) < 25 else 2**70
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise DotNetException("OverflowException", f"Value was either too large or too small for an {target}.")
    return Long(number) if bits == 64 else number


def token_map(object_: documents.JObject, type_: TypeName) -> Dictionary:
    """An object as `Dictionary<string, T>`."""
    of = type_.arguments[1] if len(type_.arguments) == 2 else TypeName("object")
    return Dictionary({name: token_as(item, of) for name, item in object_.members.items()})


def _dotnet(value: Any) -> str:
    name = registry.type_name_of(value)
    return {"int": "System.Int32", "string": "System.String", "bool": "System.Boolean", "double": "System.Double"}.get(name, name)
