"""Assets and archives on the wire. The engine sends old ones by their hash alone, without the content, which the SDK cannot read."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
MEMORY = "__assets"
"""An internal output, see :mod:`pulumi_dynamic_host.asset_content`."""
_KEY = "4dabf18193072939515e22adb298388d"
_EMPTY = hashlib.sha256(b"").hexdigest()  # the engine leaves an empty text out, too
_UNKNOWN_CONTENT = (
    "this {kind} is known by its hash alone: the engine sends the content of inputs to check() and create() and of the new inputs to "
    "update(), not of old ones, and to diff() of none. Compare hashes: `olds[…].hash != news[…].hash`"
)


class _Elided:
    """Known by its hash; equal to what has the same hash."""

    hash: str

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self.hash and self.hash == getattr(other, "hash", None))

    def __hash__(self) -> int:
        return hash(self.hash)


class ElidedAsset(_Elided, pulumi.Asset):
    """An asset without its content: ``hash`` is its SHA-256 in hexadecimal, empty if the engine has none."""

    def __init__(self, hash_: str) -> None:
        self.hash = hash_

    def __repr__(self) -> str:
        return f"<asset {self.hash[:12] or 'without a hash'}>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{name!r}: {_UNKNOWN_CONTENT.format(kind='asset')}"
            if name in {"path", "text", "uri"}
            else f"an asset has no {name!r}"
        )


class ElidedArchive(_Elided, pulumi.Archive):
    """An archive without its content: ``hash`` is the engine's, empty if it has none."""

    def __init__(self, hash_: str) -> None:
        self.hash = hash_

    def __repr__(self) -> str:
        return f"<archive {self.hash[:12] or 'without a hash'}>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{name!r}: {_UNKNOWN_CONTENT.format(kind='archive')}"
            if name in {"path", "assets", "uri"}
            else f"an archive has no {name!r}"
        )


class EmptyText(_Elided, pulumi.StringAsset):
    """An empty text, which the engine sends as if it were elided."""

    def __init__(self) -> None:
        super().__init__("")
        self.hash = _EMPTY


def may_hold(message: Message) -> bool:
    """A look at the bytes: False is certain."""
    data = message.SerializeToString()
    return ASSET.encode() in data or ARCHIVE.encode() in data


def is_asset_or_archive(struct: Struct) -> bool:
    """Whether a struct represents an asset or an archive."""
    return _KEY in struct.fields and struct.fields[_KEY].string_value in {ASSET, ARCHIVE}


def is_asset(struct: Struct) -> bool:
    """Whether a struct represents an asset."""
    return _KEY in struct.fields and struct.fields[_KEY].string_value == ASSET


def has_content(struct: Struct) -> bool:
    """Whether the struct of an asset or archive contains more than its hash."""
    return any(name in struct.fields for name in ("path", "text", "uri", "assets"))


def read(struct: Struct) -> pulumi.Asset | pulumi.Archive | None:
    """The asset or archive that a struct represents, with an attribute ``hash``; None if it represents neither."""
    if not is_asset_or_archive(struct):
        return None
    hash_ = struct.fields["hash"].string_value if "hash" in struct.fields else ""
    found = _asset(struct, hash_) if is_asset(struct) else _archive(struct)
    if found is None:
        return ElidedAsset(hash_) if is_asset(struct) else ElidedArchive(hash_)
    found.hash = hash_  # type: ignore[union-attr]  # the SDK's classes have none: old and new can be compared by it
    return found


def write(value: pulumi.Asset | pulumi.Archive) -> dict[str, Any]:
    """The signed object that represents an asset or archive, with its hash where that is known or cheap to compute."""
    hash_ = getattr(value, "hash", "") or _hash(value)
    hash_field = {"hash": hash_} if isinstance(hash_, str) and hash_ else {}
    if isinstance(value, pulumi.Asset):
        content = {name: getattr(value, name) for name in ("path", "text", "uri") if hasattr(value, name)}
        return {_KEY: ASSET, **hash_field, **content}
    if isinstance(members := getattr(value, "assets", None), Mapping):
        return {_KEY: ARCHIVE, **hash_field, "assets": {name: write(item) for name, item in members.items()}}
    return {_KEY: ARCHIVE, **hash_field, **{name: getattr(value, name) for name in ("path", "uri") if hasattr(value, name)}}


def _asset(struct: Struct, hash_: str) -> pulumi.Asset | None:
    for name, kind in (("path", pulumi.FileAsset), ("text", pulumi.StringAsset), ("uri", pulumi.RemoteAsset)):
        if name in struct.fields:
            return kind(struct.fields[name].string_value)
    return EmptyText() if hash_ == _EMPTY else None


def _archive(struct: Struct) -> pulumi.Archive | None:
    if "assets" in struct.fields:
        items = struct.fields["assets"].struct_value.fields.items()
        return pulumi.AssetArchive({name: read(item.struct_value) or ElidedAsset("") for name, item in items})
    for name, kind in (("path", pulumi.FileArchive), ("uri", pulumi.RemoteArchive)):
        if name in struct.fields:
            return kind(struct.fields[name].string_value)
    return None


def _hash(value: pulumi.Asset | pulumi.Archive) -> str:
    """The SHA-256 of a text or a file: an output gets none from the engine, which would later send it without anything."""
    if isinstance(value, pulumi.StringAsset):
        return hashlib.sha256(value.text.encode()).hexdigest()
    if isinstance(value, pulumi.FileAsset):
        try:
            with Path(value.path).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return ""
    return ""
