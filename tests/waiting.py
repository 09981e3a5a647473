"""Waiting for what other processes do: for the condition, never for a time. Limits are for what never comes, on however slow a machine."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

LONGEST = 60
"""Seconds after which something will not come any more."""


def wait_for(condition: Callable[[], object], seconds: float = LONGEST) -> None:
    """Until it holds. Raises AssertionError when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs, a zombie not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:  # gone, perhaps between opening and reading
        return False


def wait_until_gone(pid: int) -> None:
    """Until a process has ended. Raises AssertionError when it does not."""
    wait_for(lambda: not is_alive(pid))
