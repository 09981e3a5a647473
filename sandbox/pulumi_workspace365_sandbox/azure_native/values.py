"""Properties between the engine's protocol and plain values; unknown ones are kept as a mark."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def read(struct: Struct) -> dict[str, Any]:
    """Without nulls; whole numbers as such."""
    return {name: _whole(value) for name, value in json_format.MessageToDict(struct).items() if value is not None}


def to_struct(values: Mapping[str, Any]) -> Struct:
    struct = Struct()
    json_format.ParseDict(dict(values), struct)
    return struct


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items() if item is not None}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    return any(has_unknown(item) for item in value) if isinstance(value, list) else bool(value == UNKNOWN)


def differences(old: Any, new: Any, path: str = "") -> dict[str, str]:
    """Kinds of change (add, delete, update) by property path."""
    if isinstance(old, dict) and isinstance(new, dict):
        kinds: dict[str, str] = {}
        for name in sorted(old.keys() | new.keys()):
            inner = f"{path}.{name}" if path else name
            if name not in new:
                kinds[inner] = "delete"
            elif name not in old:
                kinds[inner] = "add"
            else:
                kinds |= differences(old[name], new[name], inner)
        return kinds
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return {
            key: kind
            for place, (one, other) in enumerate(zip(old, new, strict=True))
            for key, kind in differences(one, other, f"{path}[{place}]").items()
        }
    return {} if old == new else {path: "update"}
