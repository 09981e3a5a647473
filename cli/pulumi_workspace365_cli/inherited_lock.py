"""A lock that a command hands on to the processes that it starts: held while any of them lives, also after the command was killed."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ModuleNotFoundError:  # on Windows, where no lock can be handed on
    fcntl = None  # type: ignore[assignment]


_POLL_SECONDS = 0.1


@contextmanager
def hold(lock: Path) -> Iterator[tuple[int, ...]]:
    """Hold a lock; yields the file descriptors that a process has to inherit to hold it too."""
    if fcntl is None:
        yield ()
        return
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield (descriptor,)
    finally:
        os.close(descriptor)


def is_held(lock: Path) -> bool:
    """Whether a process holds a lock."""
    if fcntl is None:
        return False
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def await_release(lock: Path, seconds: float) -> bool:
    """Wait until nobody holds a lock; whether that came to pass within so many seconds."""
    ends = time.monotonic() + seconds
    while is_held(lock):
        if time.monotonic() > ends:
            return False
        time.sleep(_POLL_SECONDS)
    return True
