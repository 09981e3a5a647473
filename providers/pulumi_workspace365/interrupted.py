"""What creates that were interrupted may have made: judged by the list of now, the list of before them, and what explains the difference.

A server may make any name of a wanted one, and its answer is the only place that tells which. Without it, whatever is new since the list
that was read before the request, and that nothing else explains, may be its work.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pulumi_workspace365 import errors, moments
from pulumi_workspace365.directory import Directory
from pulumi_workspace365.intents import Intent, Subject
from pulumi_workspace365.journal import Journal
from pulumi_workspace365.snapshot import Snapshot
from pulumi_workspace365.spelling import fold

if TYPE_CHECKING:
    from pulumi_workspace365.models import EnvironmentEntry

_ASKED_FOR = 3
"""Environments of the former list that the present one lacks are asked for at their own addresses: a shortened list lacks them all."""

_WRONG_ZONE = timedelta(hours=15)


@dataclass(frozen=True)
class Verdict:
    """What became of the open creates that concern a subject.

    Attributes:
        found: the server's name of the environment that the subject's own create made.
        environment_id: its id, where the server told it.
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


def patience(directory: Directory) -> float:
    """Seconds for which the list is watched."""
    return directory.client.settings.settle_seconds


def longest(directory: Directory) -> float:
    """Seconds that a create may take with everything around it."""
    return directory.client.settings.longest_create


def judge(directory: Directory, notes: Journal, subject: Subject, *, seconds: float | None = None) -> Verdict:
    """Judge the open creates of the same resource or the same folded name, by a list that is read now.

    Args:
        directory: the list.
        notes: the journal.
        subject: what is to be created.
        seconds: how long to watch the list for its environment; else until the settle time has passed since the creates began.

    Raises:
        errors.W365Error: the list cannot be read, or not all of it: nothing may be sent.
    """
    intents = notes.concerning(subject)
    if not intents:
        return Verdict()
    return _Inquiry(directory, notes, subject, intents).verdict(seconds)


class _Inquiry:
    def __init__(self, directory: Directory, notes: Journal, subject: Subject, intents: list[Intent]) -> None:
        self._directory = directory
        self._notes = notes
        self._instance = subject.instance
        self._lists: dict[str | None, dict[str, str | None]] = {}
        self._own = next((intent for intent in intents if intent.subject == subject), None)
        # What another resource's create was answered is that resource's.
        self._intents = [intent for intent in intents if intent.name is None or intent.subject.owner == subject.owner]

    def verdict(self, seconds: float | None) -> Verdict:
        remaining = max((self._remaining(intent) for intent in self._intents), default=0.0) if seconds is None else seconds
        for snapshot in self._directory.watch(remaining):
            matches = self._matches(snapshot)
            if matches:
                break
        self._see_that_it_is_whole(snapshot)
        if self._own and len(matches) == 1:
            return Verdict(matches[0], self._own.environment_id, self._own.began)
        suspected = self._suspected(snapshot)
        if any(suspected.values()):
            self._directory.posts_answered(longest(self._directory))  # which may explain them
            suspected = self._suspected(snapshot)
        return Verdict(suspected=suspected)

    def _remaining(self, intent: Intent) -> float:
        """Seconds during which the list may not yet show the create's work; local clocks may have jumped meanwhile."""
        settle = patience(self._directory)
        return min(settle, max(0.0, settle - (datetime.now(UTC) - intent.began).total_seconds()))

    def _matches(self, snapshot: Snapshot) -> list[str]:
        """What the subject's own create certainly made: of the name that was answered, else of the wanted one after folding."""
        own = self._own
        if own is None:
            return []
        if own.name is not None:
            entry = snapshot.pick(own.name)
            if entry:
                return [entry.name] if self._is_in_time(entry, own) and not self._is_explained(entry, own) else []
            return [own.name] if self._directory.exists(own.name) else []
        if own.watched:
            return []
        return [entry.name for entry in snapshot if fold(entry.name) == own.subject.folded and self._may_be(entry, own)]

    def _suspected(self, snapshot: Snapshot) -> dict[Subject, list["EnvironmentEntry"]]:
        skews = self._skews(snapshot)
        return {intent.subject: self._suspects(snapshot, intent, skews) for intent in self._intents}

    def _suspects(self, snapshot: Snapshot, intent: Intent, skews: set[timedelta]) -> list["EnvironmentEntry"]:
        unread = _unread(snapshot)
        names = intent.suspects if intent.name is None else (intent.name,)
        shown = (snapshot.pick(name) or unread.get(name) for name in names)
        noted = [entry for entry in shown if entry and not self._is_explained(entry, intent)]
        if intent.name is not None:
            return noted
        read = [entry for entry in snapshot if entry not in noted and self._may_be(entry, intent, skews)]
        return noted + read + [entry for entry in unread.values() if entry not in noted and self._may_be_unread(entry, intent)]

    def _skews(self, snapshot: Snapshot) -> set[timedelta]:
        """By how much dates are off, as those of environments tell whose creates were answered: a zone that is told may be wrong."""
        answered = ((snapshot.pick(name), at) for name, at in self._notes.answered(self._instance).items())
        dated = ((moments.read(entry.creation_date or ""), at) for entry, at in answered if entry)
        skews = {moments.with_zone(date) - at for date, at in dated if date and date.tzinfo}
        return {skew for skew in skews if abs(skew) < _WRONG_ZONE}

    def _may_be(self, entry: "EnvironmentEntry", intent: Intent, skews: Iterable[timedelta] = ()) -> bool:
        """Whether an environment may be the work of an intent that was not answered."""
        return self._is_new(entry, intent) and self._is_in_time(entry, intent, skews) and not self._is_explained(entry, intent)

    def _may_be_unread(self, entry: "EnvironmentEntry", intent: Intent) -> bool:
        """The same of an entry that cannot be read: without a list of before, nothing excludes it."""
        is_new = intent.listed is None or entry.name not in self._listed_before(intent)
        return is_new and not self._is_explained(entry, intent)

    def _listed_before(self, intent: Intent) -> dict[str, str | None]:
        if intent.listed not in self._lists:
            self._lists[intent.listed] = self._notes.listed_before(intent)
        return self._lists[intent.listed]

    def _is_new(self, entry: "EnvironmentEntry", intent: Intent) -> bool:
        if intent.listed is None:  # then only a date tells, or the name where none was asked for
            is_dated = moments.read(entry.creation_date or "") is not None
            return is_dated or (intent.until is None and fold(entry.name) == intent.subject.folded)
        before = self._listed_before(intent)
        return entry.name not in before or not moments.same_moment(before[entry.name], entry.creation_date)

    def _is_in_time(self, entry: "EnvironmentEntry", intent: Intent, skews: Iterable[timedelta] = ()) -> bool:
        """Whether the date is not certainly outside of the time of the request, by any of the clocks that come into question."""
        earliest = intent.began
        latest = intent.until or earliest + timedelta(seconds=longest(self._directory))
        clocks = (timedelta(), timedelta(seconds=intent.skew), *(() if intent.until else skews))
        return any(
            not (moments.is_before(entry.creation_date, earliest + skew) or moments.is_after(entry.creation_date, latest + skew))
            for skew in clocks
        )

    def _is_explained(self, entry: "EnvironmentEntry", intent: Intent) -> bool:
        instance, folded = intent.subject.instance, fold(entry.name)
        is_recorded, date = self._notes.recorded(instance, entry.name)
        if is_recorded and moments.same_moment(date, entry.creation_date):
            return True
        if self._notes.explains(intent, entry.name, timedelta(seconds=patience(self._directory))):
            return True
        others = self._notes.others(intent, entry.name, folded if folded != intent.subject.folded else None)
        return any((other.name is not None or self._is_new(entry, other)) and self._is_in_time(entry, other) for other in others)

    def _see_that_it_is_whole(self, snapshot: Snapshot) -> None:
        before = {name for intent in self._intents for name in self._listed_before(intent)} - _unread(snapshot).keys()
        for name in sorted(name for name in before if not snapshot.pick(name))[:_ASKED_FOR]:
            if self._directory.exists(name):
                raise errors.Refused(
                    f"Environment {name!r} is not on the list of {self._directory.client.settings.instance}, but it exists there: the list is "
                    "incomplete, and an interrupted create cannot be looked for on it. Nothing was sent. Run it again; if that lasts, ask "
                    "whoever runs the instance."
                )


def _unread(snapshot: Snapshot) -> dict[str, "EnvironmentEntry"]:
    """What cannot be read of the list, as environments of which nothing but a name is known: each may be what a create made."""
    from pulumi_workspace365.models import EnvironmentEntry  # noqa: PLC0415  programs and previews do without

    return {entry.label: EnvironmentEntry(name=entry.label, is_active=False) for entry in snapshot.unreadable}
