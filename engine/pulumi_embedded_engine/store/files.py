"""Files that may hold secrets: readable by their owner alone from the first byte on, and replaced as a whole or not at all."""

import contextlib
import errno
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any, TextIO, cast

from pulumi_embedded_engine.errors import accessing

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
READABLE = 0o644
"""Of files that hold no secret in clear, and are committed."""
_TEMPORARY = ".tmp"


def json_bytes(document: Any, *, indent: int | None = None) -> bytes:
    """A document as JSON, compact without ``indent``; half a surrogate pair, which UTF-8 does not have, is escaped."""
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        return json.dumps(document, indent=indent, separators=separators, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent, separators=separators).encode()


def make_folder(path: Path) -> None:
    """Create a folder and those above it that are missing, for their owner alone; existing folders are not changed.

    Raises:
        OSError: from the operating system.
    """
    missing = [path] if not path.is_dir() else []
    while missing and not (parent := missing[-1].parent).is_dir() and parent != missing[-1]:
        missing.append(parent)
    for folder in reversed(missing):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=PRIVATE_FOLDER)
    if not path.is_dir():
        raise NotADirectoryError(20, os.strerror(20), str(path))


def open_private(path: Path, *, append: bool = False) -> TextIO:
    """Open a file for text that is written to it. One that exists is closed to others before anything is written.

    Raises:
        OSError: from the operating system.
    """
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    return cast("TextIO", os.fdopen(_opened(path, flags), "a" if append else "w", encoding="utf-8"))


def _opened(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags, PRIVATE)
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) & ~PRIVATE:
        with contextlib.suppress(PermissionError):  # another user's file: whoever lets us write it says who reads it
            os.fchmod(descriptor, PRIVATE)
    return descriptor


def write_atomically(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Replace a file as a whole or not at all, durably; its folder is created if need be.

    Args:
        path: of the file. A link is replaced, not followed.
        data: what it is to hold.
        mode: who may read it once it is complete.

    Raises:
        OSError: from the operating system; the file is unchanged, and no temporary file remains.
    """
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(_TEMPORARY, f".{path.name}.", path.parent)
    temporary = Path(name)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  a descriptor
            file.write(data)
            file.flush()
            if mode != PRIVATE:
                os.fchmod(descriptor, mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        discard(temporary)
        raise
    sync_directory(path.parent)


def replace_file(path: Path, data: bytes) -> None:
    """`write_atomically` for a file of the backend.

    Raises:
        StateError: the file cannot be written, and is unchanged.
    """
    with accessing(path):
        write_atomically(path, data)


def exists(path: Path) -> bool:
    """Whether there is a file of the backend. A link to nothing or to itself is none.

    Raises:
        StateError: that cannot be seen, for lack of a permission; ``Path.exists`` would say no, since Python 3.14 whatever the reason.
    """
    with accessing(path):
        try:
            path.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in {errno.ENOTDIR, errno.ELOOP}:
                raise
            return False
    return True


def entries(folder: Path) -> list[Path]:
    """What a folder of the backend holds, sorted; nothing if there is none.

    Raises:
        StateError: it cannot be read; ``Path.glob`` would find nothing.
    """
    with accessing(folder):
        try:
            return sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []


def write_text_in_place(path: Path, text: str, mode: int = READABLE) -> None:
    """Replace a text file as a whole or not at all; a link to it stays one, and who may read it stays the same.

    Args:
        path: of the file.
        text: what it is to hold.
        mode: who may read a file that is new.

    Raises:
        OSError: from the operating system.
    """
    target = path.resolve()
    write_atomically(target, text.encode(), stat.S_IMODE(target.stat().st_mode) if target.exists() else mode)


def discard(path: Path) -> None:
    """Remove a file after a failure. That it cannot be removed is not reported: the first failure is the one to report."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def remove_left_behind(path: Path) -> None:
    """Remove the temporary file of a killed process. No other process may be writing it."""
    for temporary in path.parent.glob(f".{path.name}.*{_TEMPORARY}"):
        temporary.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
