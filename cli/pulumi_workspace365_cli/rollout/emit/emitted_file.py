"""Keeps an emitted file: one that somebody edited is not overwritten."""

from pathlib import Path
from typing import Literal

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import project_file
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.emit import yaml_text

_MODE = 0o644


def keep(path: Path, text: str, *, force: bool) -> Literal["written", "unchanged"]:
    """Write the file, in folders that are made if need be. One that says the same already is left alone.

    Raises:
        CommandError: a file is there that was edited, or that was not emitted, and ``force`` is not given; or it cannot be written.
    """
    shown = input_files.display_path(path)
    former = _former(path, shown)
    if former == text:
        return "unchanged"
    if former is not None and not force and not yaml_text.is_untouched(former):
        raise CommandError(
            f"{shown} was edited, or made by something else, and is left as it is. Compare it with --output -, or replace it with --force."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CommandError(f"{shown} cannot be written: {problem.strerror}.") from problem
    project_file.replace(path, text, _MODE)
    return "written"


def _former(path: Path, shown: str) -> str | None:
    if not path.exists() and not path.is_symlink():
        return None
    try:
        return input_files.decode_text(input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES), shown)
    except input_files.FileError as problem:
        raise CommandError(f"{shown} is there and cannot be read: {problem.detail}.") from problem
