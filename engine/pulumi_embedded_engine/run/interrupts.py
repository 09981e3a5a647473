"""Interrupts of a running operation: the first Ctrl-C ends it gracefully, a second one at once."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.run.operation import Run
from pulumi_embedded_engine.run.options import Options, RunOutcome

_INTERRUPTED = (
    "^C received; cancelling. If you would like to terminate immediately, press ^C again.\n"
    "Note that terminating immediately may lead to orphaned resources and other inconsistencies."
)


class Terminated(EngineError):
    """A person ended the operation at once: what was going on is pending in the state."""


async def interruptible(run: Run, options: Options, announce: Callable[[str], None]) -> RunOutcome:
    """Run, and listen to Ctrl-C.

    Raises:
        Terminated: it was ended at once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(run.execute(options))
    presses = 0

    def interrupt() -> None:
        nonlocal presses
        presses += 1
        announce(_INTERRUPTED if presses == 1 else "^C received; terminating")
        if presses == 1:
            run.cancel()
        else:
            run.abort()

    with _handling(loop, interrupt, lambda: presses > 1):
        try:
            return await task
        except asyncio.CancelledError:
            raise Terminated("update cancelled") from None


@contextlib.contextmanager
def _handling(loop: asyncio.AbstractEventLoop, interrupt: Callable[[], None], is_ended: Callable[[], bool]) -> Iterator[None]:
    """Handle signals; what is left to do once an operation was ended at once, which is to store what it did, ignores further ones."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    try:
        for kind in signals:
            loop.add_signal_handler(kind, interrupt)
    except (RuntimeError, ValueError):
        yield  # not the main thread: whoever runs it handles signals
        return
    try:
        yield
    finally:
        for kind in signals:
            loop.remove_signal_handler(kind)
            if is_ended():
                signal.signal(kind, signal.SIG_IGN)
