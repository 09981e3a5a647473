"""Pulumi.yaml as a file: found, read as it is, replaced as a whole."""

import os
from pathlib import Path
from typing import Any

import yaml

from pulumi_workspace365_components.cli.errors import CommandError

_NAMES = ("Pulumi.yaml", "Pulumi.yml")


def root_of(folder: Path) -> Path | None:
    """The folder of the project in which a folder is."""
    return next((parent for parent in (folder, *folder.parents) if find(parent)), None)


def find(folder: Path) -> Path | None:
    """The project file of a folder."""
    return next((path for name in _NAMES if (path := folder / name).is_file()), None)


def read(path: Path) -> str:
    """The text, line ends as they are.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is no text"
        raise CommandError(f"{path} cannot be read: {reason}.") from None


def content(path: Path) -> Any:
    """What the text says.

    Raises:
        CommandError: it is not YAML.
    """
    try:
        return yaml.safe_load(read(path))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise CommandError(f"{path} is not valid YAML{where}: {getattr(problem, 'problem', problem)}.") from None


def replace(path: Path, text: str, mode: int) -> None:
    """Write the whole file, or leave it as it was.

    Raises:
        CommandError: it cannot be written.
    """
    real = path.resolve()
    new = real.with_name(f".{real.name}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="")
        new.chmod(mode)
        new.replace(real)
    except OSError as problem:
        new.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {problem.strerror}.") from None
