"""Properties on the wire: protobuf structs, in which a secret is an object with a signature.

Providers see plain values; what they answer gets its marks back the way the engine itself does it for a host that accepts no secrets
(``annotateSecrets`` in its provider plugin), so that states written by both hosts are alike.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from pulumi.runtime import rpc

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  the protocol's mark, not a secret


def read(struct: Struct, *, unknowns: bool = False) -> dict[str, Any]:
    """The properties as a provider sees them: no marks, floats for numbers, ``Unknown`` objects where asked for."""
    values: dict[str, Any] = rpc.deserialize_properties(plain(struct), unknowns)
    return values


def write(values: Mapping[str, Any], marks: Struct) -> Struct:
    """A provider's properties for the wire, secret wherever ``marks`` is.

    Raises:
        ValueError: a value has a type that cannot be stored.
    """
    struct = _serialised(dict(values))
    if may_hold_secrets(marks):
        mark(struct, marks)
    return struct


def _serialised(values: dict[str, Any]) -> Struct:
    serialising = rpc.serialize_properties(values, {})
    try:
        serialising.send(None)
    except StopIteration as ended:
        struct: Struct = ended.value
        return struct
    serialising.close()  # something in it is awaitable, which takes a loop: rare, and a loop costs as much as all the rest
    return asyncio.run(rpc.serialize_properties(values, {}))


def may_hold_secrets(message: Message) -> bool:
    """A look at the bytes, many times faster than one at each value: False is certain."""
    return SECRET.encode() in message.SerializeToString()


def plain(struct: Struct) -> Struct:
    """The same without secret marks."""
    if not may_hold_secrets(struct):
        return struct
    return _plain_fields(struct)


def _plain_fields(struct: Struct) -> Struct:
    return Struct(fields={key: _plain(value) for key, value in struct.fields.items()})


def mark(answer: Struct, marks: Struct) -> None:
    """Make the properties of ``answer`` secret whose namesakes in ``marks`` hold a secret."""
    for key, like in marks.fields.items():
        if key not in answer.fields:
            continue
        value = answer.fields[key]
        if _is_object(value) and _is_object(like):
            mark(value.struct_value, like.struct_value)
        elif not is_secret(value) and any(secrets(like)):
            value.CopyFrom(_secret(value))


def make_secret(struct: Struct, key: str) -> None:
    """Mark one property."""
    struct.fields[key].CopyFrom(_secret(struct.fields[key]))


def is_secret(value: Value) -> bool:
    return _signature(value) == SECRET


def secrets(value: Value) -> Iterator[Value]:
    """Every secret inside a value, without its mark."""
    match value.WhichOneof("kind"):
        case "struct_value" if is_secret(value):
            yield _plain(value)
        case "struct_value":
            for item in value.struct_value.fields.values():
                yield from secrets(item)
        case "list_value":
            for item in value.list_value.values:
                yield from secrets(item)


def texts(value: Value) -> Iterator[str]:
    """Every text inside a value; numbers as they are written."""
    match value.WhichOneof("kind"):
        case "string_value":
            yield value.string_value
        case "number_value":
            yield f"{value.number_value:.15g}"
        case "struct_value":
            for item in value.struct_value.fields.values():
                yield from texts(item)
        case "list_value":
            for item in value.list_value.values:
                yield from texts(item)


def _signature(value: Value) -> str:
    if value.WhichOneof("kind") != "struct_value" or SIGNATURE not in value.struct_value.fields:
        return ""
    return value.struct_value.fields[SIGNATURE].string_value


def _is_object(value: Value) -> bool:
    return value.WhichOneof("kind") == "struct_value" and not _signature(value)


def _secret(value: Value) -> Value:
    fields = {SIGNATURE: Value(string_value=SECRET), "value": value}
    return Value(struct_value=Struct(fields=fields))


def _plain(value: Value) -> Value:
    match value.WhichOneof("kind"):
        case "struct_value" if is_secret(value):
            return _plain(value.struct_value.fields["value"])
        case "struct_value":
            return Value(struct_value=_plain_fields(value.struct_value))
        case "list_value":
            return Value(list_value=ListValue(values=[_plain(item) for item in value.list_value.values]))
    return value
