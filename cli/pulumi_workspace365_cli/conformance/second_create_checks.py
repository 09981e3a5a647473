"""Tests that send a second create, and therefore run only on request: with a name in use, and with a name that was in use."""

from pulumi_workspace365 import errors
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.lifecycle import create, journal
from pulumi_workspace365_cli.conformance import create_checks, throwaway_environment
from pulumi_workspace365_cli.conformance.session import Session
from pulumi_workspace365_cli.conformance.throwaway_environment import ThrowawayEnvironment


def duplicate(session: Session, throwaway: ThrowawayEnvironment) -> None:
    """Send a create with the same name. If it makes a second environment, the run removes that at its end.

    Raises:
        StoppedError: the run was interrupted, or the deadline has passed.
    """
    with session.checking("creating a second environment with the same name", "duplicate"):
        second = throwaway_environment.record_create(session, throwaway.record.asked)
        journal.get_journal().record_begin(throwaway_environment.journal_subject(second.record))
        try:
            created = session.client_without_retries.create_environment(
                name=throwaway.record.asked,
                email=session.email,
                first_name=throwaway_environment.FIRST_NAME,
                last_name=throwaway_environment.LAST_NAME,
            )
        except errors.Ambiguous:
            session.print_progress("checking whether a second environment appears on the list")
            session.deadline.poll(second.find_on_list, lambda entry: entry is not None, session.settings.settle_seconds)
            raise
        except errors.Rejected as refusal:
            throwaway_environment.discard_record(second)
            _record_rejection(session, refusal)
            return
        except errors.W365Error:
            throwaway_environment.discard_record(second)
            raise
        _record_success(session, throwaway, second, created.environment_name, created.id)


def recreate(session: Session, first: ThrowawayEnvironment, entry: EnvironmentEntry | None) -> None:
    """Create the environment again after its removal; the run removes it again.

    Args:
        session: the run.
        first: the removed environment.
        entry: its entry on the list before the removal.

    Raises:
        StoppedError: the run was interrupted, or the deadline has passed.
        NotOursError: the response names an environment that is not certainly new.
    """
    with session.checking("creating it again with the same name", "recreate"):
        try:
            again = throwaway_environment.create(session, first.record.asked)
        except errors.Rejected as refusal:
            session.record_finding("recreate", "differs", f"rejected: {refusal}", "A name cannot be reused after a deletion.")
            return
        found, _ = create_checks.wait_until_listed(session, again)
        if found is None or entry is None:
            session.record_finding("recreate", "inconclusive", "the list did not show both environments")
            return
        is_new_date = found.creation_date != entry.creation_date
        is_new_id = again.record.environment_id != first.record.environment_id
        observed = f"creation date {'new' if is_new_date else 'as before'}, Id {'new' if is_new_id else 'as before'}"
        if again.name != first.name:
            session.record_finding("recreate", "inconclusive", f"the new environment was named {again.name!r}; {observed}")
        elif is_new_date:
            session.record_finding("recreate", "holds", observed)
        else:
            consequence = "A re-created environment is not recognised as a new one: its settings are not sent again."
            session.record_finding("recreate", "differs", observed, consequence)


def _record_rejection(session: Session, refusal: errors.Rejected) -> None:
    response = session.observed.last("create")
    description = response.description if response else str(refusal)
    session.record_finding("duplicate", "holds" if response and response.status == 400 else "differs", description)


def _record_success(
    session: Session, throwaway: ThrowawayEnvironment, second: ThrowawayEnvironment, name: str, environment_id: str | None
) -> None:
    response = session.observed.last("create")
    description = response.description if response else "success"
    if name == throwaway.name:
        is_same = environment_id == throwaway.record.environment_id
        throwaway_environment.discard_record(second)
        observed = f"{description}, with {'the existing environment' if is_same else 'the same name and another Id'}"
        session.record_finding(
            "duplicate",
            "differs",
            observed,
            "The instance does not reject a name in use; this project rejects it before it sends anything.",
        )
        return
    with create.warn_on_error("the journal of creates could not be updated"):
        journal.get_journal().record_created(throwaway_environment.journal_subject(second.record), name, environment_id)
    throwaway_environment.record_response(second, name, environment_id)
    session.record_finding(
        "duplicate",
        "differs",
        f"{description}: a second environment, {name!r}",
        "A create that is sent twice makes two environments. W365_JOURNAL on a persistent disk prevents that.",
    )
    session.deadline.poll(second.find_on_list, lambda entry: entry is not None, session.settings.settle_seconds)
