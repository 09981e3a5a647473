"""The instance's list of environments, read once per run and shared: the API has no other way to read an environment (docs/provisioning-api.md#list).

Our own writes update the copy. Whoever must see something newer waits for a list that began later; many waiters share one call.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pulumi_workspace365 import errors
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.api.timestamps import same_moment
from pulumi_workspace365.lifecycle.environment_snapshot import EnvironmentSnapshot
from pulumi_workspace365.lifecycle.journal_records import EnvironmentListing
from pulumi_workspace365.lifecycle.missing_limit import MissingLimit

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client
    from pulumi_workspace365.api.models import EnvironmentEntry, UnreadableEntry

UNDATED = "first seen "
"""Begins the incarnation of an environment of which neither creation date nor id is known."""

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0
_RESTS = 2
"""After a list, so many times as long as it took pass before the next: who comes meanwhile is served by that one too."""
_SHORTEST_REST_SECONDS = 0.05
"""Rests longer than this end once no write is on its way any more: nobody will come whom they would serve."""


def is_different_incarnation(incarnation: str | None, entry: "EnvironmentEntry") -> bool:
    """Whether an entry is certainly not the environment of that incarnation (``Environment.incarnation``)."""
    if not incarnation or incarnation.startswith(UNDATED) or _is_guid(incarnation):
        return False
    return not same_moment(incarnation, entry.creation_date)


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class Shared:
    """The shared data of one instance in this run, independent of the settings (such as key and limits). Thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.claims: dict[str, threading.Lock] = {}
        self.reserved_names: set[str] = set()
        self.caches: list[EnvironmentCache] = []
        self.post_answered = threading.Condition()
        self.posts = 0
        self.unanswered: set[int] = set()


class EnvironmentCache:
    """A cache of the environments of one instance, for one run. Thread-safe."""

    def __init__(self, client: "Client", shared: Shared | None = None) -> None:
        self.client = client
        self.shared = shared or Shared()
        self.shared.caches.append(self)
        self._changed = threading.Condition()
        self._snapshot: EnvironmentSnapshot | None = None
        self._began = 0.0
        self._fetching = False
        self._rested_at = 0.0
        self._writing = 0
        self._failure: tuple[float, errors.W365Error] | None = None
        self._writes: list[tuple[float, str, EnvironmentEntry | None]] = []
        self.missing_limit = MissingLimit(client.settings.instance)
        self._confirmed_gone: set[str] = set()

    def find(self, name: str) -> "EnvironmentEntry | None":
        """The environment of that name, by the list of this run; ``None`` is certain.

        Raises:
            errors.Unavailable: an entry of the list that cannot be read may be it.
        """
        snapshot = self._list(since=0.0)
        unreadable = snapshot.find_doubtful(name)
        if unreadable and (collision_key(unreadable.name or "") or self.exists(name) is not False):
            raise self._doubtful(name, unreadable)
        return snapshot.find(name)

    def wait_for(
        self, name: str, condition: "Callable[[EnvironmentEntry | None], bool]", seconds: float
    ) -> "EnvironmentEntry | None":
        """Read the list until the environment's entry is as expected, or the timeout expires. Returns the last entry.

        Raises:
            errors.Unavailable: what was seen last is an entry that cannot be read and has that name.
        """
        entry = unreadable = None
        for snapshot in self.poll_lists(seconds):
            entry, unreadable = snapshot.find(name), snapshot.find_doubtful(name)
            unreadable = unreadable if unreadable and collision_key(unreadable.name or "") else None
            if not unreadable and condition(entry):
                break
        if unreadable:
            raise self._doubtful(name, unreadable)
        return entry

    def _doubtful(self, name: str, entry: "UnreadableEntry") -> errors.Unavailable:
        from pulumi_workspace365.api.client import describe_entry  # noqa: PLC0415  as below

        return errors.Unavailable(
            f"The list of {self.client.settings.instance} has {describe_entry(entry)}, which may be environment {name!r}: whether that exists, and as "
            "what, cannot be determined, so nothing was done to it. Ask the operator of the instance to correct the entry, then run it again."
        )

    def latest_snapshot(self) -> EnvironmentListing:
        """The last list that was read, without our own writes since."""
        return self._list(since=0.0).listed

    def poll_lists(self, seconds: float) -> "Iterator[EnvironmentSnapshot]":
        """Yield lists, each read after the call, with growing pauses, until the timeout expires; at least one."""
        deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE_SECONDS
        while True:
            yield self._list(since=time.monotonic())
            if time.monotonic() + pause > deadline:
                return
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    @contextmanager
    def track_post(self) -> Iterator[None]:
        """Track a create that is sent in the block, and its response."""
        shared = self.shared
        with shared.post_answered:
            shared.posts += 1
            post = shared.posts
            shared.unanswered.add(post)
        try:
            yield
        finally:
            with shared.post_answered:
                shared.unanswered.discard(post)
                shared.post_answered.notify_all()

    def wait_for_posts(self, seconds: float) -> None:
        """Wait until the answers to the creates that are under way now are noted, so long at most."""
        shared = self.shared
        with shared.post_answered:
            under_way = set(shared.unanswered)
            shared.post_answered.wait_for(lambda: not under_way & shared.unanswered, seconds)

    @contextmanager
    def lock_name(self, name: str) -> Iterator[None]:
        """Hold the folded name: creates of other names run beside, creates of this one wait (docs/provisioning-api.md#lost-answers)."""
        self._list(since=0.0)
        with self.shared.lock:
            lock = self.shared.claims.setdefault(collision_key(name), threading.Lock())
        with lock, self.track_write():
            yield

    @contextmanager
    def track_write(self) -> Iterator[None]:
        """Track a write whose effect will be read from the list."""
        with self._changed:
            self._writing += 1
        try:
            yield
        finally:
            with self._changed:
                self._writing -= 1
                self._changed.notify_all()

    def names(self) -> set[str]:
        """What is there by the list of this run and by our own writes since; what cannot be read of it too."""
        snapshot = self._list(since=0.0)
        with self._changed:
            return {*snapshot.entries, *(entry.label for entry in snapshot.unreadable)}

    def reserve(self, name: str, before: Collection[str] = ()) -> bool:
        """Reserve the server's name for one create. False: it was there ``before``, or another create of this run got it."""
        with self._changed:
            self._confirmed_gone.discard(name)
        with self.shared.lock:
            is_free = name not in self.shared.reserved_names and name not in before
            self.shared.reserved_names.add(name)
            return is_free

    def record(self, entry: "EnvironmentEntry") -> None:
        """Our own write made the environment so."""
        self._write(entry.name, entry)

    def forget(self, name: str) -> None:
        """Our own write removed the environment."""
        self._write(name, None)

    def exists(self, name: str) -> bool | None:
        """Whether an environment that is missing from the list is found at its own address; ``None`` if that is unknown.

        Raises:
            errors.Unavailable: the instance is not available.
        """
        if name in self._confirmed_gone:
            return False
        try:
            exists = self.client.exists(name)
        except errors.Unavailable as problem:
            raise errors.Unavailable(
                f"Environment {name!r} is not on the list, but that cannot be confirmed: {problem}"
            ) from problem
        if not exists:
            self._confirmed_gone.add(name)
        return exists

    def confirm_gone(self, name: str) -> None:
        """See that an environment which the list lacks is not there: a list can be wrong, and what it lacks would be forgotten.

        Raises:
            errors.Refused: it is there.
            errors.Unavailable: this cannot be determined.
        """
        if self.exists(name):
            raise errors.Refused(
                f"Environment {name!r} is not on the list of {self.client.settings.instance}, but it exists there: the list is incomplete, "
                "so nothing was done and it is kept in state. Run it again; if this persists, ask the operator of the instance."
            )

    def _write(self, name: str, entry: "EnvironmentEntry | None") -> None:
        with self.shared.lock:
            if entry is None:
                self.shared.reserved_names.discard(name)
            else:
                self.shared.reserved_names.add(name)
        for cache in tuple(self.shared.caches):
            cache.note(name, entry)

    def note(self, name: str, entry: "EnvironmentEntry | None") -> None:
        """A write of this run, whoever made it, made the environment so, or removed it."""
        with self._changed:
            self._writes.append((time.monotonic(), name, entry))
            if self._snapshot:
                self._snapshot.put(name, entry)

    def _list(self, *, since: float) -> EnvironmentSnapshot:
        """A list whose reading began at ``since`` or later (``time.monotonic()``); one call serves all who wait for it."""
        with self._changed:
            while not (self._snapshot and self._began >= since):
                if self._failure and self._failure[0] >= since:
                    raise type(self._failure[1])(*self._failure[1].args)  # it was tried often enough for all who ask
                if not self._fetching:
                    self._fetching = True
                    break
                self._changed.wait()
            else:
                return self._snapshot
        return self._fetch()

    def _rest(self) -> None:
        time.sleep(min(max(0.0, self._rested_at - time.monotonic()), _SHORTEST_REST_SECONDS))
        with self._changed:
            self._changed.wait_for(lambda: not self._writing, max(0.0, self._rested_at - time.monotonic()))

    def _fetch(self) -> EnvironmentSnapshot:
        self._rest()
        began, read_at, snapshot = time.monotonic(), datetime.now(UTC), None
        try:
            snapshot = EnvironmentSnapshot(self.client.list_environments(), read_at)
        except errors.W365Error as failure:
            self._failure = (began, failure)
            raise
        finally:
            with self._changed:
                self._fetching = False
                now = time.monotonic()
                self._rested_at = now + _RESTS * (now - began)
                if snapshot:
                    self._install(snapshot, began)
                self._changed.notify_all()
        return snapshot

    def _install(self, snapshot: EnvironmentSnapshot, began: float) -> None:
        self._writes = [write for write in self._writes if write[0] >= began]
        for _, name, entry in self._writes:
            snapshot.put(name, entry)  # the list may have been read before this write took place
        self._snapshot, self._began = snapshot, began


_caches: dict[Settings, EnvironmentCache] = {}
_caches_lock = threading.Lock()


def get_cache(settings: Settings) -> EnvironmentCache:
    """The process's one cache for these settings."""
    from pulumi_workspace365.api.client import get_client  # noqa: PLC0415  programs and previews call no server: half their start was its HTTP client

    with _caches_lock:
        if settings not in _caches:
            shared_data = (cache.shared for other, cache in _caches.items() if other.instance == settings.instance)
            _caches[settings] = EnvironmentCache(get_client(settings), next(shared_data, None))
        return _caches[settings]
