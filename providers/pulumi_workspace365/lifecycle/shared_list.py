"""The list of one instance with our own writes since, read when somebody needs a newer one. Many waiters share one call."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_workspace365 import errors
from pulumi_workspace365.lifecycle.environment_snapshot import EnvironmentSnapshot

if TYPE_CHECKING:
    from pulumi_workspace365.api.models import EnvironmentEntry, EnvironmentList

_RESTS = 2
"""After a list, so many times as long as it took pass before the next: who comes meanwhile is served by that one too."""
_SHORTEST_REST_SECONDS = 0.05
"""Rests longer than this end once no write is on its way any more: nobody will come whom they would serve."""


class SharedList:
    """The list of one instance, as one key shows it. Thread-safe. Moments are those of ``time.monotonic()``."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._snapshot: EnvironmentSnapshot | None = None
        self._began = 0.0
        self._fetching = False
        self._rested_at = 0.0
        self._writing = self._begun = 0
        self._failure: tuple[float, errors.W365Error] | None = None
        self._writes: list[tuple[float, str, EnvironmentEntry | None]] = []

    def read(self, fetch: "Callable[[], EnvironmentList]", *, since: float, failed_since: float) -> EnvironmentSnapshot:
        """A list whose reading began at ``since`` or later; one call serves all who wait for it.

        Args:
            fetch: reads the list.
            since: the oldest list that will do.
            failed_since: the oldest failure that counts instead of a call: it was tried often enough for all who ask.

        Raises:
            errors.W365Error: it cannot be read.
        """
        with self._changed:
            while not (self._snapshot and self._began >= since):
                if self._failure and self._failure[0] >= failed_since:
                    raise type(self._failure[1])(*self._failure[1].args)
                if not self._fetching:
                    self._fetching = True
                    break
                self._changed.wait()
            else:
                return self._snapshot
        return self._fetch(fetch)

    def names(self, snapshot: EnvironmentSnapshot) -> set[str]:
        """What is there by a list and by our own writes since; what cannot be read of it too."""
        with self._changed:
            return {*snapshot.entries, *(entry.label for entry in snapshot.unreadable)}

    @contextmanager
    def track_write(self) -> Iterator[None]:
        """Track a write whose effect will be read from the list."""
        with self._changed:
            self._writing += 1
            self._begun += 1
        try:
            yield
        finally:
            with self._changed:
                self._writing -= 1
                self._changed.notify_all()

    def note(self, name: str, entry: "EnvironmentEntry | None") -> None:
        """A write of this process made the environment so, or removed it."""
        with self._changed:
            self._writes.append((time.monotonic(), name, entry))
            if self._snapshot:
                self._snapshot.put(name, entry)

    def _rest(self) -> None:
        with self._changed:
            is_alone, self._begun = self._begun == 1, self._writing
        if is_alone:  # since the last list there was one write: no others are on their way
            return
        time.sleep(min(max(0.0, self._rested_at - time.monotonic()), _SHORTEST_REST_SECONDS))
        with self._changed:
            self._changed.wait_for(lambda: not self._writing, max(0.0, self._rested_at - time.monotonic()))

    def _fetch(self, fetch: "Callable[[], EnvironmentList]") -> EnvironmentSnapshot:
        self._rest()
        began, read_at, snapshot = time.monotonic(), datetime.now(UTC), None
        try:
            snapshot = EnvironmentSnapshot(fetch(), read_at)
        except errors.W365Error as failure:
            self._failure = (began, failure)
            raise
        finally:
            with self._changed:
                self._fetching = False
                now = time.monotonic()
                self._rested_at = now + _RESTS * (now - began)
                if snapshot:
                    self._install(snapshot, began)
                self._changed.notify_all()
        return snapshot

    def _install(self, snapshot: EnvironmentSnapshot, began: float) -> None:
        self._writes = [write for write in self._writes if write[0] >= began]
        for _, name, entry in self._writes:
            snapshot.put(name, entry)  # the list may have been read before this write took place
        self._snapshot, self._began = snapshot, began
