"""`Convert` and `BitConverter`."""

import base64
import binascii
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import conversions, datetimes, documents, formats
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.numbers import (
    parse_bool,
    parse_decimal,
    parse_double,
    parse_whole,
    rounded,
)
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, out_of_range, wrong_format
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import ByteArray, Char, Long


def _from_base64(text: str) -> ByteArray:
    try:
        return ByteArray(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        message = "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an illegal character among the padding characters."
        raise DotNetException("FormatException", message) from None


def _to(name: str, parse: Callable[[Any], Any]) -> Callable[..., Any]:
    def converted(value: Any, base: Any = 10) -> Any:
        if isinstance(value, documents.JValue):
            value = value.value
        if isinstance(value, str) and not isinstance(value, Char):
            return parse(value) if base == 10 or not isinstance(base, int) else _based(value, base, name)
        if isinstance(value, float | Decimal) and name in {"int", "long", "byte"}:
            value = int(rounded(value))
        if isinstance(value, bool):
            value = int(value)
        return conversions.cast(0 if value is None else value, TypeName(name))

    return converted


def _based(text: str, base: int, name: str) -> int:
    try:
        number = int(text, base)
    except ValueError:
        raise wrong_format(text, name) from None
    bits = {"long": 64, "byte": 9}.get(name, 32)
    return Long(conversions.wrap_integer(number, bits)) if bits == 64 else conversions.wrap_integer(number, bits)


def _to_text(value: Any, base: Any = 10) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and base in {2, 8, 16}:
        return f"{int(value) & (2**64 - 1 if isinstance(value, Long) else 2**32 - 1):{ {2: 'b', 8: 'o', 16: 'x'}[base] }}"
    return formats.text(value)


def _to_bool(value: Any) -> bool:
    value = value.value if isinstance(value, documents.JValue) else value
    return parse_bool(value) if isinstance(value, str) else bool(value)


define(
    "Convert",
    functions={
        "ToBase64String": ("string", lambda data, *_: base64.b64encode(data).decode()),
        "FromBase64String": ("byte[]", _from_base64),
        "ToInt16": ("int", _to("int", parse_whole(16, "Int16"))),
        "ToInt32": ("int", _to("int", parse_whole(32, "Int32"))),
        "ToInt64": ("long", _to("long", parse_whole(64, "Int64"))),
        "ToUInt32": ("long", _to("long", parse_whole(64, "UInt32"))),
        "ToByte": ("byte", _to("byte", parse_whole(9, "Byte"))),
        "ToDouble": ("double", _to("double", parse_double)),
        "ToDecimal": ("decimal", _to("decimal", parse_decimal)),
        "ToChar": ("char", lambda value: Char(value) if isinstance(value, str) else Char(chr(value))),
        "ToBoolean": ("bool", _to_bool),
        "ToString": ("string", _to_text),
        "ToDateTime": ("DateTime", lambda text, _=None: datetimes.parse(text)),
    },
)


def _bytes(value: Any) -> ByteArray:
    return ByteArray(int(value).to_bytes(8 if isinstance(value, Long) else 4, "little", signed=True))


def _number_at(data: Any, at: int, size: int) -> int:
    if not 0 <= at <= len(data) - size:
        raise out_of_range("startIndex")
    return int.from_bytes(data[at : at + size], "little", signed=True)


define(
    "BitConverter",
    constants={"IsLittleEndian": ("bool", True)},
    functions={
        "ToString": ("string", lambda data, start=0, count=None: "-".join(f"{one:02X}" for one in data[start:][:count])),
        "GetBytes": ("byte[]", _bytes),
        "ToInt32": ("int", lambda data, at=0: _number_at(data, at, 4)),
        "ToUInt32": ("long", lambda data, at=0: Long(_number_at(data, at, 4) & 0xFFFFFFFF)),
        "ToInt16": ("int", lambda data, at=0: _number_at(data, at, 2)),
        "ToInt64": ("long", lambda data, at=0: Long(_number_at(data, at, 8))),
    },
)
