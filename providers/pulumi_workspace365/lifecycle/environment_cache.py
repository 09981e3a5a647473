"""The instance's list of environments, read once per run, or once per wave of runs that share a process: the API has no other way to read an environment (docs/provisioning-api.md#list).

Our own writes update the copy. Whoever must see something newer waits for a list that began later; many waiters share one call.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from pulumi_dynamic_host import context
from pulumi_workspace365 import errors
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.api.timestamps import same_moment
from pulumi_workspace365.lifecycle.environment_snapshot import EnvironmentSnapshot
from pulumi_workspace365.lifecycle.journal_records import EnvironmentListing
from pulumi_workspace365.lifecycle.missing_limit import MissingLimit
from pulumi_workspace365.lifecycle.shared_list import SharedList

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client
    from pulumi_workspace365.api.models import EnvironmentEntry, UnreadableEntry

UNDATED = "first seen "
"""Begins the incarnation of an environment of which neither creation date nor id is known."""

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0


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
    """The shared data of one instance in this process, independent of the settings (such as key and limits). Thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.claims: dict[str, threading.Lock] = {}
        self.reserved_names: dict[str, float] = {}
        self.lists: dict[str | None, SharedList] = {}
        self.post_answered = threading.Condition()
        self.posts = 0
        self.unanswered: set[int] = set()


class EnvironmentCache:
    """A cache of the environments of one instance, for the runs of this process. Thread-safe.

    Of what was read or done before the current run's wave (`context.Connection.fresh_since`) nothing counts.
    """

    def __init__(self, client: "Client", shared: Shared | None = None) -> None:
        self.client = client
        self.shared = shared or Shared()
        with self.shared.lock:
            self._shared_list = self.shared.lists.setdefault(client.settings.key_identity, SharedList())
        self._missing_limits: WeakKeyDictionary[context.Connection, MissingLimit] = WeakKeyDictionary()
        self._missing: dict[str, tuple[float, bool | None]] = {}

    @property
    def missing_limit(self) -> MissingLimit:
        """The limit of the current run."""
        with self.shared.lock:
            return self._missing_limits.setdefault(context.current().connection, MissingLimit(self.client.settings.instance))

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
        with self._shared_list.track_write():
            yield

    def names(self) -> set[str]:
        """What is there by the list of this run and by our own writes since; what cannot be read of it too."""
        return self._shared_list.names(self._list(since=0.0))

    def reserve(self, name: str, before: Collection[str] = ()) -> bool:
        """Reserve the server's name for one create. False: it was there ``before``, or another create of this run got it."""
        with self.shared.lock:
            self._missing.pop(name, None)
            is_reserved = self.shared.reserved_names.get(name, -1.0) >= context.current().connection.fresh_since
            self.shared.reserved_names[name] = time.monotonic()
            return not is_reserved and name not in before

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
        asked_at, exists = self._missing.get(name, (-1.0, None))
        if asked_at >= context.current().connection.fresh_since:
            return exists
        asked_at = time.monotonic()
        try:
            exists = self.client.exists(name)
        except errors.Unavailable as problem:
            raise errors.Unavailable(
                f"Environment {name!r} is not on the list, but that cannot be confirmed: {problem}"
            ) from problem
        if not exists:
            self._missing[name] = asked_at, exists
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
                self.shared.reserved_names.pop(name, None)
            else:
                self.shared.reserved_names[name] = time.monotonic()
            lists = tuple(self.shared.lists.values())
        for shared_list in lists:
            shared_list.note(name, entry)

    def _list(self, *, since: float) -> EnvironmentSnapshot:
        """A list whose reading began at ``since`` or later (``time.monotonic()``), and not before the current run's wave.

        A failure to read it counts for the runs that were under way then.
        """
        connection = context.current().connection
        since = max(since, connection.fresh_since)
        return self._shared_list.read(self.client.list_environments, since=since, failed_since=max(since, connection.began))


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
