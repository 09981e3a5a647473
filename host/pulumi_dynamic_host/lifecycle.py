"""Tracks running calls and decides when the host ends: never during a call, never long after its engine."""

import asyncio
import os
import signal
import sys
import time
from typing import Any

from pulumi_dynamic_host.context import Call
from pulumi_dynamic_host.engine_process import Engine

_POLL = 0.5  # seconds between looks at the engine's process
_QUIET = 0.5  # seconds without a call after which an interrupted host ends, although nobody said that the engine is closing
_INTERRUPTS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
"""On Windows the engine ends its plugins with Ctrl-Break."""


class Calls:
    """The calls in progress of one engine, which are also among those of the process. Lives on the server's event loop."""

    def __init__(self, of_process: "Calls | None" = None) -> None:
        self._calls: set[Call] = set()
        self._of_process = of_process

    def __bool__(self) -> bool:
        """Whether a call is in progress."""
        return bool(self._calls)

    def begin(self, call: Call) -> None:
        """A call began."""
        self._calls.add(call)
        if self._of_process is not None:
            self._of_process.begin(call)

    def end(self, call: Call) -> None:
        """A call ended."""
        self._calls.discard(call)
        if self._of_process is not None:
            self._of_process.end(call)

    def cancel(self) -> None:
        """The engine is closing or was interrupted: calls in progress are notified, and finish."""
        for call in self._calls:
            call.cancelled.set()

    @property
    def grace_period_end(self) -> float:
        """The latest moment to which one of them asked to go on without an engine."""
        return max((call.grace_period_end for call in self._calls), default=0.0)


class RunningCalls(Calls):
    """The calls in progress and the reasons to end.

    Interrupts (Ctrl-C reaches the whole process group; the engine ends its plugins with one) and SIGTERM let calls finish. When the
    engine's process is gone, calls get ``orphan_seconds``, longer if they hold on.
    """

    def __init__(self, engine: Engine, orphan_seconds: float) -> None:
        super().__init__()
        self._engine = engine
        self._orphan_seconds = orphan_seconds
        self._closing = False
        self._interrupted = False
        self._orphaned_at: float | None = None
        self._last_end = time.monotonic()
        self._changed = asyncio.Event()

    def end(self, call: Call) -> None:
        super().end(call)
        self._last_end = time.monotonic()
        self._changed.set()

    def cancel(self) -> None:
        super().cancel()
        self._closing = True
        self._changed.set()

    async def wait_until_done(self) -> bool:
        """Wait until the host should end; whether calls are still running then, which no engine waits for."""
        self._last_end = time.monotonic()  # calls are answered from now on
        while not self._finished():
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), _POLL)
            except TimeoutError:
                continue
        return bool(self._calls)

    def handle_interrupts(self) -> None:
        """Note interrupts from now on. Before this, one ends the process with a traceback."""
        loop = asyncio.get_running_loop()

        def interrupt(*_: Any) -> None:
            loop.call_soon_threadsafe(self._interrupt)

        for number in _INTERRUPTS:
            try:
                loop.add_signal_handler(number, self._interrupt)
            except NotImplementedError:  # on Windows
                signal.signal(number, interrupt)

    def _interrupt(self) -> None:
        self._interrupted = True
        self._changed.set()

    def _finished(self) -> bool:
        now = time.monotonic()
        if self._orphaned_at is None and self._engine.has_ended():
            self._orphaned_at = now
            detach_output()
            self.cancel()
        if not self._calls:
            return self._orphaned_at is not None or (self._interrupted and (self._closing or now - self._last_end > _QUIET))
        if self._orphaned_at is None:
            return False
        return now > max(self._orphaned_at + self._orphan_seconds, self.grace_period_end)


def detach_output() -> None:
    """Nobody reads the pipes any more: what a finishing call prints must not break it."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  a file descriptor is needed
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                os.dup2(nowhere.fileno(), stream.fileno())
