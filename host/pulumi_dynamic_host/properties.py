"""Properties on the wire: protobuf structs, in which a secret is an object with a signature.

Providers see plain values; what they answer gets its marks back the way the engine itself does it for a host that accepts no secrets
(``annotateSecrets`` in its provider plugin), so that states written by both hosts are alike.
"""

from collections.abc import Iterator, Mapping
from inspect import isawaitable
from typing import Any

from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from pulumi import Archive, Asset
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.output import UNKNOWN, Output, Unknown
from pulumi.runtime import rpc

from pulumi_dynamic_host import assets, event_loops, redaction

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  the protocol's mark, not a secret


def read(struct: Struct, *, unknowns: bool = False) -> dict[str, Any]:
    """The properties as a provider sees them: no marks, floats for numbers, ``Unknown`` objects on request.

    Assets and archives have a ``hash``; those that the engine sent without content have nothing else.
    """
    struct = strip_secrets(struct)
    if assets.MEMORY in struct.fields:
        struct = Struct(fields={name: value for name, value in struct.fields.items() if name != assets.MEMORY})
    if assets.may_hold(struct):
        return _read_fields(struct, unknowns=unknowns)
    values: dict[str, Any] = rpc.deserialize_properties(struct, unknowns)
    return values


def _read_fields(struct: Struct, *, unknowns: bool) -> dict[str, Any]:
    """As the SDK reads them, but for assets and archives."""
    values = {key: _read(value, unknowns=unknowns) for key, value in struct.fields.items()}
    return {key: value for key, value in values.items() if value is not None}


def _read(value: Value, *, unknowns: bool) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value" if SIGNATURE in value.struct_value.fields:
            found = assets.read(value.struct_value)
            return rpc.deserialize_properties(value.struct_value, unknowns) if found is None else found
        case "struct_value":
            return _read_fields(value.struct_value, unknowns=unknowns)
        case "list_value":
            return [_read(item, unknowns=unknowns) for item in value.list_value.values]
        case "null_value" | None:
            return None
        case kind:
            return rpc.deserialize_property(getattr(value, kind), unknowns)


def write(values: Mapping[str, Any], marks: Struct, *, unknowns: bool = False) -> Struct:
    """A provider's properties for the wire, secret wherever ``marks`` is. Outputs and awaitables are waited for.

    Raises:
        ValueError: a value has a type that cannot be stored, or is not known where ``unknowns`` are not allowed.
        Exception: whatever an output or an awaitable raises.
    """
    settled = {name: _settled(value, unknowns=unknowns) for name, value in values.items()}
    serialising = rpc.serialize_properties(settled, {})
    try:
        serialising.send(None)
    except StopIteration as ended:
        struct: Struct = ended.value
    else:  # something the SDK alone knows to wait for
        serialising.close()
        struct = event_loops.resolve(rpc.serialize_properties(settled, {}))
    struct.SerializeToString()  # raises for what is nested too deeply, which would otherwise break the answer
    if may_hold_secrets(marks):
        mark_secrets(struct, marks)
    return struct


def as_secret(value: Any) -> dict[str, Any]:
    """A value for :func:`write` that is secret on the wire."""
    return {SIGNATURE: SECRET, "value": value}


def _settled(value: Any, *, unknowns: bool) -> Any:
    """A value in which outputs, awaitables and assets are replaced by their form on the wire."""
    if isinstance(value, Output):
        return _settled_output(value, unknowns=unknowns)
    if isawaitable(value):
        return _settled(event_loops.resolve(value), unknowns=unknowns)
    if isinstance(value, Asset | Archive):
        return assets.write(value)
    if isinstance(value, Unknown) or (isinstance(value, str) and value == rpc.UNKNOWN):
        if not unknowns:
            raise ValueError("the value is not known, outside of a preview")
        return value
    if isinstance(value, Mapping):
        return {key: _settled(value[key], unknowns=unknowns) for key in value}
    if isinstance(value, list | tuple):
        return [_settled(item, unknowns=unknowns) for item in value]
    return value


def _settled_output(output: Output[Any], *, unknowns: bool) -> Any:
    if "get" in vars(output):  # captured by the provider: pickling has kept the value, but not whether it was secret
        return as_secret(_bare(_settled(output.get(), unknowns=unknowns)))
    value = event_loops.resolve(output.future(with_unknowns=True))
    if not event_loops.resolve(output.is_known()):
        value = UNKNOWN
    settled = _settled(value, unknowns=unknowns)
    return as_secret(_bare(settled)) if event_loops.resolve(output.is_secret()) else settled


def _bare(value: Any) -> Any:
    """Without the marks of secrets inside: the whole is one."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return _bare(value["value"])
        return {key: _bare(item) for key, item in value.items()}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def may_hold_secrets(message: Message) -> bool:
    """A look at the bytes, many times faster than one at each value: False is certain."""
    return SECRET.encode() in message.SerializeToString()


def strip_secrets(struct: Struct) -> Struct:
    """The same without secret marks."""
    if not may_hold_secrets(struct):
        return struct
    return _plain_fields(struct)


def _plain_fields(struct: Struct) -> Struct:
    return Struct(fields={key: _plain(value) for key, value in struct.fields.items()})


def mark_secrets(answer: Struct, marks: Struct) -> None:
    """Mark a property of ``answer`` as secret if the property of the same name in ``marks`` contains a secret."""
    for key, like in marks.fields.items():
        if key not in answer.fields:
            continue
        value = answer.fields[key]
        if _is_object(value) and _is_object(like):
            mark_secrets(value.struct_value, like.struct_value)
        elif not is_secret(value) and any(secrets(like)):
            value.CopyFrom(_secret(value))


def make_secret(struct: Struct, key: str) -> None:
    """Mark one property."""
    struct.fields[key].CopyFrom(_secret(struct.fields[key]))


def can_be_secret(value: Value) -> bool:
    """Whether a value is neither secret yet, nor absent, unknown, or an asset, which is known by its hash."""
    if value.WhichOneof("kind") == "string_value":
        return value.string_value != rpc.UNKNOWN
    return value.WhichOneof("kind") not in {None, "null_value"} and not _signature(value)


def is_secret(value: Value) -> bool:
    """Whether a value carries the mark of a secret."""
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


def remember_secrets(struct: Struct) -> None:
    """Mask these secrets in everything that is shown from now on."""
    for key, value in struct.fields.items():
        if key != PROVIDER_KEY:
            for secret in secrets(value):
                redaction.register_texts(*all_texts(secret))


def all_texts(value: Value) -> Iterator[str]:
    """Every text inside a value; numbers as text."""
    match value.WhichOneof("kind"):
        case "string_value":
            yield value.string_value
        case "number_value":
            yield f"{value.number_value:.15g}"
        case "struct_value":
            for item in value.struct_value.fields.values():
                yield from all_texts(item)
        case "list_value":
            for item in value.list_value.values:
                yield from all_texts(item)


def _signature(value: Value) -> str:
    if value.WhichOneof("kind") != "struct_value" or SIGNATURE not in value.struct_value.fields:
        return ""
    return value.struct_value.fields[SIGNATURE].string_value


def _is_object(value: Value) -> bool:
    return value.WhichOneof("kind") == "struct_value" and not _signature(value)


def _secret(value: Value) -> Value:
    fields = {SIGNATURE: Value(string_value=SECRET), "value": _plain(value)}
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
