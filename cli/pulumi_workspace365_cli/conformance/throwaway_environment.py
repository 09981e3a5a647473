"""The throw-away environment: created as a deployment creates one, found again after a lost answer, removed whatever happens.

Only what this command created is touched or deleted: an environment whose name holds the run's token; or the one that the instance
named in its answer to the create, if the list lacked it before, shows it after, and dates it as the create. Once its creation date is
recorded, that has to agree too. Anything else is left alone and named.
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

_UNASKED = 1000
"""Parts of a run from this number on are of environments that no create asked for."""
FIRST_NAME, LAST_NAME = "W365", "Conformance"


class NotOursError(Exception):
    """An environment is not certainly the one that this command created; the message says why."""


class ThrowawayEnvironment:
    """One create and everything known of it."""

    def __init__(self, session: Session, record: CreateRecord) -> None:
        self.session = session
        self.record = record
        self.told: frozenset[str] = frozenset()
        """Which of the answer's fields the answer to the create held, besides the name."""

    @property
    def is_own(self) -> bool:
        """Whether this process sent the create."""
        return self.record.token == self.session.token

    @property
    def name(self) -> str:
        """The instance's name of it, asked for only once it is known."""
        return self.record.name or self.record.asked

    @property
    def holds_token(self) -> bool:
        """Whether its name alone tells that this run created it."""
        return environment_name.contains_token(self.name, self.record.token)

    @property
    def create(self) -> creation_dates.CreateTiming:
        """When the create took place."""
        ended = self.record.ended or self.record.began + timedelta(seconds=create_timeout(self.session))
        return creation_dates.CreateTiming(self.record.began, ended, self.session.observed.skew or timedelta())

    def update_record(self, **known: object) -> None:
        """Add to the record. A disk that fails now must not keep the environment from being removed."""
        self.record = dataclasses.replace(self.record, **known)  # type: ignore[arg-type]  # the fields of a record
        try:
            self.session.records.save(self.record)
        except CommandError as problem:
            self.session.add_note(str(problem))

    def find_on_list(self) -> EnvironmentEntry | None:
        """Its entry on the list of now, which is recorded.

        Raises:
            NotOursError: an environment of its name is there that is not certainly it.
            errors.W365Error: there is no list.
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
                f"environment {entry.name!r} was created {entry.creation_date}, and the one created here {record.creation_date}"
            )
        if record.listed and (record.creation_date or self.is_own):
            return
        if record.existed_before(entry.name):
            raise NotOursError(f"environment {entry.name!r} was there before the create")
        if self.holds_token:
            return
        if not entry.creation_date and not self.is_own:
            raise NotOursError(f"environment {entry.name!r} has a name of the instance's own, and the list tells no dates")
        if not creation_dates.may_belong_to(entry.creation_date, self.create):
            raise NotOursError(
                f"environment {entry.name!r} is dated {entry.creation_date}, which is not when the create was sent"
            )


def create(session: Session, asked: str) -> ThrowawayEnvironment:
    """Create the environment: noted, sent once, and recognised on the list should the answer be lost.

    Raises:
        errors.W365Error: nothing was created, or it cannot be told; then its record is kept.
    """
    made = record_create(session, asked)
    wanted = lifecycle_create.CreateRequest(asked, session.email, FIRST_NAME, LAST_NAME)
    try:
        with context.set_current(context.Call("create", journal_subject(made.record).owner)):
            found = lifecycle_create.create(EnvironmentCache(session.client), wanted, adopt=False)
    except errors.W365Error:
        if not journal.get_journal().pending_intent(
            journal_subject(made.record)
        ):  # else it is not known whether it was carried out
            discard_record(made)
        raise
    record_response(made, found.name, found.environment_id)
    fields = {"Id": found.environment_id, "TemporaryPassword": found.password}
    made.told = frozenset(name for name, value in fields.items() if value is not None)
    return made


def record_create(session: Session, asked: str) -> ThrowawayEnvironment:
    """Note that a create is about to be sent.

    Raises:
        CommandError: it cannot be noted; nothing must be sent.
        errors.W365Error: there is no list.
    """
    before = tuple(digest(entry.name) for entry in session.client.list_environments())
    session.parts += 1
    record = CreateRecord(session.settings.instance, session.token, session.parts, asked, datetime.now(UTC), before)
    made = ThrowawayEnvironment(session, record)
    session.records.save(record)
    session.created.append(made)
    return made


def record_response(made: ThrowawayEnvironment, name: str, environment_id: str | None) -> None:
    """Note what the instance answered to the create."""
    made.session.names.add(name)
    made.update_record(name=name, environment_id=environment_id, ended=datetime.now(UTC))


def find_unrecorded(session: Session, tokens: set[str]) -> list[ThrowawayEnvironment]:
    """Environments whose names hold a token although no record is of them: made by creates that were refused, or twice by one.

    Raises:
        CommandError: they cannot be noted.
        errors.W365Error: there is no list.
    """
    recorded = {record.name for record in session.records.for_instance(session.settings.instance)}
    found = []
    for entry in session.client.list_environments():
        token = next((token for token in tokens if environment_name.contains_token(entry.name, token)), None)
        if token is None or entry.name in recorded:
            continue
        session.add_note(f"The instance made {entry.name!r} of a create that it refused, or made two environments of one create.")
        session.parts += 1
        record = CreateRecord(
            session.settings.instance, token, _UNASKED + session.parts, entry.name, datetime.now(UTC), name=entry.name
        )
        made = ThrowawayEnvironment(session, record)
        session.records.save(record)
        session.created.append(made)
        found.append(made)
    return found


def discard_record(made: ThrowawayEnvironment) -> None:
    """Nothing of the create is left: neither record nor journal need to remember it."""
    try:
        journal.get_journal().close(journal_subject(made.record))
        made.session.records.delete(made.record)
    except (CommandError, errors.W365Error) as problem:
        made.session.add_note(f"What was created is gone, but the note of it stays: {problem}")
    if made in made.session.created:
        made.session.created.remove(made)


def journal_subject(record: CreateRecord) -> Subject:
    """By what the journal knows the create; no stack has such a resource."""
    kind = "pulumi-python:dynamic/workspace365:Environment"
    owner = f"urn:pulumi:conformance::w365-conformance::{kind}::{record.token}-{record.part}"
    return Subject(owner, record.instance, collision_key(record.asked))


def create_timeout(session: Session) -> float:
    """Seconds after which a create has shown or will not show."""
    return 3 * session.settings.request_timeout + session.settings.settle_seconds


def remaining_seconds(made: ThrowawayEnvironment) -> float:
    """Seconds for which a create may still show."""
    return max(0.0, create_timeout(made.session) - (datetime.now(UTC) - made.record.began).total_seconds())
