"""Files and texts among the inputs: their hashes, and leaving their contents out where a provider only compares."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.resource.values import Archive, Asset, OutputValue, Properties, Secret

_Leaf = Callable[[Any], Any]


def _mapped(value: Any, leaf: _Leaf) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, leaf) for item in value]
    if isinstance(value, Secret | OutputValue):
        return replace(value, value=_mapped(value.value, leaf))
    return leaf(value) if isinstance(value, Asset | Archive) else value


def with_hashes(values: Properties, directory: Path) -> Properties:
    """The properties with the SHA-256 of every asset; paths are relative to the directory.

    Raises:
        EngineError: a file cannot be read.
        NeedsPulumiCLI: an archive, or an asset of a remote address.
    """
    result: Properties = _mapped(values, lambda asset: _hash(asset, directory))
    return result


def _hash(asset: Asset | Archive, directory: Path) -> Asset | Archive:
    if asset.hash:
        return asset
    if isinstance(asset, Archive):
        raise NeedsPulumiCLI("an archive among the inputs of a resource")
    if asset.uri:
        raise NeedsPulumiCLI(f"the remote asset {asset.uri} among the inputs of a resource")
    return replace(asset, hash=hashlib.sha256(_contents(asset, directory)).hexdigest())


def _contents(asset: Asset, directory: Path) -> bytes:
    if not asset.path:
        return asset.text.encode("utf-8", "surrogateescape")
    path = directory / asset.path
    try:
        return input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES)
    except input_files.FileError as error:
        reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else error.reason
        raise EngineError(f"failed to compute asset hash: failed to open asset file '{path}': {reason}") from error


def without_contents(values: Properties) -> Properties:
    """The properties with each asset reduced to its hash."""
    result: Properties = _mapped(values, lambda asset: type(asset)(hash=asset.hash))
    return result


def restore_contents(values: Properties, originals: Properties) -> Properties:
    """The properties with the contents of every asset that a provider echoed as a mere hash."""
    by_hash: dict[str, Asset | Archive] = {}

    def note(asset: Asset | Archive) -> Asset | Archive:
        by_hash[asset.hash] = asset
        return asset

    def restore(asset: Asset | Archive) -> Asset | Archive:
        return by_hash.get(asset.hash, asset) if asset == type(asset)(hash=asset.hash) else asset

    _mapped(originals, note)
    result: Properties = _mapped(values, restore) if by_hash else values
    return result
