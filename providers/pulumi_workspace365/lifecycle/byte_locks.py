"""Locks that several processes of one user see: each is one byte of a file that stays empty. They end with the process, however it ends."""

import hashlib
import os
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pulumi_workspace365.documents import input_files

_MODE = 0o600
_OFFSET_BYTES = 6
"""Offsets below 2**48: no two names that are in use at once have the same."""


class ByteLocks:
    """The locks of one file. Thread-safe; a process opens a file only once, since closing it ends all locks.

    Every method raises ``OSError`` where the file cannot be opened or the file system has no locks.

    Args:
        path: the file, made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._mutex = threading.Lock()

    def share(self, name: str) -> None:
        """Hold a lock, which other processes may hold too (on Windows: unless another process holds it)."""
        with self._mutex, suppress(BlockingIOError, PermissionError):
            _lock(self._descriptor(), _offset(name), shared=True)

    def release(self, names: Iterable[str]) -> None:
        """Hold some locks no more."""
        with self._mutex:
            for name in names:
                _unlock(self._descriptor(), _offset(name))

    def is_held_elsewhere(self, name: str) -> bool:
        """Whether another process holds the lock; this one does not any more."""
        with self._mutex:
            descriptor, offset = self._descriptor(), _offset(name)
            _unlock(descriptor, offset)
            try:
                _lock(descriptor, offset, shared=False)
            except (BlockingIOError, PermissionError):
                return True
            _unlock(descriptor, offset)
            return False

    def _descriptor(self) -> int:
        if self._file is None:
            input_files.make_folder(self.path.parent)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)  # a pipe must not be waited for
            self._file = os.open(self.path, flags, _MODE)
        return self._file


def _offset(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:_OFFSET_BYTES], "big")


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, offset: int, *, shared: bool) -> None:  # noqa: ARG001  Windows has exclusive locks here
        os.lseek(descriptor, offset, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int, offset: int) -> None:
        os.lseek(descriptor, offset, os.SEEK_SET)
        with suppress(OSError):  # it was not held
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int, offset: int, *, shared: bool) -> None:
        fcntl.lockf(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB, 1, offset)

    def _unlock(descriptor: int, offset: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, offset)
