"""How an environment comes into being: at most once, whatever happens to the answer (spec §10.3)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pulumi_workspace365 import errors, journal
from pulumi_workspace365.directory import Directory, fold
from pulumi_workspace365.host import context
from pulumi_workspace365.moments import is_after, is_before

if TYPE_CHECKING:
    from pulumi_workspace365.models import EnvironmentEntry

log = logging.getLogger("pulumi_workspace365")


@dataclass(frozen=True)
class Wanted:
    """What a create asks for."""

    name: str
    email: str | None
    first_name: str | None
    last_name: str | None


@dataclass(frozen=True)
class Found:
    """An environment that exists now: the server's name, and what only the answer to its create told."""

    name: str
    environment_id: str | None = None
    password: str | None = None
    is_new: bool = True


def patience(directory: Directory) -> float:
    """Seconds for which the list is watched."""
    return directory.client.settings.settle_seconds


def longest(directory: Directory) -> float:
    """Seconds that a create may take with everything around it."""
    return 3 * directory.client.settings.request_timeout + patience(directory)


def create(directory: Directory, wanted: Wanted, *, adopt: bool) -> Found:
    """Create the environment, recognise it as the work of an earlier run that was killed, or adopt it.

    Raises:
        errors.Refused: the name is in use.
        errors.Unavailable: nothing was created; safe to run again.
        errors.Ambiguous: it cannot be told which environment was created.
    """
    settings = directory.client.settings
    subject = journal.Subject(context.current().urn, settings.instance, fold(wanted.name))
    notes = journal.current() if subject.owner else None
    with _alone(notes, subject, longest(directory)), directory.claim(wanted.name), context.current().hold(longest(directory)):
        pending = notes.pending(subject) if notes else None
        earlier = _earlier(directory, wanted.name, pending) if pending and not pending.suspects else None
        if earlier:
            return earlier
        existing = directory.find(wanted.name)
        if existing and adopt:
            return Found(existing.name, is_new=False)
        if existing:
            raise errors.Refused(_in_use(existing, settings.instance))
        if pending:
            _doubt(directory, wanted.name, pending)
        return _post(directory, wanted, notes, subject)


def recorded(instance: str, name: str) -> None:
    """The resource that answers the current call is in state: its create needs no recognition any more."""
    owner = context.current().urn
    notes = journal.current() if owner else None
    if notes:
        notes.close(journal.Subject(owner, instance, fold(name)))


@contextmanager
def _alone(notes: journal.Journal | None, subject: journal.Subject, seconds: float) -> Iterator[None]:
    if notes is None:
        yield
    else:
        with notes.exclusive(subject, seconds):
            yield


def _earlier(directory: Directory, name: str, pending: journal.Intent) -> Found | None:
    """The environment that a killed run had created for this resource. Waits while its request may still be under way."""
    remaining = max(0.0, patience(directory) - (datetime.now(UTC) - pending.began).total_seconds())
    if pending.name:
        entry = directory.wait_for(pending.name, lambda entry: entry is not None, remaining)
        matches = [entry] if entry and not is_before(entry.creation_date, pending.began) else []
    else:
        matches = directory.appeared(name, pending.began, remaining, was_there=True)
    latest = pending.began + timedelta(seconds=longest(directory))
    matches = [entry for entry in matches if not is_after(entry.creation_date, latest)]  # what others made later is theirs
    if len(matches) != 1:
        return None
    log.warning(
        "environment %r was created by an earlier run that was interrupted at %s; it is kept. Its temporary password is lost for good",
        matches[0].name,
        pending.began.isoformat(timespec="seconds"),
    )
    directory.take(matches[0].name)
    return Found(matches[0].name, pending.environment_id)


def _doubt(directory: Directory, name: str, pending: journal.Intent) -> None:
    """Do not send again what may have been carried out under another name, until a person has looked."""
    there = [entry for suspect in pending.suspects if (entry := directory.find(suspect))]
    if there:
        raise errors.Ambiguous(
            f"An earlier run lost the answer to creating environment {name!r} on {directory.client.settings.instance}, and may have made "
            f"one of these: {_named(there)}. Nothing was sent now. If one is it, take that name into environment_name and set "
            "adopt_existing=True; if none is, run once with W365_JOURNAL=off."
        )


def _post(directory: Directory, wanted: Wanted, notes: journal.Journal | None, subject: journal.Subject) -> Found:
    """The one POST, and what it led to."""
    if not (wanted.email and wanted.first_name and wanted.last_name):
        raise errors.Refused(
            f"There is no environment {wanted.name!r} to adopt on {subject.instance}, and to create one admin_email, admin_first_name and "
            "admin_last_name are required. Nothing was sent."
        )
    began = datetime.now(UTC)
    if notes:
        notes.begin(subject)
    try:
        found = _asked(directory, wanted, began)
    except (errors.Unavailable, errors.Rejected, errors.Unauthorized, errors.NotFound, errors.ConfigurationError):
        if notes:
            notes.close(subject)
        raise
    except errors.Ambiguous as doubt:
        if notes and doubt.suspects:
            notes.suspect(subject, doubt.suspects)
        raise
    if notes:
        notes.created(subject, found.name, found.environment_id)
    return found


def _asked(directory: Directory, wanted: Wanted, began: datetime) -> Found:
    try:
        created = directory.client.create_environment(
            name=wanted.name, email=wanted.email or "", first_name=wanted.first_name or "", last_name=wanted.last_name or ""
        )
    except errors.Ambiguous as lost:
        found = Found(_reconcile(directory, wanted.name, began, lost).name)
        directory.take(found.name)
        return found
    if not directory.take(created.environment_name):
        raise errors.Ambiguous(
            f"Asked for environment {wanted.name!r}, the server answered with {created.environment_name!r}, which existed before: nothing is "
            "recorded. Choose another environment_name, and look at the instance."
        )
    password = created.temporary_password.get_secret_value() if created.temporary_password else None
    return Found(created.environment_name, created.id, password)


def _reconcile(directory: Directory, name: str, began: datetime, lost: errors.Ambiguous) -> "EnvironmentEntry":
    """Find the environment of a create whose answer was lost."""
    seconds = patience(directory)
    since = began - timedelta(seconds=1)
    try:
        matches = directory.appeared(name, since, seconds)
        others = [] if matches else directory.unexplained(since)
    except errors.W365Error as problem:
        raise errors.Ambiguous(
            f"{lost} Nor could the list be read to see: {problem} Run it again: it is never created twice."
        ) from None
    if others:
        raise errors.Ambiguous(
            f"{lost} It is not on the list under this name after {seconds:g} s, but others are new there, and the server may have made such "
            f"a name of it: {_named(others)}. If one is it, take that name into environment_name and set adopt_existing=True.",
            tuple(entry.name for entry in others),
        )
    if not matches:
        raise errors.Unavailable(f"{lost} It is not on the list after {seconds:g} s, so it was not created: safe to run again.")
    if len(matches) > 1:
        raise errors.Ambiguous(
            f"{lost} Several environments may be it: {_named(matches)}. Find out which; then adopt that one with adopt_existing=True.",
            tuple(entry.name for entry in matches),
        )
    log.warning(
        "the answer to creating environment %r was lost; %r on the list is it. Its id and temporary password are lost for good",
        name,
        matches[0].name,
    )
    return matches[0]


def _named(entries: "list[EnvironmentEntry]") -> str:
    return ", ".join(repr(entry.name) for entry in entries)


def _in_use(existing: "EnvironmentEntry", instance: str) -> str:
    return (
        f"Environment {existing.name!r} exists already on {instance} (created {existing.creation_date or 'at an unknown time'}). "
        "Set adopt_existing=True to take it over as it is, or choose another environment_name. Nothing was sent."
    )
