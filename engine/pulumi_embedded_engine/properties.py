"""Property values in their three forms: in memory (``values``), on the wire (protobuf Struct) and in state (JSON).

On the wire and in state, what JSON cannot say is an object with a signature under a reserved key, or a reserved text for a
value that is not known yet (Pulumi's sdk/go/common/resource/plugin/rpc.go and pkg/resource/stack/deployment.go).
"""

import base64
import binascii
import json
import math
import struct as binary
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import struct_pb2

from pulumi_embedded_engine import urn as urns
from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.values import (
    UNKNOWN,
    Archive,
    Asset,
    OutputValue,
    Properties,
    ResourceReference,
    Secret,
    Unknown,
    Value,
    annotate_secrets,
    contains_unknowns,
    equal,
    has_secrets,
    lower_outputs,
    output_dependencies,
    strip_secrets,
    unwrap,
)

__all__ = [
    "UNKNOWN",
    "UNKNOWN_SENTINELS",
    "Archive",
    "Asset",
    "OutputValue",
    "Properties",
    "ResourceReference",
    "Secret",
    "Unknown",
    "Value",
    "annotate_secrets",
    "contains_unknowns",
    "equal",
    "from_state",
    "from_struct",
    "has_secrets",
    "lower_outputs",
    "needs_byte_strings",
    "output_dependencies",
    "strip_secrets",
    "to_state",
    "to_struct",
    "unwrap",
]

SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a signature of the format, not a password
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_BYTE_STRING = "803fd3297a5875dc03ca845dda5d2a98"
_FLOAT = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_SENTINELS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        _UNKNOWN_STRING,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_EXACT_INTEGERS = 1e21  # below this the format writes whole numbers without an exponent

Crypt = Callable[[str], str]


# From the wire.


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
            return _recognise(from_struct(value.struct_value), _wire_secret)
        case "number_value":
            return value.number_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_wire(item) for item in value.list_value.values]
        case _:
            return None


def _wire_secret(fields: Properties) -> Value:
    if "value" not in fields:
        raise ValueError("malformed secret: no value")
    return Secret(fields["value"])


def _recognise(fields: Properties, secret: Callable[[Properties], Value]) -> Value:
    """The value that a signed object stands for; an object without signature is itself."""
    match fields.get(SIGNATURE):
        case None if SIGNATURE not in fields:
            return fields
        case value if value == _SECRET:
            return secret(fields)
        case value if value == _OUTPUT:
            return _output(fields)
        case value if value == _RESOURCE:
            return _resource(fields)
        case value if value == _ASSET:
            return Asset(*(_text(fields, name) for name in ("text", "path", "uri", "hash")))
        case value if value == _ARCHIVE:
            return _archive(fields)
        case value if value == _BYTE_STRING:
            return _decode(_text(fields, "value"))
        case value if value == _FLOAT:
            number: float = binary.unpack(">d", bytes.fromhex(_text(fields, "value")))[0]
            return number
    raise ValueError(f"unrecognised signature in an object with the names {', '.join(sorted(fields))}")


def _text(fields: Mapping[str, Value], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"malformed signed object: {name} is not a text")  # noqa: TRY004  a format error, not a caller's
    return value


def _output(fields: Properties) -> OutputValue:
    secret, dependencies = fields.get("secret", False), fields.get("dependencies", [])
    if not isinstance(secret, bool) or not isinstance(dependencies, list):
        raise ValueError("malformed output value: secret is not a boolean or dependencies is not a list")  # noqa: TRY004
    urns_ = tuple(item for item in dependencies if isinstance(item, str))
    return OutputValue(fields.get("value"), "value" in fields, secret, urns_)


def _resource(fields: Properties) -> ResourceReference:
    id_ = unwrap(fields.get("id"))
    if id_ == "":
        id_ = UNKNOWN
    if isinstance(id_, dict):  # some CLI versions wrote the id as an object {"V": …}
        inner = id_.get("V")
        id_ = UNKNOWN if isinstance(inner, dict) else inner
    if not (id_ is None or isinstance(id_, str | Unknown)):
        raise ValueError("malformed resource reference: id is not a text")
    return ResourceReference(_text(fields, "urn"), id_, _text(fields, "packageVersion"))


def _archive(fields: Properties) -> Archive:
    path, uri, hash_ = (_text(fields, name) for name in ("path", "uri", "hash"))
    if path or uri:
        return Archive(None, path, "" if path else uri, hash_)
    members = fields.get("assets") or {}
    if not isinstance(members, dict):
        raise ValueError("malformed archive: assets is not an object")  # noqa: TRY004  a format error, not a caller's
    assets: dict[str, Asset | Archive] = {}
    for name, member in members.items():
        if not isinstance(member, Asset | Archive):
            raise ValueError(f"malformed archive: member {name!r} is neither an asset nor an archive")  # noqa: TRY004
        assets[name] = member
    return Archive(assets, hash=hash_)


def _decode(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape")
    except binascii.Error as error:
        raise ValueError("malformed byte string: not base64") from error


# To the wire.


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
        wire = _for_wire(value, options)
        if wire is not UNKNOWN or options[3]:
            _put(struct.fields[key], wire, options)


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
            wire = _for_wire(item, options)
            if wire is not UNKNOWN or options[3]:
                _put(target.list_value.values.add(), wire, options)
    elif value is UNKNOWN:
        target.string_value = _UNKNOWN_STRING
    else:
        target.null_value = struct_pb2.NULL_VALUE


def _for_wire(value: Any, options: _Options) -> Any:
    """Replace one value by what is sent for it; members are replaced when they are written."""
    keep_secrets, keep_resources, keep_outputs, _ = options
    if isinstance(value, str):
        return value if value.isascii() else _byte_string(value)
    if isinstance(value, Secret):
        return {SIGNATURE: _SECRET, "value": value.value} if keep_secrets else _for_wire(value.value, options)
    if isinstance(value, OutputValue):
        return _signed_output(value) if keep_outputs else _for_wire(lower_outputs(value), options)
    if isinstance(value, ResourceReference):
        if keep_resources:
            return _signed_resource(value, on_wire=True)
        return value.urn if value.id is None else value.id
    return _signed_file(value)


def _signed_output(value: OutputValue) -> dict[str, Any]:
    signed: dict[str, Any] = {SIGNATURE: _OUTPUT}
    if value.known:
        signed["value"] = value.value
    if value.secret:
        signed["secret"] = True
    if value.dependencies:
        signed["dependencies"] = list(value.dependencies)
    return signed


def _signed_resource(value: ResourceReference, *, on_wire: bool) -> dict[str, Any]:
    signed: dict[str, Any] = {SIGNATURE: _RESOURCE, "urn": value.urn}
    if value.id is not None:
        signed["id"] = value.id if isinstance(value.id, str) else ""
    if value.package_version or not on_wire:
        signed["packageVersion"] = value.package_version
    if on_wire and urns.is_valid(value.urn):
        signed |= {"name": urns.name_of(value.urn), "type": urns.type_of(value.urn)}
    return signed


def _signed_file(value: Any) -> Any:
    """The signed object of an asset or archive; any other value is itself."""
    if isinstance(value, Asset):
        fields = {"hash": value.hash, "text": value.text, "path": value.path, "uri": value.uri}
        return {SIGNATURE: _ASSET} | {name: text for name, text in fields.items() if text}
    if isinstance(value, Archive):
        fields = {"hash": value.hash, "path": value.path, "uri": value.uri}
        signed: dict[str, Any] = {SIGNATURE: _ARCHIVE} | {name: text for name, text in fields.items() if text}
        if value.assets is not None:
            signed["assets"] = {name: _signed_file(member) for name, member in value.assets.items()}
        return signed
    return value


def _byte_string(text: str) -> Any:
    """A text that holds bytes outside UTF-8 (as surrogates) becomes a signed object."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape")
        return {SIGNATURE: _BYTE_STRING, "value": base64.b64encode(raw).decode()}
    return text


def needs_byte_strings(value: Value) -> bool:
    """Whether a text in the value is not valid UTF-8, which state of version 3 cannot hold."""
    if isinstance(value, str):
        return not value.isascii() and isinstance(_byte_string(value), dict)
    if isinstance(value, dict):
        return any(map(needs_byte_strings, value.values()))
    if isinstance(value, list):
        return any(map(needs_byte_strings, value))
    return isinstance(value, Secret | OutputValue) and needs_byte_strings(value.value)


# State.


def to_state(values: Mapping[str, Value], encrypt: Crypt | None) -> dict[str, Any]:
    """The properties as a deployment's JSON.

    Args:
        values: the properties.
        encrypt: turns the JSON text of a secret into its ciphertext; None writes secrets in clear, as
            ``pulumi stack export --show-secrets`` does.
    """
    return {key: _to_state(value, encrypt) for key, value in values.items()}


def _to_state(value: Any, encrypt: Crypt | None) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _byte_string(value)
    if isinstance(value, dict):
        return to_state(value, encrypt)
    if isinstance(value, list):
        return [_to_state(item, encrypt) for item in value]
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Secret):
        return _state_secret(value, encrypt)
    if isinstance(value, OutputValue):
        return _to_state(lower_outputs(value), encrypt)
    if value is UNKNOWN:
        return _UNKNOWN_STRING
    if isinstance(value, ResourceReference):
        return _signed_resource(value, on_wire=False)
    return _signed_file(value)


def _number(value: float) -> Any:
    if not math.isfinite(value):
        return {SIGNATURE: _FLOAT, "value": binary.pack(">d", value).hex()}
    return int(value) if value.is_integer() and abs(value) < _EXACT_INTEGERS else value


def _state_secret(secret: Secret, encrypt: Crypt | None) -> dict[str, str]:
    inner_encrypt = None if encrypt is None else str  # a secret within a secret keeps its mark, but is encrypted once
    plaintext = json.dumps(_to_state(secret.value, inner_encrypt), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    form = {"plaintext": plaintext} if encrypt is None else {"ciphertext": encrypt(plaintext)}
    return {SIGNATURE: _SECRET} | form


def from_state(values: Mapping[str, Any], decrypt: Crypt) -> Properties:
    """The properties of a deployment's JSON.

    Raises:
        StateError: the JSON is not what a deployment holds.
        SecretsError: ``decrypt`` refused a ciphertext.
    """
    try:
        return {key: _from_state(value, decrypt) for key, value in values.items()}
    except ValueError as error:
        raise StateError(f"the deployment holds a malformed property: {error}") from error


def _from_state(value: Any, decrypt: Crypt) -> Value:
    if isinstance(value, str):
        return UNKNOWN if value == _UNKNOWN_STRING else value
    if isinstance(value, dict):
        if value.get(SIGNATURE) == _SECRET:
            return _secret_of_state(value, decrypt)
        return _recognise({key: _from_state(item, decrypt) for key, item in value.items()}, _wire_secret)
    if isinstance(value, list):
        return [_from_state(item, decrypt) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value  # type: ignore[no-any-return]  # None, bool or float


def _secret_of_state(fields: Mapping[str, Any], decrypt: Crypt) -> Secret:
    ciphertext, plaintext = fields.get("ciphertext"), fields.get("plaintext")
    if isinstance(plaintext, str) and ciphertext is None:
        return Secret(_from_state(json.loads(plaintext), str))
    if isinstance(ciphertext, str) and plaintext is None:
        return Secret(_from_state(json.loads(decrypt(ciphertext)), str))
    raise ValueError("a secret has neither a ciphertext nor a plaintext, or both")
