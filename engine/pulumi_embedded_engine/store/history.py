"""The history of a stack: an entry per finished run of either engine, which ``pulumi stack history`` reads."""

from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.store.files import entries

_SUFFIX = ".history.json"


def read(folder: Path) -> list[dict[str, Any]]:
    """The entries in a folder, the newest first; none where there is no folder.

    Raises:
        StateError: an entry cannot be read.
    """
    files = [path for path in entries(folder) if path.name.endswith(_SUFFIX)]
    return [_read(path) for path in sorted(files, key=_started, reverse=True)]


def _started(path: Path) -> tuple[int, str]:
    """The time in a name such as ``dev-1795895772206162145.history.json``."""
    digits = path.name.removesuffix(_SUFFIX).rpartition("-")[2]
    return (int(digits) if digits.isascii() and digits.isdecimal() else 0, path.name)


def _read(path: Path) -> dict[str, Any]:
    try:
        entry = input_files.parse_json(input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES), str(path))
    except input_files.FileError as error:
        raise StateError(f"the history of the stack cannot be read: {error}") from error
    if not isinstance(entry, dict):
        raise StateError(f"the history of the stack cannot be read: {path} is no entry of it")
    return entry
