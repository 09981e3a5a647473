"""Readings that send a second create, and so need a flag: a name in use, and a name that was in use."""

from pulumi_workspace365 import errors
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.lifecycle import create, journal
from pulumi_workspace365_cli.conformance import create_checks, throwaway_environment
from pulumi_workspace365_cli.conformance.session import Session
from pulumi_workspace365_cli.conformance.throwaway_environment import ThrowawayEnvironment


def duplicate(session: Session, made: ThrowawayEnvironment) -> None:
    """Ask for a second environment of the same name, and have removed at the end what that may have created.

    Raises:
        StoppedError: the asking ends.
    """
    with session.checking("asking for a second environment of the same name", "duplicate"):
        second = throwaway_environment.record_create(session, made.record.asked)
        journal.get_journal().record_begin(throwaway_environment.journal_subject(second.record))
        try:
            created = session.client_without_retries.create_environment(
                name=made.record.asked,
                email=session.email,
                first_name=throwaway_environment.FIRST_NAME,
                last_name=throwaway_environment.LAST_NAME,
            )
        except errors.Ambiguous:
            session.print_progress("waiting whether a second one appears on the list")
            session.poll(second.find_on_list, lambda entry: entry is not None, session.settings.settle_seconds)
            raise
        except errors.Rejected as refusal:
            throwaway_environment.discard_record(second)
            _refused(session, refusal)
            return
        except errors.W365Error:
            throwaway_environment.discard_record(second)
            raise
        _made(session, made, second, created.environment_name, created.id)


def recreate(session: Session, first: ThrowawayEnvironment, entry: EnvironmentEntry | None) -> None:
    """Create the environment again after it was removed; it has to be removed once more.

    Args:
        session: the run.
        first: what was removed.
        entry: as the list had shown that.

    Raises:
        StoppedError: the asking ends.
        NotOursError: the instance answered with an environment that is not certainly new.
    """
    with session.checking("creating it again under the same name", "recreate"):
        try:
            again = throwaway_environment.create(session, first.record.asked)
        except errors.Rejected as refusal:
            session.record_finding("recreate", "differs", f"refused: {refusal}", "A name that was in use cannot be used again.")
            return
        found, _ = create_checks.wait_until_listed(session, again)
        if found is None or entry is None:
            session.record_finding("recreate", "cannot be told", "the list did not show both")
            return
        is_new_date = found.creation_date != entry.creation_date
        is_new_id = again.record.environment_id != first.record.environment_id
        said = f"creation date {'new' if is_new_date else 'as before'}, Id {'new' if is_new_id else 'as before'}"
        if again.name != first.name:
            session.record_finding("recreate", "cannot be told", f"it was named {again.name!r} now; {said}")
        elif is_new_date:
            session.record_finding("recreate", "holds", said)
        else:
            consequence = (
                "An environment that was deleted and created again is not seen to be another one: its settings are not sent anew."
            )
            session.record_finding("recreate", "differs", said, consequence)


def _refused(session: Session, refusal: errors.Rejected) -> None:
    seen = session.observed.last("create")
    told = seen.description if seen else str(refusal)
    session.record_finding("duplicate", "holds" if seen and seen.status == 400 else "differs", told)


def _made(
    session: Session, made: ThrowawayEnvironment, second: ThrowawayEnvironment, name: str, environment_id: str | None
) -> None:
    seen = session.observed.last("create")
    told = seen.description if seen else "it was answered"
    if name == made.name:
        is_same = environment_id == made.record.environment_id
        throwaway_environment.discard_record(second)
        said = f"{told}, with {'the environment that was there' if is_same else 'the same name and another Id'}"
        session.record_finding(
            "duplicate", "differs", said, "A name in use is not refused there; it is refused here, before anything is sent."
        )
        return
    with create.warn_on_error("the journal of creates could not be brought up to date"):
        journal.get_journal().record_created(throwaway_environment.journal_subject(second.record), name, environment_id)
    throwaway_environment.record_response(second, name, environment_id)
    said = f"{told}: a second environment, {name!r}"
    session.record_finding(
        "duplicate",
        "differs",
        said,
        "A create that is sent twice makes two environments. None is, as long as W365_JOURNAL is kept.",
    )
    session.poll(second.find_on_list, lambda entry: entry is not None, session.settings.settle_seconds)
