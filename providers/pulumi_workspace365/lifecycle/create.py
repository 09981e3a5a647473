"""Creates an environment at most once, even if the response is lost (docs/provisioning-api.md#lost-answers)."""

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4
from weakref import WeakKeyDictionary

from pulumi_dynamic_host import context
from pulumi_workspace365 import errors
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.lifecycle import claims, interrupted_creates, journal
from pulumi_workspace365.lifecycle.environment_cache import EnvironmentCache
from pulumi_workspace365.lifecycle.interrupted_creates import create_timeout, settle_timeout
from pulumi_workspace365.lifecycle.journal_records import Subject

if TYPE_CHECKING:
    from pulumi_workspace365.api.models import CreatedEnvironment, EnvironmentEntry

log = logging.getLogger("pulumi_workspace365")

_CERTAINLY_NOT_DONE = (
    errors.Unavailable,
    errors.Rejected,
    errors.Unauthorized,
    errors.NotFound,
    errors.Refused,
    errors.ConfigurationError,
)
_NOT_UP_TO_DATE = "the journal of creates could not be brought up to date"
_MOST_NAMED = 40
_LONGEST_NAMED = 80


@dataclass(frozen=True)
class CreateRequest:
    """The desired environment of a create."""

    name: str
    email: str | None
    first_name: str | None
    last_name: str | None


@dataclass(frozen=True)
class CreatedOrAdopted:
    """An existing environment: its actual name, and the values that only the response to its create contained."""

    name: str
    environment_id: str | None = None
    password: str | None = None
    is_new: bool = True


def create(cache: EnvironmentCache, request: CreateRequest, *, adopt: bool) -> CreatedOrAdopted:
    """Create the environment, recognise it as the work of an earlier run that was interrupted, or adopt it.

    Raises:
        errors.Refused: the name is in use, or the list is not whole; nothing was sent.
        errors.Unavailable: nothing was sent, or it did not arrive.
        errors.Ambiguous: it is unknown whether an environment was created, or which one.
    """
    urn = context.current().urn
    notes = journal.get_journal() if urn else journal.process_journal()
    owner = urn or f"one of {uuid4()}"  # the SDK's own host does not tell whose create it is
    subject, most = Subject(owner, cache.client.settings.instance, collision_key(request.name)), create_timeout(cache)
    claims.want(subject.instance, request.name)
    with notes.exclusive_lock(subject, most), cache.lock_name(request.name), context.current().request_grace_period(most):
        found = _Create(cache, notes, subject, request).run(adopt=adopt)
    claims.become(subject.instance, request.name, found.name, is_new=found.is_new)
    return found


def mark_recorded(instance: str, requested_name: str, name: str, creation_date: str | None, *, now: bool = True) -> None:
    """The resource that answers the current call is in state as the environment ``name``: its create needs no recognition any more.

    Args:
        instance: where it lives.
        requested_name: the name that its create requested.
        name: the server's name.
        creation_date: its date in state.
        now: note it at once if its create is still open; else with the next create.
    """
    owner = context.current().urn
    if owner:
        with warn_on_error(_NOT_UP_TO_DATE):
            journal.get_journal().record_in_state(
                Subject(owner, instance, collision_key(requested_name)), name, creation_date, now=now
            )


def mark_gone(instance: str, name: str) -> None:
    """The environment of the resource that answers the current call does not exist any more."""
    if context.current().urn:
        with warn_on_error(_NOT_UP_TO_DATE):
            journal.get_journal().record_gone(name, instance)


_warned: WeakKeyDictionary[context.Connection, set[str]] = WeakKeyDictionary()


@contextmanager
def warn_on_error(what: str) -> Iterator[None]:
    """Log errors in the block as warnings, each one once in a run, because they must not lose a change that succeeded."""
    try:
        yield
    except BaseException as problem:  # noqa: BLE001  not even an interrupt may lose an environment that exists
        why = str(problem) if isinstance(problem, errors.W365Error) else type(problem).__name__
        warned = _warned.setdefault(context.current().connection, set())
        if f"{what}: {why}" not in warned:
            warned.add(f"{what}: {why}")
            with suppress(Exception):
                log.warning("%s: %s", what, why)


class _Create:
    """One environment on its way into being."""

    def __init__(self, cache: EnvironmentCache, notes: journal.Journal, subject: Subject, request: CreateRequest) -> None:
        self._cache = cache
        self._notes = notes
        self._subject = subject
        self._request = request
        self._before: Collection[str] = ()

    def run(self, *, adopt: bool) -> CreatedOrAdopted:
        verdict = interrupted_creates.evaluate(self._cache, self._notes, self._subject)
        if verdict.found is not None:
            return self._recognised(verdict.found, verdict)
        existing = self._cache.find(self._request.name)
        if existing and adopt:
            self._adopted(existing)
            return CreatedOrAdopted(existing.name, is_new=False)
        if existing:
            raise errors.Refused(_in_use(existing, self._subject.instance))
        if verdict.suspects:
            self._note_suspects(verdict)
            raise errors.Ambiguous(
                f"An earlier run lost the answer to creating environment {self._request.name!r} on {self._subject.instance}, and may have "
                f"made one of these: {_named(verdict.suspects)}. Nothing was sent now. {_decide(self._notes)}",
                verdict.names,
            )
        return self._post(without_effect=verdict.suspected)

    def _recognised(self, name: str, verdict: interrupted_creates.RecoveryResult) -> CreatedOrAdopted:
        """What an interrupted run had created for this resource."""
        self._notes.record_created(self._subject, name, verdict.environment_id, answered=False)
        self._cache.reserve(name)
        log.warning(
            "environment %r was created by an earlier run that was interrupted%s; it is kept. Its temporary password is lost for good",
            name,
            f" at {verdict.began.isoformat(timespec='seconds')}" if verdict.began else "",
        )
        return CreatedOrAdopted(name, verdict.environment_id)

    def _adopted(self, existing: "EnvironmentEntry") -> None:
        """A person says that this environment is the resource's: what its interrupted creates may have made is decided."""
        for intent in self._notes.conflicting_intents(self._subject):
            is_its_work = intent.name == existing.name or (
                intent.name is None and existing.name not in self._notes.listed_before(intent)
            )
            if intent.subject.owner == self._subject.owner and is_its_work:
                self._notes.record_created(intent.subject, existing.name, intent.environment_id, answered=False)

    def _post(self, *, without_effect: Iterable[Subject]) -> CreatedOrAdopted:
        """The one POST, and what it led to."""
        if not (self._request.email and self._request.first_name and self._request.last_name):
            raise errors.Refused(
                f"There is no environment {self._request.name!r} to adopt on {self._subject.instance}, and to create one admin_email, "
                "admin_first_name and admin_last_name are required. Nothing was sent."
            )
        self._before = self._cache.names()
        self._notes.record_begin(self._subject, self._cache.latest_snapshot(), without_effect, self._cache.client.skew)
        with self._cache.track_post():
            answer = self._answer()
            if isinstance(answer, CreatedOrAdopted):
                return answer
        return self._find_after_lost_response(*answer)

    def _answer(self) -> "CreatedOrAdopted | tuple[errors.Ambiguous, CreatedEnvironment | None]":
        """What the server made of it; or that the answer was lost, and what of it is known."""
        request = self._request
        try:
            created = self._cache.client.create_environment(
                name=request.name,
                email=request.email or "",
                first_name=request.first_name or "",
                last_name=request.last_name or "",
            )
        except _CERTAINLY_NOT_DONE:
            with warn_on_error(_NOT_UP_TO_DATE):
                self._notes.close(self._subject)
            raise
        except errors.Unnamed as nameless:
            return nameless, nameless.created
        except errors.Ambiguous as lost:
            return lost, None
        except Exception as problem:  # noqa: BLE001  where it broke is not known, so neither is whether it was sent
            return errors.Ambiguous(
                f"Could not create environment {request.name!r} on {self._subject.instance}: internal error ({type(problem).__name__}), so it "
                "is not known whether it was carried out."
            ), None
        return self._created(created.environment_name, created)

    def _created(self, name: str, created: "CreatedEnvironment") -> CreatedOrAdopted:
        """The server answered. From here on nothing may lose the environment."""
        if not self._cache.reserve(name, self._before):
            with warn_on_error(_NOT_UP_TO_DATE):
                self._notes.record_suspects(self._subject, (name,))
            raise errors.Ambiguous(
                f"Asked for environment {self._request.name!r}, the server answered with {name!r}, which existed before: nothing is "
                "recorded. Choose another environment_name, and look at the instance.",
                (name,),
            )
        with warn_on_error(f"environment {name!r} was created, but could not be noted in the journal of creates"):
            self._notes.record_created(self._subject, name, created.id)
        return CreatedOrAdopted(name, created.id, _password(created))

    def _find_after_lost_response(self, failure: errors.Ambiguous, response: "CreatedEnvironment | None") -> CreatedOrAdopted:
        """The environment of a create whose response was lost; ``response`` is the readable part, if there was one."""
        seconds = settle_timeout(self._cache)
        try:
            verdict = interrupted_creates.evaluate(self._cache, self._notes, self._subject, seconds=seconds)
        except Exception as problem:
            why = str(problem) if isinstance(problem, errors.W365Error) else f"Internal error: {type(problem).__name__}."
            raise errors.Ambiguous(f"{failure} Nor could it be looked for on the list: {why} {_next(self._notes)}") from problem
        if verdict.found is not None:
            return self._is_it(verdict.found, response)
        with warn_on_error(_NOT_UP_TO_DATE):
            self._note_suspects(verdict)
        if verdict.suspects:
            raise errors.Ambiguous(
                f"{failure} It is not on the list under this name after {seconds:g} s, but other environments are new there, and the server may "
                f"have changed its name: {_named(verdict.suspects)}. {_decide(self._notes)}",
                verdict.names,
            )
        raise errors.Ambiguous(f"{failure} It is not on the list after {seconds:g} s. {_next(self._notes)}")

    def _is_it(self, name: str, response: "CreatedEnvironment | None") -> CreatedOrAdopted:
        self._cache.reserve(name)
        found = CreatedOrAdopted(name, response.id, _password(response)) if response else CreatedOrAdopted(name)
        with warn_on_error(f"environment {name!r} was created, but could not be noted in the journal of creates"):
            self._notes.record_created(self._subject, name, found.environment_id, answered=False)
        log.warning(
            "the answer to creating environment %r was lost; %r on the list is it.%s",
            self._request.name,
            name,
            "" if response else " Its id and temporary password are lost for good",
        )
        return found

    def _note_suspects(self, verdict: interrupted_creates.RecoveryResult) -> None:
        for subject, entries in verdict.suspected.items():
            self._notes.record_suspects(subject, [entry.name for entry in entries])


def _password(created: "CreatedEnvironment") -> str | None:
    return created.temporary_password.get_secret_value() if created.temporary_password else None


def _next(notes: journal.Journal) -> str:
    if notes.is_durable:
        return "Run it again: the list is compared with what it was before, and nothing is sent while it may have been created."
    return "The journal of creates is off (W365_JOURNAL), so the next run does not know of it: check whether it exists before you run it again."


def _decide(notes: journal.Journal) -> str:
    adopt = "If one of them is yours, use its name as environment_name and set adopt_existing=True"
    if notes.is_durable:
        return f"{adopt}; dismiss each of the others with `w365 recover --dismiss NAME`. Until then nothing is sent for this resource."
    return f"{adopt}. The journal of creates is off (W365_JOURNAL), so the next run does not know of this: decide before you run it again."


def _named(entries: "tuple[EnvironmentEntry, ...]") -> str:
    names = [entry.name if len(entry.name) <= _LONGEST_NAMED else f"{entry.name[:_LONGEST_NAMED]}…" for entry in entries]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(map(repr, names[:_MOST_NAMED])) + more


def _in_use(existing: "EnvironmentEntry", instance: str) -> str:
    return (
        f"Environment {existing.name!r} exists already on {instance} (created {existing.creation_date or 'at an unknown time'}). "
        "Set adopt_existing=True to take it over as it is, or choose another environment_name. Nothing was sent."
    )
