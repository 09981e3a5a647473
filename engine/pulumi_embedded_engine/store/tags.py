"""A stack's tags, in the file that the CLI keeps beside the checkpoint (Pulumi's pkg/backend/diy/stack_tags.go)."""

from collections.abc import Mapping
from pathlib import Path

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import StateError, accessing
from pulumi_embedded_engine.store.files import exists, json_bytes, write_atomically

_VERSION = 1


def load(path: Path) -> dict[str, str]:
    """The tags by name; none where there is no file.

    Raises:
        StateError: the file is damaged, or of another version.
    """
    if not exists(path):
        return {}
    try:
        stored = input_files.parse_json(input_files.read_regular_file(path), str(path))
    except input_files.FileError as error:
        raise StateError(str(error)) from error
    tags = stored.get("tags") if isinstance(stored, dict) else None
    if not isinstance(stored, dict) or not isinstance(tags or {}, dict):
        raise StateError(f"{path} is damaged: it holds no tags")
    if stored.get("version") != _VERSION:
        raise StateError(f"{path}: unsupported stack tags version: {stored.get('version')} (expected {_VERSION})")
    if not all(isinstance(value, str) for value in (tags or {}).values()):
        raise StateError(f"{path} is damaged: a tag is no text")
    return dict(tags or {})


def save(path: Path, tags: Mapping[str, str]) -> None:
    """Write the tags; without any the file goes.

    Raises:
        StateError: it cannot be written.
    """
    with accessing(path):
        if tags:
            write_atomically(path, json_bytes({"version": _VERSION, "tags": dict(sorted(tags.items()))}))
        else:
            path.unlink(missing_ok=True)
