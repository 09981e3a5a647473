"""An event loop for each thread that answers calls: providers get it from ``asyncio``, and outputs need one.

A thread keeps its loop from call to call, so that what a provider has opened on it stays usable.
"""

import asyncio
import threading
import warnings
from collections.abc import Awaitable
from typing import Any

_LONGEST = 600.0  # seconds for an output that nothing resolves: the resource exists and has to be recorded
_threads = threading.local()


def install() -> None:
    """Give every thread an event loop on demand, also after ``asyncio.run``, which removes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # policies go with Python 3.16

        class Policy(type(asyncio.get_event_loop_policy())):  # type: ignore[misc]  # whichever class it is
            def get_event_loop(self) -> asyncio.AbstractEventLoop:
                try:
                    loop: asyncio.AbstractEventLoop = super().get_event_loop()
                except RuntimeError:
                    loop = _of_this_thread()
                return loop

        asyncio.set_event_loop_policy(Policy())


def set_thread_loop() -> None:
    """Make this thread's own loop the current one."""
    _of_this_thread()


def run(awaitable: Awaitable[Any], seconds: float | None = None) -> Any:
    """Wait for a coroutine or a future, which may belong to a loop that is closed if it is done.

    Raises:
        TimeoutError: it took longer than ``seconds``.
    """
    return _of_this_thread().run_until_complete(asyncio.wait_for(_awaited(awaitable), seconds))


def resolve(awaitable: Awaitable[Any]) -> Any:
    """Wait for a value among a provider's outputs.

    Raises:
        TimeoutError: it is not there after ten minutes.
        ValueError: it was given up, as ``asyncio.run`` does with what is not done at its end.
    """
    try:
        return run(awaitable, _LONGEST)
    except asyncio.CancelledError as problem:
        raise ValueError("cancelled before it had a value") from problem


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _of_this_thread() -> asyncio.AbstractEventLoop:
    loop: asyncio.AbstractEventLoop | None = getattr(_threads, "loop", None)
    if loop is None or loop.is_closed():
        loop = _threads.loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop
