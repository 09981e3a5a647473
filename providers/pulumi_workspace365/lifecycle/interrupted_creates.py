"""Finds the environments that interrupted creates may have made: compares the current list with the one before them, and excludes what has another explanation.

A server may change a requested name in any way, and only its response contains the actual name. Without it, whatever is new since the list
that was read before the request, and that nothing else explains, may be its work.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pulumi_workspace365 import errors
from pulumi_workspace365.api import timestamps
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.lifecycle.environment_cache import EnvironmentCache
from pulumi_workspace365.lifecycle.environment_snapshot import EnvironmentSnapshot
from pulumi_workspace365.lifecycle.journal import Journal
from pulumi_workspace365.lifecycle.journal_records import Intent, Subject

if TYPE_CHECKING:
    from pulumi_workspace365.api.models import EnvironmentEntry

_ASKED_FOR = 3
"""Environments of the former list that the present one lacks are asked for at their own addresses: a shortened list lacks them all."""

_STATE_SECONDS = 5.0
"""So long at most is waited for the program to register what is in state and explains a suspect."""
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class RecoveryResult:
    """The outcome of the open creates of a subject.

    Attributes:
        found: the server's name of the environment that the subject's own create made.
        environment_id: its id, if the server returned it.
        began: when that create began.
        suspected: the environments that each of the creates may have made; none for one that had no effect.
    """

    found: str | None = None
    environment_id: str | None = None
    began: datetime | None = None
    suspected: Mapping[Subject, list["EnvironmentEntry"]] = field(default_factory=dict)

    @property
    def suspects(self) -> tuple["EnvironmentEntry", ...]:
        """All of them."""
        return tuple({entry.name: entry for entries in self.suspected.values() for entry in entries}.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(entry.name for entry in self.suspects)


def settle_timeout(cache: EnvironmentCache) -> float:
    """Seconds for which the list is watched."""
    return cache.client.settings.settle_seconds


def create_timeout(cache: EnvironmentCache) -> float:
    """Seconds that a create may take with everything around it."""
    return cache.client.settings.longest_create


def evaluate(cache: EnvironmentCache, notes: Journal, subject: Subject, *, seconds: float | None = None) -> RecoveryResult:
    """Judge the open creates of the same resource or the same folded name, by a list that is read now.

    Args:
        cache: the list.
        notes: the journal.
        subject: what is to be created.
        seconds: how long to watch the list for its environment; else until the settle time has passed since the creates began.

    Raises:
        errors.W365Error: the list cannot be read, or not all of it: nothing may be sent.
    """
    intents = notes.conflicting_intents(subject)
    if not intents:
        return RecoveryResult()
    return _Inquiry(cache, notes, subject, intents).verdict(seconds)


class _Inquiry:
    def __init__(self, cache: EnvironmentCache, notes: Journal, subject: Subject, intents: list[Intent]) -> None:
        self._cache = cache
        self._notes = notes
        self._instance = subject.instance
        self._lists: dict[str | None, dict[str, str | None]] = {}
        self._own = next((intent for intent in intents if intent.subject == subject), None)
        # What another resource's create was answered is that resource's.
        self._intents = [intent for intent in intents if intent.name is None or intent.subject.owner == subject.owner]

    def verdict(self, seconds: float | None) -> RecoveryResult:
        remaining = max((self._remaining(intent) for intent in self._intents), default=0.0) if seconds is None else seconds
        expected = self._expected()  # before the list is read: what is answered meanwhile need not be on it
        for snapshot in self._cache.poll_lists(remaining):
            matches = self._matches(snapshot)
            if matches:
                break
        self._require_whole(snapshot, expected)
        if self._own and len(matches) == 1:
            return RecoveryResult(matches[0], self._own.environment_id, self._own.began)
        return RecoveryResult(suspected=self._suspected(snapshot))

    def _suspected(self, snapshot: EnvironmentSnapshot) -> dict[Subject, list["EnvironmentEntry"]]:
        """The suspects, once what may explain them has had its time: answers that are under way, and what the program has yet to register."""
        suspected = self._suspects_of_all(snapshot)
        if not any(suspected.values()):
            return suspected
        self._cache.wait_for_posts(create_timeout(self._cache))
        until = time.monotonic() + min(_STATE_SECONDS, settle_timeout(self._cache))
        while any((suspected := self._suspects_of_all(snapshot)).values()) and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
        return suspected

    def _remaining(self, intent: Intent) -> float:
        """Seconds during which the list may not yet show the create's work; local clocks may have jumped meanwhile."""
        settle = settle_timeout(self._cache)
        return min(settle, max(0.0, settle - (datetime.now(UTC) - intent.began).total_seconds()))

    def _matches(self, snapshot: EnvironmentSnapshot) -> list[str]:
        """What the subject's own create certainly made: of the name that was answered, else of the wanted one after folding."""
        own = self._own
        if own is None:
            return []
        if own.name is not None:
            entry = snapshot.find(own.name)
            if entry:
                return [entry.name] if self._is_in_time(entry, own) and not self._is_explained(entry, own) else []
            return [own.name] if self._cache.exists(own.name) else []
        if own.watched:
            return []
        return [entry.name for entry in snapshot if self._is_recognised(entry, own)]

    def _is_recognised(self, entry: "EnvironmentEntry", own: Intent) -> bool:
        """Whether an environment is the work of the own intent beyond doubt, by its name, by its date and by the list of before."""
        is_its = collision_key(entry.name) == own.subject.folded and self._is_new(entry, own) and self._is_in_time(entry, own)
        return is_its and not self._is_explained(entry, own)

    def _suspects_of_all(self, snapshot: EnvironmentSnapshot) -> dict[Subject, list["EnvironmentEntry"]]:
        return {intent.subject: self._suspects(snapshot, intent) for intent in self._intents}

    def _suspects(self, snapshot: EnvironmentSnapshot, intent: Intent) -> list["EnvironmentEntry"]:
        unread = _unread(snapshot)
        names = intent.suspects if intent.name is None else (intent.name,)
        shown = (snapshot.find(name) or unread.get(name) for name in names)
        noted = [entry for entry in shown if entry and not self._is_explained(entry, intent)]
        if intent.name is not None:
            return noted
        others = [entry for entry in (*snapshot, *unread.values()) if entry not in noted]
        return noted + [entry for entry in others if self._is_suspect(entry, intent)]

    def _is_suspect(self, entry: "EnvironmentEntry", intent: Intent) -> bool:
        """Whether an environment cannot be excluded from being the work of an intent that was not answered.

        Any date may be a lie: of another zone, of another calendar, a default. Of a name that is new since the list nothing but a date
        that is past and later than the request excludes it; an earlier one contradicts the list.
        """
        before = None if intent.listed is None else self._listed_before(intent)
        if before is not None and entry.name in before and timestamps.same_moment(before[entry.name], entry.creation_date):
            return False
        latest = intent.until or intent.began + timedelta(seconds=create_timeout(self._cache))
        is_new = before is not None and entry.name not in before
        is_in_time = any(
            timestamps.may_be_within(entry.creation_date, intent.began + skew, latest + skew, or_earlier=is_new)
            for skew in (timedelta(), timedelta(seconds=intent.skew))
        )
        return is_in_time and not self._is_explained(entry, intent)

    def _listed_before(self, intent: Intent) -> dict[str, str | None]:
        if intent.listed not in self._lists:
            self._lists[intent.listed] = self._notes.listed_before(intent)
        return self._lists[intent.listed]

    def _is_new(self, entry: "EnvironmentEntry", intent: Intent) -> bool:
        if intent.listed is None:  # then only a date tells, or the name where none was asked for
            is_dated = timestamps.parse(entry.creation_date or "") is not None
            return is_dated or (intent.until is None and collision_key(entry.name) == intent.subject.folded)
        before = self._listed_before(intent)
        return entry.name not in before or not timestamps.same_moment(before[entry.name], entry.creation_date)

    def _is_in_time(self, entry: "EnvironmentEntry", intent: Intent) -> bool:
        """Whether the date, if it is right, is not certainly outside of the time of the request, by either clock that comes into question."""
        earliest = intent.began
        latest = intent.until or earliest + timedelta(seconds=create_timeout(self._cache))
        return any(
            not (
                timestamps.is_before(entry.creation_date, earliest + skew)
                or timestamps.is_after(entry.creation_date, latest + skew)
            )
            for skew in (timedelta(), timedelta(seconds=intent.skew))
        )

    def _is_explained(self, entry: "EnvironmentEntry", intent: Intent) -> bool:
        instance, folded = intent.subject.instance, collision_key(entry.name)
        is_recorded, date = self._notes.recorded_creation_date(instance, entry.name)
        if is_recorded and timestamps.same_moment(date, entry.creation_date):
            return True
        if self._notes.is_explained(intent, entry.name, timedelta(seconds=settle_timeout(self._cache))):
            return True
        others = self._notes.other_intents(intent, entry.name, folded if folded != intent.subject.folded else None)
        return any((other.name is not None or self._is_new(entry, other)) and self._is_in_time(entry, other) for other in others)

    def _expected(self) -> set[str]:
        """What a whole list shows: what was there before the creates, what is in state, and what was answered longer ago than it may lag."""
        before = {name for intent in self._intents for name in self._listed_before(intent)}
        settled = datetime.now(UTC) - timedelta(seconds=settle_timeout(self._cache))
        answered_names = {name for name, at in self._notes.answered_names(self._instance).items() if at < settled}
        return before | answered_names | self._notes.recorded_names(self._instance)

    def _require_whole(self, snapshot: EnvironmentSnapshot, expected: set[str]) -> None:
        """A list is not whole that lacks what it has to show, but exists."""
        missing = [name for name in expected - _unread(snapshot).keys() if not snapshot.find(name)]
        for name in sorted(missing)[:_ASKED_FOR]:
            if self._cache.exists(name):
                raise errors.Refused(
                    f"Environment {name!r} is not on the list of {self._cache.client.settings.instance}, but it exists there: the list is "
                    "incomplete, and an interrupted create cannot be looked for on it. Nothing was sent. Run it again; if that lasts, ask "
                    "whoever runs the instance."
                )


def _unread(snapshot: EnvironmentSnapshot) -> dict[str, "EnvironmentEntry"]:
    """What cannot be read of the list, as environments of which nothing but a name is known: each may be what a create made."""
    from pulumi_workspace365.api.models import EnvironmentEntry  # noqa: PLC0415  programs and previews do without

    return {entry.label: EnvironmentEntry(name=entry.label, is_active=False) for entry in snapshot.unreadable}
