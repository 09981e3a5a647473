"""The journal's file: one record per line, complete or absent, appended by several processes and compacted when most records are settled.

Whoever writes holds the lock beside the file; whoever only reads does not: what is not yet whole at the end is left for later.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from pulumi_workspace365 import errors
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.lifecycle.journal_records import InvalidRecordError, Record, decode, encode

if TYPE_CHECKING:
    from filelock import FileLock

_LOCK_SECONDS, _LOCK_SECONDS_AGAIN = 30.0, 1.0
"""How long the lock is waited for; and how long after that was in vain once: a run with a hundred creates must not wait so long for each."""
_POLL_SECONDS = 0.005
_MODE = 0o600
_HEAD = 64
_COMMON = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe must not be waited for
_READ = os.O_RDONLY | _COMMON
_WRITE = os.O_RDWR | os.O_APPEND | _COMMON


class Line(NamedTuple):
    """A complete line: its number and its record; the record is ``None`` where the line has a right checksum and no valid record."""

    number: int
    record: Record | None


class JournalFile:
    """One process's view of the file. Not safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        """Records that could not be read, since the file was read from its beginning."""
        self._place: tuple[int, int, bytes] | None = None
        self._offset = self._lines = 0
        self._lock: FileLock | None = None
        self._is_kept = False

    @property
    def size(self) -> int:
        """Bytes read so far."""
        return self._offset

    def read(self) -> tuple[bool, list[Line]]:
        """The lines that were added since the last call, and whether they replace all that was read before.

        Raises:
            errors.ConfigurationError: the file is not one that can be read, not ours, or no journal.
        """
        with self._accessing("read"):
            try:
                descriptor = os.open(self.path, _READ)
            except FileNotFoundError:
                is_gone = self._place is not None
                self._place, self._offset, self._lines, self.damaged = None, 0, 0, 0
                return is_gone, []
            try:
                return self._read(descriptor)
            finally:
                os.close(descriptor)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from writing.

        Raises:
            errors.ConfigurationError: the lock cannot be acquired.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415  half of what a preview, which locks nothing, would import

        with self._accessing("written"):
            input_files.make_folder(self.path.parent)
            self._lock = self._lock or FileLock(f"{self.path}.lock", mode=_MODE)
            try:
                self._lock.acquire(timeout=_LOCK_SECONDS_AGAIN if self._is_kept else _LOCK_SECONDS, poll_interval=_POLL_SECONDS)
                self._is_kept = False
            except Timeout as problem:
                self._is_kept = True
                raise errors.ConfigurationError(
                    f"The journal of creates, {self.path}, is locked by another process, and has been for {_LOCK_SECONDS:g} s; no create is "
                    "sent without it. End that process and run it again, or name another file with W365_JOURNAL."
                ) from problem
        try:
            yield
        finally:
            with suppress(OSError):  # it ends with the process
                self._lock.release()

    @contextmanager
    def try_lock(self, key: str, seconds: float) -> Iterator[bool]:
        """Hold the lock of ``key``, which excludes other processes. Yields whether it was acquired within so many seconds.

        Raises:
            errors.ConfigurationError: there can be no lock.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415  as above

        with self._accessing("written"):
            folder = self.path.with_name(self.path.name + ".locks")
            input_files.make_folder(folder)
            lock = FileLock(folder / key, mode=_MODE)
            try:
                lock.acquire(timeout=seconds)
            except Timeout:
                is_held = False
            else:
                is_held = True
        try:
            yield is_held
        finally:
            with suppress(OSError):
                lock.release()

    def append(self, records: Sequence[Record]) -> None:
        """Add records, which are on disk when this returns. Only while locked, and when everything was read.

        Raises:
            errors.ConfigurationError: they could not be written, and none of them counts.
        """
        with self._accessing("written"):
            descriptor, is_new = self._open()
            try:
                size = os.fstat(descriptor).st_size
                data = b"".join(map(encode, records))
                if size and _at(descriptor, size - 1, 1) != b"\n":
                    data = b"\n" + data  # what a killed process left torn keeps its line to itself
                try:
                    _write(descriptor, data)
                except OSError:
                    with suppress(OSError):
                        os.ftruncate(descriptor, size)
                    raise
                if is_new:
                    input_files.sync_folder(self.path.parent)
                if self._offset == size or data[:1] == b"\n":
                    self._place, self._offset = _place(descriptor), size + len(data)
                    self._lines += data.count(b"\n")
            finally:
                os.close(descriptor)

    def rewrite(self, records: Sequence[Record]) -> bool:
        """Put these records in the place of all others, whatever happens meanwhile; whether that was worth it and possible."""
        # The first bytes tell this file from all others, also where the file system gives a number again.
        data = b"".join(map(encode, [{"event": "rewritten", "id": token_hex(8)}, *records]))
        if len(data) > self._offset / 2:
            return False
        new = Path(f"{self.path}.new")
        try:
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _COMMON, _MODE)
            try:
                _own_mode(descriptor)
                _write(descriptor, data)
                place = _place(descriptor, data)
            finally:
                os.close(descriptor)
            new.replace(self.path)
            self._place, self._offset, self._lines, self.damaged = place, len(data), data.count(b"\n"), 0
            input_files.sync_folder(self.path.parent)
        except OSError:  # no room for two: the file that is there serves as well
            with suppress(OSError):
                new.unlink(missing_ok=True)
            return False
        return True

    def _open(self) -> tuple[int, bool]:
        try:
            descriptor, is_new = os.open(self.path, _WRITE), False
        except FileNotFoundError:
            descriptor, is_new = os.open(self.path, _WRITE | os.O_CREAT | os.O_EXCL, _MODE), True
        try:
            self._check(os.fstat(descriptor))
            _own_mode(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor, is_new

    def _read(self, descriptor: int) -> tuple[bool, list[Line]]:
        status = os.fstat(descriptor)
        self._check(status)
        head = _at(descriptor, 0, len(self._place[2]) if self._place else _HEAD)
        is_same = (status.st_dev, status.st_ino, head) == self._place and status.st_size >= self._offset
        lines = self._read_on(descriptor, status.st_size) if is_same else None
        if lines is not None:
            return False, lines
        self._offset, self._lines, self.damaged = 0, 0, 0
        lines = self._read_on(descriptor, status.st_size, is_beginning=True) or []
        if self.damaged and not lines:
            raise self._unusable("holds something else: none of its lines is a record")
        return True, lines

    def _read_on(self, descriptor: int, size: int, *, is_beginning: bool = False) -> list[Line] | None:
        """What follows; ``None`` where that is no continuation of what was read before."""
        data = _at(descriptor, self._offset, size - self._offset)
        whole, damaged = data[: data.rfind(b"\n") + 1], self.damaged
        lines = list(self._decoded(whole))
        if self.damaged > damaged and not is_beginning:
            return None
        self._place = _place(descriptor)
        self._offset += len(whole)
        self._lines += whole.count(b"\n")
        return lines

    def _decoded(self, data: bytes) -> Iterator[Line]:
        for number, line in enumerate(data.split(b"\n"), self._lines + 1):
            if line:
                try:
                    yield Line(number, decode(line))
                except InvalidRecordError:
                    yield Line(number, None)
                except ValueError:
                    self.damaged += 1

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise self._unusable("is a folder" if stat.S_ISDIR(status.st_mode) else "is not a regular file")
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            raise self._unusable(f"belongs to another user (uid {status.st_uid})")

    @contextmanager
    def _accessing(self, done: str) -> Iterator[None]:
        try:
            yield
        except (OSError, NotImplementedError) as problem:
            raise self._unusable(f"cannot be {done} ({self._reason(problem)})") from problem

    def _reason(self, problem: OSError | NotImplementedError) -> str:
        if not isinstance(problem, OSError) or not problem.strerror:
            return type(problem).__name__
        place = str(problem.filename or self.path)
        return problem.strerror if place == str(self.path) else f"{problem.strerror}: {place}"

    def _unusable(self, why: str) -> errors.ConfigurationError:
        return errors.ConfigurationError(
            f"The journal of creates, {self.path}, {why}; no create is sent without it. Correct that, or set W365_JOURNAL to another file."
        )


def _at(descriptor: int, offset: int, length: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    pieces = []
    while length > 0 and (piece := os.read(descriptor, length)):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _place(descriptor: int, head: bytes | None = None) -> tuple[int, int, bytes]:
    """What tells the file from one that takes its place."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, _at(descriptor, 0, _HEAD) if head is None else head[:_HEAD]


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _own_mode(descriptor: int) -> None:
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(descriptor).st_mode) != _MODE:
        os.fchmod(descriptor, _MODE)
