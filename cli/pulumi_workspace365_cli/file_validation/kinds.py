"""Which files there are, and what kind of file each is."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli.file_schemas import names
from pulumi_workspace365_cli.file_schemas.names import SchemaName

Kind = SchemaName | Literal["stack"]
SUFFIXES = {".yaml", ".yml"}
_STACK = re.compile(r"Pulumi\.(?!.*\.example\.)[^/]+\.ya?ml")
_FOLDERS: dict[str, Kind] = {"customers": "customer", "websocket_apis": "websocket-api"}
_NAMES: dict[str, tuple[Kind, str]] = {
    "rollout": ("rollout", "waves"),
    "budgets": ("budgets", "budgets"),
    "checks": ("checks", "checks"),
}
"""The kind by the name of a file, and a field that it has."""
_SKIPPED = {"node_modules", "__pycache__", "site-packages"}


def kind_of(path: Path, *, is_given: bool) -> Kind | None:
    """What kind of file a path is by its place, its name, or the line by which an editor finds its schema; ``None`` if it is none of these.

    Args:
        path: of the file, absolute.
        is_given: whether a person named this file, and not a folder.
    """
    if _STACK.fullmatch(path.name):
        return "stack"
    if len(path.parts) > 3 and (kind := _FOLDERS.get(path.parts[-3])):
        return kind
    try:
        text = input_files.decode_text(input_files.read_regular_file(path), "")
    except input_files.FileError:
        text = ""
    return names.named_by(text) or _by_name(path, text, is_given=is_given)


def _by_name(path: Path, text: str, *, is_given: bool) -> Kind | None:
    """Other programs have files of these names, too: one that nobody named says by its first field what it is, or stands beside Pulumi.yaml."""
    kind, field = _NAMES.get(path.stem, (None, ""))
    is_one = is_given or re.search(rf"^{field}\b", text, re.MULTILINE) or input_files.is_file(path.parent / "Pulumi.yaml")
    return kind if is_one else None


def files_below(folder: Path) -> Iterator[Path]:
    """Every YAML file in a folder and in those below it, but not in hidden ones, virtual environments and installed packages.

    Raises:
        OSError: a folder cannot be read.
    """
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not _is_skipped(Path(place) / name))
        names_ = [*files, *(folders if Path(place).parent.name in _FOLDERS else ())]  # a program refuses a folder called x.yaml
        yield from (Path(place) / name for name in sorted(names_) if Path(name).suffix.lower() in SUFFIXES)


def _is_skipped(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in _SKIPPED or input_files.is_file(folder / "pyvenv.cfg")


def _raise(problem: OSError) -> None:
    raise problem


def absolute(path: Path) -> Path:
    """The one spelling of a path; links stay, as a program reads a link under its own name."""
    return Path(os.path.abspath(path))  # noqa: PTH100  Path.absolute keeps ..
