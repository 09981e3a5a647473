"""The limit of concurrent requests: it grows while the instance answers quickly, and halves when the instance throttles.

The source documents no rate limit (docs/provisioning-api.md#a-2). We start at 4, grow while answers are quick and clean up to the configured
ceiling, and halve on 429 and 503.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_START = 4
_SLOWER = 3.0  # an answer that takes so many times the quickest one is a sign of load
_GRACE_SECONDS = 0.1  # differences below this say nothing


class Limiter:
    """A bounded, adapting number of slots. Safe to share between threads."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._limit = float(min(_START, ceiling))
        self._in_flight = 0
        self._quickest = float("inf")
        self._freed = threading.Condition()

    def lower_ceiling(self, ceiling: int) -> None:
        """Never have more slots than this."""
        with self._freed:
            self._ceiling = min(self._ceiling, ceiling)
            self._limit = min(self._limit, self._ceiling)

    @property
    def limit(self) -> int:
        """Slots there are now."""
        return int(self._limit)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a slot and hold it."""
        with self._freed:
            self._freed.wait_for(lambda: self._in_flight < int(self._limit))
            self._in_flight += 1
        try:
            yield
        finally:
            with self._freed:
                self._in_flight -= 1
                self._freed.notify_all()

    def on_success(self, seconds: float) -> None:
        """A clean answer came after so many seconds."""
        with self._freed:
            self._quickest = min(self._quickest, seconds)
            if seconds <= self._quickest * _SLOWER + _GRACE_SECONDS:
                self._limit = min(self._ceiling, self._limit + 1)
                self._freed.notify_all()

    def on_throttled(self) -> None:
        """The instance requested fewer calls (429, 503)."""
        with self._freed:
            self._limit = max(1.0, self._limit / 2)


_limiters: dict[str, Limiter] = {}
_limiters_lock = threading.Lock()


def get_limiter(instance: str, ceiling: int) -> Limiter:
    """The process's one limiter for an instance, which all who call it share; of several ceilings the lowest counts."""
    with _limiters_lock:
        limiter = _limiters.setdefault(instance, Limiter(ceiling))
        limiter.lower_ceiling(ceiling)
        return limiter
