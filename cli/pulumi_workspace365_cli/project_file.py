"""Finds, reads and replaces the file Pulumi.yaml."""

import os
from pathlib import Path

from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365.documents.yaml_document import Document
from pulumi_workspace365_cli.errors import CommandError

_NAMES = ("Pulumi.yaml", "Pulumi.yml")


def find_root(folder: Path) -> Path | None:
    """The folder of the project in which a folder is."""
    return next((parent for parent in (folder, *folder.parents) if find(parent)), None)


def find(folder: Path) -> Path | None:
    """The project file of a folder."""
    return next((path for name in _NAMES if input_files.is_file(path := folder / name)), None)


def read(path: Path) -> str:
    """The text, with unchanged line ends.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        return input_files.decode_text(input_files.read_user_file(path), input_files.display_path(path))
    except input_files.FileError as problem:
        raise CommandError(f"{input_files.display_path(path)} cannot be read: {problem.detail}.") from problem


def parse(path: Path) -> Document:
    """Parse the text.

    Raises:
        CommandError: it is not YAML.
    """
    try:
        return yaml_document.parse(read(path), input_files.display_path(path))
    except input_files.FileError as problem:
        raise CommandError(str(problem)) from problem


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, unless they exist.

    Raises:
        CommandError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CommandError(f"{folder} cannot be created: {problem.strerror}.") from problem


def replace(path: Path, text: str, mode: int) -> None:
    """Write the whole file, or leave it as it was.

    Raises:
        CommandError: it cannot be written.
    """
    nowhere = f"{input_files.display_path(path)} cannot be written: it is a broken link."
    try:
        real = path.resolve()
    except (OSError, RuntimeError) as problem:
        raise CommandError(nowhere) from problem
    if real.is_symlink():  # a link to itself, which Python 3.13 resolves
        raise CommandError(nowhere)
    if real.exists() and not real.is_file():
        raise CommandError(f"{input_files.display_path(path)} cannot be written: it is not a regular file.")
    new = real.with_name(f".{real.name}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="")
        new.chmod(mode)
        new.replace(real)
    except OSError as problem:
        new.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {problem.strerror}.") from problem
