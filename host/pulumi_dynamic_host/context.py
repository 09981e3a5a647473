"""What a provider can read about the current call. On the SDK's own host every attribute has its default."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Connection:
    """An engine's connection, over which it does one operation with one provider resource: where a host serves one engine, the process.

    ``began`` and ``fresh_since`` are moments of ``time.monotonic()``: when the engine connected, and before which nothing may have been read
    that it relies on. Where a host serves several engines, those of one wave share what one of them has read, and those of two waves do not.
    """

    began: float = 0.0
    fresh_since: float = 0.0
    log: Any = None


_process = Connection()


@dataclass(eq=False)
class Call:
    """One call of the engine.

    ``timeout`` is the resource's ``custom_timeouts`` for this operation in seconds, None where none is set. ``cancelled`` is set when
    the person asked the engine to stop, or the engine is gone: a long wait may then end early, with an error or an incomplete result.
    ``package`` is the top-level package of the provider that answers. ``hosted`` means that this host runs the provider, so that incomplete results are recorded.
    ``run`` is the same in all provider processes of one run of the engine, and in no other run at the same time.
    ``connection`` is the engine's connection over which the call came.
    """

    operation: str = ""
    urn: str = ""
    timeout: float | None = None
    preview: bool = False
    package: str = ""
    hosted: bool = False
    run: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)
    grace_period_end: float = 0.0
    connection: Connection = _process

    @contextmanager
    def request_grace_period(self, seconds: float) -> Iterator[None]:
        """Ask for up to so many seconds to finish what must not be torn (a request that was sent), should the engine be killed."""
        before, self.grace_period_end = self.grace_period_end, time.monotonic() + seconds
        try:
            yield
        finally:
            self.grace_period_end = before


_current: ContextVar[Call | None] = ContextVar("pulumi_dynamic_host_call", default=None)


def current() -> Call:
    """The call that this thread answers; a resting one outside of calls and on other hosts."""
    return _current.get() or Call()


def process_connection() -> Connection:
    """The connection of a process that serves one engine, and of what happens outside of calls."""
    return _process


@contextmanager
def set_current(call: Call) -> Iterator[None]:
    """Make ``call`` the current one. For hosts."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)
