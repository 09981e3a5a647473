"""How long to wait, and when to give up."""

import random
import threading
import time

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 20.0
_LONGEST_POLL = 30.0
_DEFAULT_POLL = 5.0


class Deadline:
    """The end of a time that was given for something as a whole."""

    def __init__(self, seconds: float, cancelled: threading.Event | None = None) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._cancelled = cancelled or threading.Event()

    @property
    def remaining(self) -> float:
        """Seconds until the end, never negative; none once it was cancelled."""
        return 0.0 if self.cancelled else max(0.0, self._end - time.monotonic())

    @property
    def cancelled(self) -> bool:
        """Whether the wait was cancelled."""
        return self._cancelled.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait, at most until the end; whether there is time left after it."""
        self._cancelled.wait(min(seconds, self.remaining))
        return self.remaining > 0


def poll_delay(polls: int, requested: float | None) -> float:
    """Seconds to wait before the next look at a running operation, of which there were ``polls`` already.

    Very short and very long pauses that a server requests are limited.
    """
    if requested is None:
        return float(min(_DEFAULT_POLL, 2.0 ** min(polls, 10)))
    return float(min(max(requested, min(1.0, 0.05 * 2.0 ** min(polls, 10))), _LONGEST_POLL))


def retry_delay(tries: int) -> float:
    """Seconds to wait before a request is sent again after ``tries`` failures, with jitter."""
    ceiling = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tries, 10))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311  jitter needs no secrecy
