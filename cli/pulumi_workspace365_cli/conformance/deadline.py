"""When a run stops: at its deadline, or at a signal."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

_T = TypeVar("_T")
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class StoppedError(Exception):
    """The tests stop, because of a signal or the deadline; what was created is removed."""


class RunDeadline:
    """When the tests stop: at the deadline, or at a signal. The current call is completed first."""

    def __init__(self, seconds: float) -> None:
        self.interrupted = False
        self.seconds = seconds
        self._until = time.monotonic() + seconds
        self._stopped = threading.Event()

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self._until - time.monotonic())

    def start(self) -> None:
        """Restart the time limit."""
        self._until = time.monotonic() + self.seconds

    def check(self) -> None:
        """Check that the run may continue.

        Raises:
            StoppedError: it was interrupted, or the deadline has passed.
        """
        if self.interrupted:
            raise StoppedError("The run was interrupted.")
        if not self.remaining:
            raise StoppedError("The deadline (--deadline) was reached.")

    def pause(self, seconds: float) -> None:
        """Wait, at most until the deadline.

        Raises:
            StoppedError: the run was interrupted, or the deadline has passed.
        """
        self._stopped.wait(min(seconds, self.remaining))
        self.check()

    def poll(
        self, fetch: Callable[[], _T], is_done: Callable[[_T], bool], timeout: float, since: float | None = None
    ) -> tuple[_T, float | None]:
        """Poll until the value is as expected, or the timeout expires.

        Args:
            fetch: reads the current value.
            is_done: whether the value is as expected.
            timeout: seconds.
            since: start of the timeout (``time.monotonic()``); now if omitted.

        Returns:
            The last value, and the seconds until it was as expected: zero if the first one was, ``None`` if none was.

        Raises:
            StoppedError: the run was interrupted, or the deadline has passed.
        """
        began, pause, first = since or time.monotonic(), _FIRST_PAUSE_SECONDS, True
        while True:
            value = fetch()
            passed = time.monotonic() - began
            if is_done(value):
                return value, 0.0 if first else passed
            first = False
            if passed + pause > timeout:
                return value, None
            self.pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    @contextmanager
    def stop_on_signals(self, on_signal: Callable[[], None]) -> Iterator[None]:
        """In the block, Ctrl-C and termination signals stop the tests instead of the process; ``on_signal`` is called for each."""

        def stop(_number: int, _frame: Any) -> None:
            self.interrupted = True
            self._stopped.set()
            on_signal()

        heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # as nohup leaves SIGHUP
        before = {number: signal.signal(number, stop) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler or signal.SIG_DFL)
