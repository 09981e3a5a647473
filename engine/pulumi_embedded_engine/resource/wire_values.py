"""Property values on the wire: protobuf Structs (Pulumi's sdk/go/common/resource/plugin/rpc.go)."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from pulumi_embedded_engine.resource.signatures import (
    SECRET,
    SIGNATURE,
    UNKNOWN_SENTINELS,
    UNKNOWN_TEXT,
    byte_string,
    decode,
    signed_file,
    signed_output,
    signed_resource,
)
from pulumi_embedded_engine.resource.values import (
    UNKNOWN,
    OutputValue,
    Properties,
    ResourceReference,
    Secret,
    Value,
    lower_outputs,
    unwrap,
)


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """The properties of a protobuf Struct.

    Raises:
        ValueError: an object carries a signature that is unknown or malformed.
    """
    return {key: _from_wire(value) for key, value in struct.fields.items()}


def _from_wire(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWN_SENTINELS else value.string_value
        case "struct_value":
            return decode(from_struct(value.struct_value))
        case "number_value":
            return value.number_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_wire(item) for item in value.list_value.values]
        case _:
            return None


def to_struct(
    values: Mapping[str, Value],
    *,
    keep_secrets: bool,
    keep_resources: bool,
    keep_output_values: bool,
    keep_unknowns: bool = True,
) -> struct_pb2.Struct:
    """The properties as a protobuf Struct, in the form its receiver accepts.

    Args:
        values: the properties.
        keep_secrets: mark secrets; else they are sent in clear, without mark.
        keep_resources: send resource references as such; else the id, or the URN of a component.
        keep_output_values: send outputs with their dependencies; else as plain values, secrets and unknowns.
        keep_unknowns: send unknown values by their reserved text; else leave them out.
    """
    options = (keep_secrets, keep_resources, keep_output_values, keep_unknowns)
    struct = struct_pb2.Struct()
    _fill(struct, values, options)
    return struct


_Options = tuple[bool, bool, bool, bool]


def _fill(struct: struct_pb2.Struct, values: Mapping[str, Any], options: _Options) -> None:
    for key, value in values.items():
        if _is_sent(value, options):
            _put(struct.fields[key], _for_wire(value, options), options)


def _is_sent(value: Value, options: _Options) -> bool:
    """Whether anything of a value remains for a receiver that may not take unknown values."""
    if options[3]:
        return True
    return unwrap(_for_wire(unwrap(value), options)) is not UNKNOWN


def _put(target: struct_pb2.Value, value: Any, options: _Options) -> None:
    """Write what _for_wire returned."""
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        _fill(target.struct_value, value, options)
    elif isinstance(value, list):
        target.list_value.SetInParent()
        for item in value:
            if _is_sent(item, options):
                _put(target.list_value.values.add(), _for_wire(item, options), options)
    elif value is UNKNOWN:
        target.string_value = UNKNOWN_TEXT
    else:
        target.null_value = struct_pb2.NULL_VALUE


def _for_wire(value: Any, options: _Options) -> Any:
    """Replace one value by what is sent for it; members are replaced when they are written."""
    keep_secrets, keep_resources, keep_outputs, _ = options
    if isinstance(value, str):
        return value if value.isascii() else byte_string(value)
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": value.value} if keep_secrets else _for_wire(value.value, options)
    if isinstance(value, OutputValue):
        return signed_output(value) if keep_outputs else _for_wire(lower_outputs(value), options)
    if isinstance(value, ResourceReference):
        if keep_resources:
            return signed_resource(value, on_wire=True)
        return value.urn if value.id is None else value.id
    return signed_file(value)
