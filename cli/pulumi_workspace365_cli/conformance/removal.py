"""Removes the temporary environment and verifies the removal. Only its own time limit interrupts it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from pulumi_workspace365 import errors
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365_cli.conformance import creation_dates, environment_name, throwaway_environment
from pulumi_workspace365_cli.conformance.throwaway_environment import NotOursError, ThrowawayEnvironment

_SECONDS = 120.0
_BEYOND_SETTLING_SECONDS = 60.0
_A_MOMENT = 1.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0


@dataclass(frozen=True)
class RemovalResult:
    """The outcome of a removal. ``remaining`` is the reason why something remains or may remain; empty if nothing does."""

    remaining: str = ""
    was_active: bool | None = None
    """The state on the list before the removal; ``None`` if it was not listed."""
    refused_active: bool = False
    """Whether the environment had to be deactivated first."""
    listed_seconds: float | None = None
    """Seconds for which the list still showed it; ``None`` if this removal did not delete it."""


def removal_timeout(throwaway: ThrowawayEnvironment) -> float:
    """Seconds that a removal may take."""
    return max(_SECONDS, throwaway.session.settings.settle_seconds + _BEYOND_SETTLING_SECONDS)


def remove(throwaway: ThrowawayEnvironment) -> RemovalResult:
    """Delete the environment that the create made, and verify the deletion.

    Temporary failures of the instance are retried. If the removal fails, the result contains the reason, and the record is kept for the
    next run.
    """
    until, wait = time.monotonic() + removal_timeout(throwaway), _FIRST_PAUSE_SECONDS
    while True:
        try:
            removal = _Attempt(throwaway, until).run()
        except NotOursError as doubt:
            return RemovalResult(remaining=f"The environment was not deleted: {doubt}. {_manual_removal(throwaway)}")
        except errors.W365Error as problem:
            if time.monotonic() + wait > until:
                return RemovalResult(remaining=str(problem))
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_PAUSE_SECONDS)
            continue
        except Exception as problem:  # noqa: BLE001  even a bug must not prevent the removal of the others
            return RemovalResult(
                remaining=f"Environment {throwaway.name!r} was not removed: internal error ({type(problem).__name__})."
            )
        if not removal.remaining:
            throwaway_environment.discard_record(throwaway)
        return removal


def _manual_removal(throwaway: ThrowawayEnvironment) -> str:
    return f"If this command created it, remove it on the instance; then remove the file {throwaway.session.records.path(throwaway.record)}."


class _Attempt:
    """One attempt. Errors of the instance propagate; the caller may retry."""

    def __init__(self, throwaway: ThrowawayEnvironment, until: float) -> None:
        self._throwaway = throwaway
        self._client = throwaway.session.client
        self._until = until

    def run(self) -> RemovalResult:
        entry = self._appeared()
        if self._throwaway.record.name is None:
            return self._never_answered()
        if entry is None and not self._throwaway.holds_token:
            if self._throwaway.record.listed and self._client.exists(self._throwaway.name) is False:
                return RemovalResult()
            reason = f"Environment {self._throwaway.name!r} is not listed, so it cannot be identified."
            return RemovalResult(remaining=f"{reason} {_manual_removal(self._throwaway)}")
        for _ in self._pauses(self._until):  # its address may know it later than the list, or the list forget it later
            try:
                return self._confirm_gone(entry, refused=self._delete(entry, self._throwaway.name))
            except errors.NotFound:
                if entry is None:
                    return self._never_appeared()
                if not self._is_listed():
                    return RemovalResult()
                if entry.name != self._throwaway.name:
                    return self._confirm_gone(entry, refused=self._delete(entry, entry.name))
        return RemovalResult(remaining=f"Environment {self._throwaway.name!r} is listed, but not found at its own address.")

    def _appeared(self) -> EnvironmentEntry | None:
        """Wait for its entry as long as it may still appear; without waiting if the address alone is sufficient."""
        for _ in self._pauses(min(self._until, time.monotonic() + throwaway_environment.remaining_seconds(self._throwaway))):
            entry = self._throwaway.find_on_list()
            named = self._throwaway.record.name is not None
            if entry or (named and (self._throwaway.record.listed or (self._throwaway.holds_token and self._exists()))):
                return entry
        return None

    def _exists(self) -> bool:
        """Whether it is certainly found at its own address; on instances without licensing that is unknown."""
        return self._client.exists(self._throwaway.name) is True

    def _never_answered(self) -> RemovalResult:
        """The create had no response, and the list contains no name with its token."""
        if throwaway_environment.remaining_seconds(self._throwaway) > _A_MOMENT:
            return RemovalResult(remaining="It is not known yet whether the create was carried out.")
        suspects = sorted(entry.name for entry in self._client.list_environments() if self._may_be_it(entry))
        if not suspects:
            return RemovalResult()
        return RemovalResult(
            remaining=f"The response to the create was lost. It may have created one of these environments: {', '.join(map(repr, suspects))}. "
            "Compare their administrators. Remove the one that this command created on the instance; for each other one, run `w365 recover --dismiss NAME`."
        )

    def _may_be_it(self, entry: EnvironmentEntry) -> bool:
        record = self._throwaway.record
        notes = journal.get_journal()
        intent = notes.pending_intent(throwaway_environment.journal_subject(record))
        if intent and notes.is_explained(intent, entry.name, timedelta(seconds=self._throwaway.session.settings.settle_seconds)):
            return False
        is_identified = (
            record.existed_before(entry.name)
            or entry.name in self._throwaway.session.names
            or environment_name.looks_left_over(entry.name)
        )
        return not is_identified and creation_dates.may_belong_to(entry.creation_date, self._throwaway.create)

    def _never_appeared(self) -> RemovalResult:
        if self._throwaway.record.listed or throwaway_environment.remaining_seconds(self._throwaway) <= _A_MOMENT:
            return RemovalResult()
        return RemovalResult(
            remaining=f"The instance confirmed the create of environment {self._throwaway.name!r}, but it appears neither on the list nor at its own address."
        )

    def _delete(self, entry: EnvironmentEntry | None, name: str) -> bool:
        """Delete the environment. Returns whether it had to be deactivated first."""
        try:
            self._client.delete_environment(name)
        except errors.Rejected:
            if entry is not None and not entry.is_active:
                raise
            self._client.deactivate_environment(name)
            self._client.delete_environment(name)
            return True
        return False

    def _confirm_gone(self, entry: EnvironmentEntry | None, *, refused: bool) -> RemovalResult:
        began = time.monotonic()
        for look, _ in enumerate(self._pauses(self._until)):
            if not self._is_listed():
                listed_for = time.monotonic() - began if look else 0.0
                break
        else:
            return RemovalResult(
                remaining=f"Environment {self._throwaway.name!r} is still listed, although the instance accepted its deletion."
            )
        for _ in self._pauses(self._until):
            if self._client.exists(self._throwaway.name) is not True:
                return RemovalResult("", entry.is_active if entry else None, refused, listed_for)
        return RemovalResult(
            remaining=f"Environment {self._throwaway.name!r} is still found at its own address, although the instance accepted its deletion."
        )

    def _is_listed(self) -> bool:
        try:
            return self._throwaway.find_on_list() is not None
        except NotOursError:
            return False  # somebody created another environment with the same name

    @staticmethod
    def _pauses(until: float) -> Iterator[None]:
        """Yield until the timeout, with growing pauses, and once more after it."""
        wait = _FIRST_PAUSE_SECONDS
        while True:
            yield
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(wait, left))
            wait = min(2 * wait, _LONGEST_PAUSE_SECONDS)
