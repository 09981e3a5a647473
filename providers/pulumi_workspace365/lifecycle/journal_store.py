"""The journal's state, kept up to date with its file; in memory alone where there is no file."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from pulumi_workspace365 import errors
from pulumi_workspace365.lifecycle.journal_file import JournalFile, Line
from pulumi_workspace365.lifecycle.journal_records import Record
from pulumi_workspace365.lifecycle.journal_state import JournalState

log = logging.getLogger("pulumi_workspace365")

_SMALL = 64 * 1024
"""Bytes up to which the file is never rewritten."""


class JournalStore:
    """The state that a file's records describe. Not safe to share between threads.

    Args:
        path: the file; ``None`` for records that end with the process.

    Attributes:
        state: as it was read last.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = JournalFile(Path(os.path.realpath(path))) if path else None
        self.state = JournalState()
        self._rewrite_at = _SMALL
        self._unreadable = ""
        self._warned: set[str] = set()

    def lock(self) -> AbstractContextManager[None]:
        """Keep other processes from writing, as ``JournalFile.lock``."""
        return self._file.lock() if self._file else nullcontext()

    @contextmanager
    def try_lock(self, key: str, seconds: float) -> Iterator[bool]:
        """Hold the lock of ``key``, as ``JournalFile.try_lock``; without a file there is no other process to exclude."""
        if self._file is None:
            yield True
            return
        with self._file.try_lock(key, seconds) as is_held:
            yield is_held

    def read(self) -> JournalState:
        """The state of the file as it is now. A warning is logged once where a line of it cannot be read.

        Raises:
            errors.ConfigurationError: the file cannot be read.
        """
        if self._file:
            is_anew, lines = self._file.read()
            if is_anew:
                self.state, self._unreadable = JournalState(), ""
            for line in lines:
                self._apply(line)
            if self._unreadable:
                self._warn("line", self._unreadable)
            if self._file.damaged:
                self._warn(
                    "damage",
                    f"the journal of creates, {self._path}, holds {self._file.damaged} damaged records, which are passed over: what an "
                    "interrupted run created may be known by its name only",
                )
        return self.state

    def require_readable(self) -> None:
        """Refuse to go on where a complete line cannot be interpreted, because it may record a create.

        Raises:
            errors.ConfigurationError: there is such a line.
        """
        if self._unreadable:
            raise errors.ConfigurationError(self._unreadable)

    def append(self, records: Sequence[Record]) -> None:
        """Add records, which are on disk when this returns. Only while locked, and after `read`.

        Raises:
            errors.ConfigurationError: they could not be written, and none of them counts.
        """
        if self._file and records:
            self._require_interpretable(records)
            self._file.append(records)
        for record in records:
            self.state.apply(record)
        self._compact()

    def _require_interpretable(self, records: Sequence[Record]) -> None:
        """What could not be read again would stop every later create."""
        state = JournalState()
        try:
            for record in records:
                state.apply(record)
        except ValueError as problem:
            raise errors.ConfigurationError(
                f"A record could not be added to the journal of creates, {self._path}, because it could not be read again: {problem}. Is the clock of "
                "this machine right?"
            ) from problem

    def _compact(self) -> None:
        if self._file and self._file.size > self._rewrite_at and not self._unreadable:
            self._file.rewrite(self.state.records(datetime.now(UTC)))
            self._rewrite_at = max(_SMALL, 2 * self._file.size)

    def _apply(self, line: Line) -> None:
        why = "it is no record"
        try:
            if line.record is not None:
                self.state.apply(line.record)
                return
        except ValueError as problem:
            why = str(problem)
        self._unreadable = self._unreadable or (
            f"Line {line.number} of the journal of creates, {self._path}, is complete but cannot be read ({why}), and may record an "
            "interrupted create, so no create is sent. Use the version that wrote it, or correct or remove that line once you know what it means; "
            "to use another file, set W365_JOURNAL."
        )

    def _warn(self, kind: str, text: str) -> None:
        """Log a warning once in the life of a process."""
        if kind not in self._warned:
            self._warned.add(kind)
            log.warning("%s", text)
