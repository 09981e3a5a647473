"""Reads input files as UTF-8 text, with a size limit and without hanging.

What a folder holds must be a regular file, as nobody meant a pipe or a device there to be read. A file that a person names may be a pipe,
``<(pulumi preview --json)`` for example: it is read as long as something writes to it, and for a limited time.
"""

import codecs
import os
import re
import select
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.errors import ConfigurationError

MIB = 1024 * 1024
SETTINGS_BYTES = 4 * MIB
"""The largest file of settings, such as a customer's."""
DOCUMENT_BYTES = 256 * MIB
"""The largest document that a program wrote, such as a preview or an export of state."""
SECRET_BYTES = 64 * 1024
"""The largest file that holds one key or token."""

_CHUNK = 1 * MIB
_WRITER_SECONDS = 1.0  # for somebody to open a named pipe for writing
_SILENT_SECONDS = 600.0  # of a pipe that somebody holds open
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_OPENING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileError(ConfigurationError):
    """A file cannot be used: ``source`` names it, ``reason`` is a clause, ``line`` and ``column`` count from 1 where they are known."""

    def __init__(self, source: str, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.source, self.reason, self.line, self.column = source, safe_text.one_line(reason), line, column
        super().__init__(f"{source}{f', {self.location}' if self.location else ''}: {self.reason}.")

    @property
    def location(self) -> str:
        """Line and column in words; empty where they are not known."""
        return f"line {self.line}{f', column {self.column}' if self.column else ''}" if self.line else ""

    @property
    def detail(self) -> str:
        """The reason, for a sentence that already states that the file cannot be read."""
        reason = str(self.__cause__.strerror) if isinstance(self.__cause__, OSError) else self.reason
        return f"{self.location}: {reason}" if self.location else reason


def display_path(path: Path | str) -> str:
    """A path as a message names it: on one line, with nothing that a terminal would obey."""
    return safe_text.one_line(str(path))


def read_regular_file(path: Path, *, largest: int = SETTINGS_BYTES, source: str = "") -> bytes:
    """The content of a file that a folder holds: a regular one, or a link to one.

    Args:
        path: of the file.
        largest: how many bytes it may have.
        source: how messages call it; the path where it is empty.

    Raises:
        FileError: it cannot be read, is no regular file or is too large.
    """
    return _read(path, largest, source or display_path(path), pipes=False)


def read_user_file(path: Path, *, largest: int = SETTINGS_BYTES, source: str = "") -> bytes:
    """The content of a file that a person names: a regular one, or a pipe. The arguments and errors are those of :func:`read_regular_file`."""
    return _read(path, largest, source or display_path(path), pipes=True)


def read_stream(stream: BinaryIO, *, largest: int = DOCUMENT_BYTES, source: str = "Standard input") -> bytes:
    """What arrives until the end of a stream.

    Raises:
        FileError: it cannot be read, or is too large.
    """
    try:
        data = stream.read(largest + 1)
    except OSError as problem:
        raise FileError(source, f"it cannot be read ({problem.strerror})") from problem
    return _bounded(data, largest, source)


def decode_text(data: bytes, source: str, *, utf_16: bool = False) -> str:
    """The text of a file, with unchanged line ends.

    Args:
        data: UTF-8, with or without its mark.
        source: how messages call the file.
        utf_16: UTF-16 with its mark is read too, which PowerShell writes where output is sent to a file.

    Raises:
        FileError: it is no such text; with the line.
    """
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8"
    if encoding == "utf-16" and not utf_16:
        raise FileError(source, "it is UTF-16: save it as UTF-8", 1)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        found = data.decode(encoding)
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode(encoding, "replace")
        raise FileError(source, "it is not UTF-8 text", *line_and_column(before, len(before))) from None
    return found


def line_and_column(before: str, at: int) -> tuple[int, int]:
    """Line and column of an index, from 1."""
    ends = [end.end() for end in _LINE_END.finditer(before, 0, at)]
    return len(ends) + 1, at - (ends[-1] if ends else 0) + 1


def is_file(path: Path) -> bool:
    """Whether there is a regular file, or a link to one; False where that cannot be determined, as for a name that no file can have."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether there is a folder, or a link to one; likewise."""
    return stat.S_ISDIR(_mode(path))


def exists(path: Path) -> bool:
    """Whether there is anything, be it a link that leads nowhere; likewise."""
    return bool(_mode(path, follow=False))


def _mode(path: Path, *, follow: bool = True) -> int:
    """Zero where there is nothing to be seen: ``pathlib`` raises where a folder is closed to this user or a name is too long."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0


def make_folder(path: Path) -> None:
    """A folder for what others must not read; missing ones above it are their owner's alone, too.

    Raises:
        OSError: from the operating system.
    """
    if not path.is_dir():
        if path.parent != path:
            make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that was not there, readable by its owner only: all of it, safely on disk, or none.

    Raises:
        OSError: from the operating system.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the operating system opens folders.

    Raises:
        OSError: from the operating system.
    """
    if hasattr(os, "O_DIRECTORY"):  # not on Windows
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(path: Path, largest: int, source: str, *, pipes: bool) -> bytes:
    try:
        _refuse_kind(path.stat().st_mode, source, pipes=pipes)  # before opening: to open a device may do something
        descriptor = os.open(path, _OPENING)
        try:
            mode = os.fstat(descriptor).st_mode
            _refuse_kind(mode, source, pipes=pipes)
            return _bounded(b"".join(_chunks(descriptor, largest + 1, source, is_pipe=not stat.S_ISREG(mode))), largest, source)
        finally:
            os.close(descriptor)
    except OSError as problem:
        raise FileError(source, f"it cannot be read ({problem.strerror})") from problem
    except ValueError as problem:  # a NUL in the name, or a character that names cannot have here
        raise FileError(source, "it cannot be read (no file has such a name)") from problem


def _refuse_kind(mode: int, source: str, *, pipes: bool) -> None:
    if not (stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode))):
        raise FileError(source, f"it is {_KINDS.get(stat.S_IFMT(mode), 'something else')}, where a file is expected")


def _chunks(descriptor: int, most: int, source: str, *, is_pipe: bool) -> Iterator[bytes]:
    """What the descriptor gives, never more than so many bytes."""
    has_writer = not is_pipe
    while most > 0:
        try:
            chunk = os.read(descriptor, min(_CHUNK, most))
        except BlockingIOError:
            has_writer = True
            if not _is_ready(descriptor, _SILENT_SECONDS):
                raise FileError(source, f"nothing was written to this pipe for {_SILENT_SECONDS:g} seconds") from None
            continue
        if not chunk and not has_writer:
            if not _is_ready(descriptor, _WRITER_SECONDS):
                raise FileError(source, "no process writes to this pipe")
            has_writer = True
            continue
        if not chunk:
            return
        has_writer = True
        most -= len(chunk)
        yield chunk


def _is_ready(descriptor: int, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            return True
    return False


def _bounded(data: bytes, largest: int, source: str) -> bytes:
    if len(data) > largest:
        size = f"{largest // MIB} MiB" if largest >= MIB else f"{largest // 1024} KiB"
        raise FileError(source, f"it is larger than {size}")
    return data
