"""Values that JSON lacks, as both the wire and state encode them: an object with a signature under a reserved key.

A value that is not known yet is a reserved text (Pulumi's sdk/go/common/resource/sig and sdk/go/common/resource/plugin/rpc.go).
"""

import base64
import binascii
import struct as binary
from collections.abc import Mapping
from typing import Any

from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.values import (
    UNKNOWN,
    Archive,
    Asset,
    OutputValue,
    Properties,
    ResourceReference,
    Secret,
    Unknown,
    Value,
    unwrap,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a signature of the format, not a password
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_BYTES = "803fd3297a5875dc03ca845dda5d2a98"
FLOAT = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_SENTINELS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        UNKNOWN_TEXT,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def decode(fields: Properties) -> Value:
    """The value that a signed object represents, its members already decoded; an object without a signature is returned unchanged.

    Raises:
        ValueError: the signature is unknown, or the object malformed.
    """
    match fields.get(SIGNATURE):
        case None if SIGNATURE not in fields:
            return fields
        case value if value == SECRET:
            return _secret(fields)
        case value if value == OUTPUT:
            return _output(fields)
        case value if value == RESOURCE:
            return _resource(fields)
        case value if value == ASSET:
            return Asset(*(_text(fields, name) for name in ("text", "path", "uri", "hash")))
        case value if value == ARCHIVE:
            return _archive(fields)
        case value if value == _BYTES:
            return _decode(_text(fields, "value"))
        case value if value == FLOAT:
            return _number(_text(fields, "value"))
    raise ValueError(f"unrecognised signature in an object with the names {', '.join(sorted(fields))}")


def _number(digits: str) -> float:
    try:
        number: float = binary.unpack(">d", bytes.fromhex(digits))[0]
    except binary.error as error:
        raise ValueError("malformed number: not eight bytes") from error
    return number


def _text(fields: Mapping[str, Value], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"malformed signed object: {name} is not a text")  # noqa: TRY004  a format error, not a caller's
    return value


def _secret(fields: Properties) -> Secret:
    if "value" not in fields:
        raise ValueError("malformed secret: no value")
    return Secret(fields["value"])


def _output(fields: Properties) -> OutputValue:
    secret, dependencies = fields.get("secret", False), fields.get("dependencies", [])
    if not isinstance(secret, bool) or not isinstance(dependencies, list):
        raise ValueError("malformed output value: secret is not a boolean or dependencies is not a list")  # noqa: TRY004
    urns_ = tuple(item for item in dependencies if isinstance(item, str))
    return OutputValue(fields.get("value"), "value" in fields, secret, urns_)


def _resource(fields: Properties) -> ResourceReference:
    if not fields.get("urn"):
        raise ValueError("malformed resource reference: no urn")
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


def signed_output(value: OutputValue) -> dict[str, Any]:
    signed: dict[str, Any] = {SIGNATURE: OUTPUT}
    if value.known:
        signed["value"] = value.value
    if value.secret:
        signed["secret"] = True
    if value.dependencies:
        signed["dependencies"] = list(value.dependencies)
    return signed


def signed_resource(value: ResourceReference, *, on_wire: bool) -> dict[str, Any]:
    signed: dict[str, Any] = {SIGNATURE: RESOURCE, "urn": value.urn}
    if value.id is not None:
        signed["id"] = value.id if isinstance(value.id, str) else ""
    if value.package_version or not on_wire:
        signed["packageVersion"] = value.package_version
    if on_wire and urns.is_valid(value.urn):
        signed |= {"name": urns.name_of(value.urn), "type": urns.type_of(value.urn)}
    return signed


def signed_file(value: Any) -> Any:
    """The signed object of an asset or archive; any other value is itself."""
    if isinstance(value, Asset):
        fields = {"hash": value.hash, "text": value.text, "path": value.path, "uri": value.uri}
        return {SIGNATURE: ASSET} | {name: text for name, text in fields.items() if text}
    if isinstance(value, Archive):
        fields = {"hash": value.hash, "path": value.path, "uri": value.uri}
        signed: dict[str, Any] = {SIGNATURE: ARCHIVE} | {name: text for name, text in fields.items() if text}
        if value.assets is not None:
            signed["assets"] = {name: signed_file(member) for name, member in value.assets.items()}
        return signed
    return value


def byte_string(text: str) -> Any:
    """A text that holds bytes outside UTF-8 (as surrogates) becomes a signed object."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape")
        return {SIGNATURE: _BYTES, "value": base64.b64encode(raw).decode()}
    return text


def needs_byte_strings(value: Value) -> bool:
    """Whether a text in the value is not valid UTF-8, which state of version 3 cannot hold."""
    if isinstance(value, str):
        return not value.isascii() and isinstance(byte_string(value), dict)
    if isinstance(value, dict):
        return any(map(needs_byte_strings, value.values()))
    if isinstance(value, list):
        return any(map(needs_byte_strings, value))
    return isinstance(value, Secret | OutputValue) and needs_byte_strings(value.value)
