"""One run, from its first request to the removal of everything that it created."""

from collections.abc import Iterable

from pulumi_workspace365 import errors
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365_cli.conformance import (
    create_checks,
    environment_checks,
    preflight,
    removal,
    second_create_checks,
    throwaway_environment,
)
from pulumi_workspace365_cli.conformance.deadline import StoppedError
from pulumi_workspace365_cli.conformance.pending_removals import CreateRecord
from pulumi_workspace365_cli.conformance.session import Extra, Session
from pulumi_workspace365_cli.conformance.throwaway_environment import NotOursError, ThrowawayEnvironment
from pulumi_workspace365_cli.errors import CommandError


def run(session: Session, *, plain: bool) -> list[str]:
    """Run all tests, and remove everything that was created. Returns the problems, as sentences; empty on success.

    Raises:
        errors.W365Error: the first request failed; nothing was created.
    """
    problems: list[str] = []
    try:
        _ask(session, plain=plain)
    except StoppedError as end:
        problems.append(str(end))
    except errors.W365Error as problem:
        if not session.findings:
            raise
        problems.append(str(problem))
    except NotOursError as doubt:
        problems.append(f"The response to the create names an environment that is not certainly new: {doubt}.")
    except CommandError as problem:
        problems.append(str(problem))
    finally:
        if session.create_count:
            problems += _remove(session, session.created, {session.token})
    preflight.run_final_checks(session)
    return problems


def remove_left_over(session: Session, records: Iterable[CreateRecord]) -> list[str]:
    """Remove what earlier runs created. Returns the reasons why something remains."""
    records = list(records)
    return _remove(session, [ThrowawayEnvironment(session, record) for record in records], {record.token for record in records})


def _remove(session: Session, created: Iterable[ThrowawayEnvironment], tokens: set[str]) -> list[str]:
    """Remove environments, the newest first, then others whose names contain a token. Returns the reasons why something remains."""
    left = [_removed(session, throwaway) for throwaway in reversed(list(created))]
    try:
        left += [_removed(session, more) for more in throwaway_environment.find_unrecorded(session, tokens)]
    except (errors.W365Error, CommandError) as problem:
        left.append(f"It is not known whether a create made more than one environment: {problem}")
    return [why for why in left if why]


def _removed(session: Session, throwaway: ThrowawayEnvironment) -> str:
    session.print_progress(f"removing {throwaway.name!r} (at most {removal.removal_timeout(throwaway):g} s)")
    return removal.remove(throwaway).remaining


def _ask(session: Session, *, plain: bool) -> None:
    before = preflight.run_checks(session)
    throwaway = create_checks.create(session, plain=plain)
    entry = _complete(session, before, throwaway)
    environment_checks.run_checks(session, throwaway)
    if Extra.DUPLICATE_NAME in session.extras:
        second_create_checks.duplicate(session, throwaway)
    _delete(session, throwaway)
    if Extra.RECREATE in session.extras and throwaway not in session.created:
        second_create_checks.recreate(session, throwaway, entry)


def _complete(session: Session, before: list[EnvironmentEntry], throwaway: ThrowawayEnvironment) -> EnvironmentEntry | None:
    """Test whether the list is complete. Returns the new environment's entry."""
    entry = None
    with session.checking("checking that the list is complete", "list-complete"):
        after, entry = {entry.name for entry in session.client.list_environments()}, throwaway.find_on_list()
        missing = {entry.name for entry in before} - after
        counts = f"{len(before)} before the create, {len(after)} after it"
        if entry is not None and not missing:
            session.record_finding("list-complete", "holds", f"{counts}, including all earlier ones")
        elif len(after) == len(before):
            consequence = "An environment missing from the list counts as deleted unless it is found at its own address; W365_ALLOW_VANISHED limits how many per run."
            session.record_finding("list-complete", "differs", f"{counts}: the list seems truncated, or very late", consequence)
        else:
            session.record_finding("list-complete", "inconclusive", f"{counts}: somebody else is changing the instance")
    return entry


def _delete(session: Session, throwaway: ThrowawayEnvironment) -> None:
    """Remove the environment, and test the assumptions about deletion."""
    session.deadline.check()
    session.print_progress(
        f"removing {throwaway.name!r}, and waiting until the list no longer shows it (at most {removal.removal_timeout(throwaway):g} s)"
    )
    result = removal.remove(throwaway)
    response = session.observed.last("delete")
    description = response.description if response else ""
    if result.remaining:
        session.record_finding("delete", "inconclusive", result.remaining)
        return
    if result.refused_active:
        consequence = "Set active=False and run `pulumi up` before you remove an environment from the program."
        session.record_finding("delete", "differs", "rejected until it was deactivated", consequence)
    elif result.was_active:
        session.record_finding("delete", "holds", description)
    else:
        session.record_finding("delete", "inconclusive", f"it was not listed as active; {description}")
    if result.listed_seconds is not None:
        create_checks.record_listing_delay(session, "delete-listed", result.listed_seconds)
    _check_gone(session, throwaway)


def _check_gone(session: Session, throwaway: ThrowawayEnvironment) -> None:
    with session.checking("reading the deleted environment", "unknown-name"):
        found = session.client_without_retries.exists(throwaway.name)
        if found is None:
            session.record_finding("unknown-name", "inconclusive", "the instance does not offer licensing")
        else:
            session.record_finding("unknown-name", "differs" if found else "holds", _last(session, "licensing"))
    if not throwaway.holds_token:
        return  # somebody else may have been given its name
    with session.checking("deleting it again", "delete-again"):
        try:
            session.client_without_retries.delete_environment(throwaway.name)
        except errors.NotFound:
            session.record_finding("delete-again", "holds", _last(session, "delete"))
            return
        except errors.W365Error:
            session.record_finding(
                "delete-again",
                "differs",
                _last(session, "delete"),
                "A delete fails if its response is lost; the next `pulumi up` detects the deletion.",
            )
            return
        session.record_finding("delete-again", "differs", _last(session, "delete"), "None: the delete counts as done.")


def _last(session: Session, operation: str) -> str:
    response = session.observed.last(operation)
    return response.description if response else "no response"
