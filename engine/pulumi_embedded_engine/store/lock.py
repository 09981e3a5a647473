"""Excludes other engines from a stack: other embedded engines by an operating system lock, the Pulumi CLI by its lock files.

The CLI takes a stack by writing a file of its own below ``.pulumi/locks/organization/<project>/<stack>/`` and refuses while
any other file is there (Pulumi's pkg/backend/diy/lock.go). A file that an embedded engine left when it died is recognised:
its name says so, and whoever holds the operating system lock knows that its owner is gone.
"""

import contextlib
import datetime as dt
import getpass
import json
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import LockedError, accessing
from pulumi_embedded_engine.store.files import PRIVATE, discard, entries, make_folder, write_atomically

if TYPE_CHECKING:
    import filelock

_OURS = "embedded-"


@contextlib.contextmanager
def acquire(lock_file: Path, folder: Path, stack: str) -> Iterator[None]:
    """Hold a stack.

    Args:
        lock_file: the operating system lock, apart from the CLI's files.
        folder: where the CLI keeps the stack's lock files.
        stack: how messages call the stack.

    Raises:
        LockedError: another process holds the lock; contains the owner, the time and a remedy.
    """
    with accessing(lock_file):
        make_folder(lock_file.parent)
        os_lock = _acquire(lock_file)
    if not os_lock:
        raise LockedError(_locked(stack, _others(folder)))
    try:
        with _lock_file(folder, stack):
            yield
    finally:
        os_lock.release()


def _acquire(lock_file: Path) -> "filelock.BaseFileLock | None":
    """The operating system lock; None where another process holds it."""
    import filelock  # noqa: PLC0415  a preview locks nothing

    os_lock = filelock.FileLock(lock_file, mode=PRIVATE)
    try:
        os_lock.acquire(blocking=False)
    except filelock.Timeout:
        return None
    return os_lock


@contextlib.contextmanager
def _lock_file(folder: Path, stack: str) -> Iterator[None]:
    with accessing(folder):
        _remove_left_behind(folder)
    _refuse_others(folder, stack)
    own = folder / f"{_OURS}{uuid.uuid4()}.json"
    with accessing(own):
        write_atomically(own, json.dumps(_owner()).encode())
    try:
        _refuse_others(folder, stack, own)  # a CLI that looked before ours was there refuses when it looks again
        yield
    except BaseException:
        discard(own)  # if it stays, the next run removes it
        raise
    with accessing(own):
        own.unlink(missing_ok=True)


def _owner() -> dict[str, Any]:
    timestamp = dt.datetime.now().astimezone().isoformat()
    return {"pid": os.getpid(), "username": _user(), "hostname": socket.gethostname(), "timestamp": timestamp}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _remove_left_behind(folder: Path) -> None:
    for temporary in entries(folder):
        if temporary.name.startswith(f".{_OURS}") and temporary.suffix == ".tmp":
            temporary.unlink(missing_ok=True)
    for path, owner in _others(folder):
        if path.name.startswith(_OURS) and owner.get("hostname") == socket.gethostname():
            path.unlink(missing_ok=True)


def _refuse_others(folder: Path, stack: str, own: Path | None = None) -> None:
    others = [(path, owner) for path, owner in _others(folder) if path != own]
    if others:
        raise LockedError(_locked(stack, others))


def _others(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    return [(path, _read(path)) for path in entries(folder) if path.suffix == ".json"]


def _read(path: Path) -> dict[str, Any]:
    """Who wrote a lock file; empty if it is gone or half written."""
    try:
        owner = input_files.parse_json(input_files.read_regular_file(path, largest=input_files.SECRET_BYTES), str(path))
    except input_files.FileError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _locked(stack: str, others: list[tuple[Path, dict[str, Any]]]) -> str:
    owners = "; ".join(_describe(path, owner) for path, owner in others) or "another process on this machine"
    return (
        f"the stack {stack} is locked by {owners}: wait until it ends; if it is no longer running, "
        "`pulumi cancel` or deleting the lock file releases the stack"
    )


def _describe(path: Path, owner: dict[str, Any]) -> str:
    if not owner:
        return f"{path} (unreadable)"
    who = f"{owner.get('username')}@{owner.get('hostname')} (pid {owner.get('pid')}) since {owner.get('timestamp')}"
    return f"{who}, lock file {path}"
