"""Files beside Pulumi.yaml that hold a state while it is changed: readable by their owner only, whole or not there."""

import os
from pathlib import Path

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli.errors import CommandError


def read(path: Path) -> str:
    """The text of a backup.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        return input_files.decode_text(input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES), str(path))
    except input_files.FileError as problem:
        raise CommandError(f"The backup of an interrupted command cannot be read: {problem}.") from problem


def write(path: Path, text: str) -> None:
    """Write a backup, safely on disk; one that is there is replaced.

    Raises:
        CommandError: it cannot be written.
    """
    whole = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        input_files.write_new(whole, text.encode())
        whole.replace(path)
        input_files.sync_folder(path.parent)
    except OSError as problem:
        raise CommandError(f"Nothing was changed: the backup {path} cannot be written: {problem.strerror}.") from problem


def rename(path: Path, new: Path) -> None:
    """Give a backup the name under which it is kept.

    Raises:
        CommandError: it cannot be renamed; what it was made for is complete.
    """
    try:
        path.rename(new)
        input_files.sync_folder(new.parent)
    except OSError as problem:
        raise CommandError(f"It is complete, but {path} cannot be renamed: {problem.strerror}.") from problem


def discard(path: Path) -> None:
    """Remove a backup that is no longer needed.

    Raises:
        CommandError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        raise CommandError(f"{path} cannot be removed: {problem.strerror}.") from problem
