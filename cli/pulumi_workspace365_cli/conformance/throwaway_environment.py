"""The temporary environment: created as a deployment creates one, found again after a lost response, and always removed.

Only environments that this command created are changed or deleted: those whose names contain the run's token, or the one that the
response to the create named, if it was not on the list before the create, is on the list after it, and has a matching creation date.
Once the creation date is recorded, it must match too. Any other environment is reported and not changed.
"""

import dataclasses
from datetime import UTC, datetime, timedelta

from pulumi_dynamic_host import context
from pulumi_workspace365 import errors
from pulumi_workspace365.api import timestamps
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.lifecycle import create as lifecycle_create
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365.lifecycle.environment_cache import EnvironmentCache
from pulumi_workspace365.lifecycle.journal_records import Subject
from pulumi_workspace365_cli.conformance import creation_dates, environment_name
from pulumi_workspace365_cli.conformance.pending_removals import CreateRecord, digest
from pulumi_workspace365_cli.conformance.session import Session
from pulumi_workspace365_cli.errors import CommandError

_UNREQUESTED = 1000
"""Parts of a run from this number on belong to environments that no create requested."""
FIRST_NAME, LAST_NAME = "W365", "Conformance"


class NotOursError(Exception):
    """An environment is not certainly the one that this command created; the message is the reason."""


class ThrowawayEnvironment:
    """One create and the environment that it made."""

    def __init__(self, session: Session, record: CreateRecord) -> None:
        self.session = session
        self.record = record
        self.response_fields: frozenset[str] = frozenset()
        """The fields in the response to the create, besides the name."""

    @property
    def is_own(self) -> bool:
        """Whether this process sent the create."""
        return self.record.token == self.session.token

    @property
    def name(self) -> str:
        """The actual name, or the requested one while the actual name is unknown."""
        return self.record.name or self.record.asked

    @property
    def holds_token(self) -> bool:
        """Whether the name contains the token, which proves that this run created it."""
        return environment_name.contains_token(self.name, self.record.token)

    @property
    def create(self) -> creation_dates.CreateTiming:
        """When the create took place."""
        ended = self.record.ended or self.record.began + timedelta(seconds=create_timeout(self.session))
        return creation_dates.CreateTiming(self.record.began, ended, self.session.observed.skew or timedelta())

    def update_record(self, **fields: object) -> None:
        """Update the record. A failing disk is only noted, because it must not prevent the removal of the environment."""
        self.record = dataclasses.replace(self.record, **fields)  # type: ignore[arg-type]  # the fields of a record
        try:
            self.session.records.save(self.record)
        except CommandError as problem:
            self.session.add_note(str(problem))

    def find_on_list(self) -> EnvironmentEntry | None:
        """Its entry on the current list; the first one found is recorded.

        Raises:
            NotOursError: the entry with its name is not certainly this environment.
            errors.W365Error: the list cannot be read.
        """
        found = [entry for entry in self.session.client.list_environments() if self._is_meant(entry)]
        if not found:
            return None
        entry = found[0]
        self._check(entry)
        if not self.record.listed:
            self.update_record(name=self.record.name or entry.name, listed=True, creation_date=entry.creation_date)
        return entry

    def _is_meant(self, entry: EnvironmentEntry) -> bool:
        if self.record.name is not None:
            is_alike = self.holds_token and entry.name.casefold() == self.record.name.casefold()
            return is_alike or entry.name == self.record.name
        return (
            environment_name.contains_token(entry.name, self.record.token)
            and not self.record.existed_before(entry.name)
            and entry.name not in self.session.names
        )

    def _check(self, entry: EnvironmentEntry) -> None:
        record = self.record
        if record.listed and not timestamps.same_moment(record.creation_date, entry.creation_date):
            raise NotOursError(
                f"environment {entry.name!r} was created at {entry.creation_date}, the one that this command created at {record.creation_date}"
            )
        if record.listed and (record.creation_date or self.is_own):
            return
        if record.existed_before(entry.name):
            raise NotOursError(f"environment {entry.name!r} existed before the create")
        if self.holds_token:
            return
        if not entry.creation_date and not self.is_own:
            raise NotOursError(
                f"environment {entry.name!r} has a name that the instance chose, and the list contains no creation date"
            )
        if not creation_dates.may_belong_to(entry.creation_date, self.create):
            raise NotOursError(
                f"environment {entry.name!r} has the creation date {entry.creation_date}, which does not match the time of the create"
            )


def create(session: Session, name: str) -> ThrowawayEnvironment:
    """Create the environment: record the create, send it once, and find the environment on the list if the response is lost.

    Raises:
        errors.W365Error: nothing was created, or the outcome is unknown; then the record is kept.
    """
    throwaway = record_create(session, name)
    request = lifecycle_create.CreateRequest(name, session.email, FIRST_NAME, LAST_NAME)
    try:
        with context.set_current(context.Call("create", journal_subject(throwaway.record).owner)):
            found = lifecycle_create.create(EnvironmentCache(session.client), request, adopt=False)
    except errors.W365Error:
        if not journal.get_journal().pending_intent(
            journal_subject(throwaway.record)
        ):  # otherwise it is unknown whether the create was carried out
            discard_record(throwaway)
        raise
    record_response(throwaway, found.name, found.environment_id)
    fields = {"Id": found.environment_id, "TemporaryPassword": found.password}
    throwaway.response_fields = frozenset(name for name, value in fields.items() if value is not None)
    return throwaway


def record_create(session: Session, name: str) -> ThrowawayEnvironment:
    """Record that a create is about to be sent.

    Raises:
        CommandError: the record cannot be written; the create must not be sent.
        errors.W365Error: the list cannot be read.
    """
    before = tuple(digest(entry.name) for entry in session.client.list_environments())
    session.create_count += 1
    record = CreateRecord(session.settings.instance, session.token, session.create_count, name, datetime.now(UTC), before)
    throwaway = ThrowawayEnvironment(session, record)
    session.records.save(record)
    session.created.append(throwaway)
    return throwaway


def record_response(throwaway: ThrowawayEnvironment, name: str, environment_id: str | None) -> None:
    """Record the response to the create."""
    throwaway.session.names.add(name)
    throwaway.update_record(name=name, environment_id=environment_id, ended=datetime.now(UTC))


def find_unrecorded(session: Session, tokens: set[str]) -> list[ThrowawayEnvironment]:
    """Environments whose names contain a token and that have no record: made by rejected creates, or by one create twice.

    Raises:
        CommandError: a record cannot be written.
        errors.W365Error: the list cannot be read.
    """
    recorded = {record.name for record in session.records.for_instance(session.settings.instance)}
    found = []
    for entry in session.client.list_environments():
        token = next((token for token in tokens if environment_name.contains_token(entry.name, token)), None)
        if token is None or entry.name in recorded:
            continue
        session.add_note(
            f"The instance created {entry.name!r} although it rejected the create, or it created two environments for one create."
        )
        session.create_count += 1
        record = CreateRecord(
            session.settings.instance, token, _UNREQUESTED + session.create_count, entry.name, datetime.now(UTC), name=entry.name
        )
        throwaway = ThrowawayEnvironment(session, record)
        session.records.save(record)
        session.created.append(throwaway)
        found.append(throwaway)
    return found


def discard_record(throwaway: ThrowawayEnvironment) -> None:
    """Delete the record and the journal entry of a create whose environment is removed."""
    try:
        journal.get_journal().close(journal_subject(throwaway.record))
        throwaway.session.records.delete(throwaway.record)
    except (CommandError, errors.W365Error) as problem:
        throwaway.session.add_note(f"The environment is removed, but its record is not: {problem}")
    if throwaway in throwaway.session.created:
        throwaway.session.created.remove(throwaway)


def journal_subject(record: CreateRecord) -> Subject:
    """The key of the create in the journal; no stack contains such a resource."""
    kind = "pulumi-python:dynamic/workspace365:Environment"
    owner = f"urn:pulumi:conformance::w365-conformance::{kind}::{record.token}-{record.part}"
    return Subject(owner, record.instance, collision_key(record.asked))


def create_timeout(session: Session) -> float:
    """Seconds after which a create either is visible or never will be."""
    return 3 * session.settings.request_timeout + session.settings.settle_seconds


def remaining_seconds(throwaway: ThrowawayEnvironment) -> float:
    """Seconds for which a create may still become visible."""
    return max(0.0, create_timeout(throwaway.session) - (datetime.now(UTC) - throwaway.record.began).total_seconds())
