"""Ctrl-C and SIGTERM during a rollout: the first lets running stacks end, the second leaves them to themselves."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether somebody asked to stop; installed in the main thread while used as a context manager."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._former: dict[signal.Signals, Any] = {}

    @property
    def is_requested(self) -> bool:
        """Whether no further stack may start."""
        return self._requested.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait, at most that long; whether it was requested."""
        return self._requested.wait(seconds)

    def __enter__(self) -> Self:
        self._former = {number: signal.signal(number, self._request) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _request(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  the handler's signature
        if self._requested.is_set():
            raise KeyboardInterrupt
        self._requested.set()
