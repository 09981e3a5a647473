"""Which environments the program of this run declares, so that none of them is deleted on behalf of another resource.

A resource that gets another name, parent or class in the program is a new one to the engine: the new one adopts the environment, then the
former one is deleted, perhaps in another provider process. The processes of a run see each other's claims as locks on a file.
"""

import errno
import os
import re
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Literal, NamedTuple
from weakref import WeakKeyDictionary

from pulumi_dynamic_host import context
from pulumi_workspace365 import errors
from pulumi_workspace365.lifecycle.byte_locks import ByteLocks
from pulumi_workspace365.lifecycle.journal import default_folder

_FILE = "claims.lock"
_ADDRESS = re.compile(r"127\.0\.0\.1:\d{1,5}")


class Claim(NamedTuple):
    """A claim to an environment: by a resource that has it, by one whose create adopted it in this run, or by one that is to have it."""

    kind: Literal["declared", "adopted", "wanted"]
    instance: str
    name: str


class Claims:
    """The claims of one run in this process, and through the locks those of others. Thread-safe. The locks end with the object.

    Args:
        run: what tells the run from others; empty where there is no other process to see.
        locks: opens the locks.
    """

    def __init__(self, run: str, locks: Callable[[], ByteLocks]) -> None:
        self._run, self._locks = run, locks
        self._mutex = threading.Lock()
        self._owners: dict[Claim, set[str]] = {}
        self._held: list[str] = []
        weakref.finalize(self, _release, locks, self._held).atexit = False  # the process's end releases all

    def add(self, claim: Claim, owner: str) -> None:
        """A resource claims."""
        with self._mutex:
            owners = self._owners.setdefault(claim, set())
            if self._run and not owners:
                with suppress(OSError):  # then no deletion can use the locks either
                    self._locks().share(self._lock(claim))
                    self._held.append(self._lock(claim))
            owners.add(owner)

    def remove(self, claim: Claim, owner: str) -> None:
        """A resource claims no more. The lock stays until somebody asks."""
        with self._mutex:
            self._owners.get(claim, set()).discard(owner)

    def owner(self, claim: Claim) -> str | None:
        """Whose claim it is; empty if another process knows, ``None`` if nobody claims it.

        Raises:
            OSError: the locks cannot be used.
        """
        with self._mutex:
            owners = self._owners.get(claim)
            if owners:
                return min(owners)
            return "" if self._run and self._locks().is_held_elsewhere(self._lock(claim)) else None

    def _lock(self, claim: Claim) -> str:
        return "\n".join((self._run, *claim))


def declare(instance: str, name: str) -> None:
    """The resource that answers the current call is in the program and in state, as this environment."""
    if owner := context.current().urn:
        _claims().add(Claim("declared", instance, name), owner)


def want(instance: str, name: str) -> None:
    """The resource that answers the current call is to become the environment of this name."""
    if owner := context.current().urn:
        _claims().add(Claim("wanted", instance, name), owner)


def become(instance: str, wanted: str, name: str, *, is_new: bool) -> None:
    """The resource that answers the current call was created as this environment.

    Args:
        instance: where it lives.
        wanted: the requested name.
        name: the server's name.
        is_new: it was not adopted.
    """
    owner, claims = context.current().urn, _claims()
    if owner or not is_new:  # the SDK's own host tells no URN
        claims.add(Claim("declared" if is_new else "adopted", instance, name), owner)
    claims.remove(Claim("wanted", instance, wanted), owner)


def other_owner(instance: str, name: str) -> str | None:
    """Which resource of the run has the environment, while another resource of it is deleted: words for a message.

    An adoption counts for the same resource too: it was replaced, and has adopted the environment again.

    Raises:
        errors.Refused: a resource was to have it, but its create failed; or that cannot be determined.
    """
    claims = _claims()
    claims.remove(Claim("declared", instance, name), context.current().urn)
    try:
        for claim in (Claim("adopted", instance, name), Claim("declared", instance, name)):
            if (owner := claims.owner(claim)) is not None:
                return _words(owner)
        owner = claims.owner(Claim("wanted", instance, name))
    except OSError as problem:
        raise errors.Refused(
            f"Environment {name!r} was not deleted, because it cannot be determined whether another resource of this run has it: "
            f"{problem.filename or _FILE}: {problem.strerror}. Correct that, or set PULUMI_HOME to a folder that can be written."
        ) from problem
    if owner is not None:
        raise errors.Refused(
            f"Environment {name!r} was not deleted, because {_words(owner)} of this program is to have it, but could not be created: "
            "correct that first."
        )
    return None


def _words(owner: str) -> str:
    return f"resource {owner.rpartition('::')[2]!r}" if owner else "another resource"


_current: WeakKeyDictionary[context.Connection, tuple[str, Claims]] = WeakKeyDictionary()
_current_lock = threading.Lock()


def _claims() -> Claims:
    """Those of the current run, which all its connections to this process share."""
    run, connection = _run(), context.current().connection
    with _current_lock:
        former, claims = _current.get(connection, ("", None))
        if claims is None or former != run:
            of_others = (others for its, others in _current.values() if run and its == run)
            claims = next(of_others, None) or Claims(run, _locks)
            _current[connection] = run, claims
        return claims


def _release(locks: Callable[[], ByteLocks], names: list[str]) -> None:
    if names:
        with suppress(OSError):
            locks().release(names)


def _run() -> str:
    """The engine's address, which all provider processes of a run are given; the SDK's own host has it as its argument."""
    address = context.current().run or sys.argv[-1]
    return address if _ADDRESS.fullmatch(address) else ""


@cache
def _locks() -> ByteLocks:
    try:
        return ByteLocks(default_folder(os.environ) / _FILE)
    except RuntimeError as problem:
        raise OSError(errno.ENOENT, str(problem)) from problem
