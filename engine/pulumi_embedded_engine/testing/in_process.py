"""Runs the engine in a test's process, beside its event loop."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pulumi_embedded_engine.testing import leaks

_T = TypeVar("_T")


@contextlib.contextmanager
def process_mark(mark: str) -> Iterator[None]:
    """Let the processes that are started meanwhile carry a mark."""
    former = os.environ.get(leaks.MARK)
    os.environ[leaks.MARK] = mark
    try:
        yield
    finally:
        if former is None:
            del os.environ[leaks.MARK]
        else:
            os.environ[leaks.MARK] = former


def run_in_thread(call: Callable[[], _T]) -> _T:
    """Run the engine, which has its own event loop; in a thread if the test runs in an event loop."""
    if not _is_in_event_loop():
        return call()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def _is_in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
