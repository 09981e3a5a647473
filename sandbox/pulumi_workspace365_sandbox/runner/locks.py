"""One run at a time per project, and one set of servers: operating system locks, which end with their holder."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import filelock

from pulumi_workspace365_sandbox.support import input_files, private_files


class HeldError(Exception):
    """Another process holds the lock; the message says which and since when."""


@contextmanager
def hold(path: Path, purpose: str, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock for a `with` block.

    Args:
        path: the lock file; a note beside it tells others who holds it.
        purpose: what for, in that note.
        waiting: called once with the holder's description when another process holds the lock, before waiting for it.

    Raises:
        HeldError: another process holds it and `waiting` is None.
        FileError: the file cannot be locked.
    """
    lock = filelock.FileLock(path, mode=private_files.FILE, thread_local=False)
    note = path.with_suffix(".json")
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        if waiting is None:
            raise HeldError(f"{path.parent} is in use by {holder(path)}. Wait for it, or end it.") from None
        waiting(holder(path))
        lock.acquire()
    except OSError as error:
        raise input_files.FileError(path, f"it cannot be locked ({error.strerror})") from error
    try:
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        private_files.replace(note, json.dumps({"pid": os.getpid(), "purpose": purpose, "since": since}).encode())
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def holder(path: Path) -> str:
    """Who holds the lock, as far as the note tells."""
    try:
        note = input_files.json_object(path.with_suffix(".json"))
        return f"`{note['purpose']}` (process {note['pid']}, since {note['since']})"
    except (OSError, input_files.FileError, KeyError):
        return "another process that has only just started, or is just ending"
