"""One run from its first question to the removal of what it created."""

from collections.abc import Iterable

from pulumi_workspace365 import errors
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365_cli.conformance import (
    create_readings,
    environment_readings,
    preflight,
    removal,
    second_create_readings,
    test_environment,
)
from pulumi_workspace365_cli.conformance.pending_removals import Record
from pulumi_workspace365_cli.conformance.session import Extra, Session, StoppedError
from pulumi_workspace365_cli.conformance.test_environment import NotOursError, ThrowAway
from pulumi_workspace365_cli.errors import CommandError


def run(session: Session, *, plain: bool) -> list[str]:
    """Ask everything, and remove what was created. Returns what went wrong, in sentences; empty when all was asked and all is gone.

    Raises:
        errors.W365Error: nothing could be asked; nothing was created.
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
        problems.append(f"The instance answered the create with an environment that is not certainly new: {doubt}.")
    except CommandError as problem:
        problems.append(str(problem))
    finally:
        if session.parts:
            problems += _remove(session, session.created, {session.token})
    preflight.conclude(session)
    return problems


def remove_left_over(session: Session, records: Iterable[Record]) -> list[str]:
    """Remove what earlier runs created. Returns why something is still there."""
    records = list(records)
    return _remove(session, [ThrowAway(session, record) for record in records], {record.token for record in records})


def _remove(session: Session, created: Iterable[ThrowAway], tokens: set[str]) -> list[str]:
    """Remove environments, the newest first, and then what else holds the tokens. Returns why something is still there."""
    left = [_removed(session, made) for made in reversed(list(created))]
    try:
        left += [_removed(session, more) for more in test_environment.unasked(session, tokens)]
    except (errors.W365Error, CommandError) as problem:
        left.append(f"Whether more than one environment was made of a create cannot be told: {problem}")
    return [why for why in left if why]


def _removed(session: Session, made: ThrowAway) -> str:
    session.tell(f"removing {made.name!r} (at most {removal.limit(made):g} s)")
    return removal.remove(made).left


def _ask(session: Session, *, plain: bool) -> None:
    before = preflight.ask(session)
    made = create_readings.create(session, plain=plain)
    entry = _complete(session, before, made)
    environment_readings.ask(session, made)
    if Extra.DUPLICATE_NAME in session.extras:
        second_create_readings.duplicate(session, made)
    _delete(session, made)
    if Extra.RECREATE in session.extras and made not in session.created:
        second_create_readings.recreate(session, made, entry)


def _complete(session: Session, before: list[EnvironmentEntry], made: ThrowAway) -> EnvironmentEntry | None:
    """Whether the list holds everything; the new environment's entry."""
    entry = None
    with session.asking("looking whether the list is complete", "list-complete"):
        after, entry = {entry.name for entry in session.client.list_environments()}, made.listed()
        lost = {entry.name for entry in before} - after
        said = f"{len(before)} before the create, {len(after)} after it"
        if entry is not None and not lost:
            session.find("list-complete", "holds", f"{said}, all of the former among them")
        elif len(after) == len(before):
            consequence = "What is cut off is taken for gone, unless its own address tells otherwise; W365_ALLOW_VANISHED bounds how much in one run."
            session.find("list-complete", "differs", f"{said}: it seems to be cut off, or is very late", consequence)
        else:
            session.find("list-complete", "cannot be told", f"{said}: others are at work")
    return entry


def _delete(session: Session, made: ThrowAway) -> None:
    """Remove the environment and find out what that shows."""
    session.ending.check()
    session.tell(f"removing {made.name!r}, and waiting until the list shows it (at most {removal.limit(made):g} s)")
    result = removal.remove(made)
    seen = session.observed.last("delete")
    told = seen.told if seen else ""
    if result.left:
        session.find("delete", "cannot be told", result.left)
        return
    if result.refused_active:
        consequence = "Set active=False and run `pulumi up` before an environment is taken out of the program."
        session.find("delete", "differs", "refused until it was deactivated", consequence)
    elif result.was_active:
        session.find("delete", "holds", told)
    else:
        session.find("delete", "cannot be told", f"it was not listed as active; {told}")
    if result.listed_for is not None:
        create_readings.listed(session, "delete-listed", result.listed_for)
    _gone(session, made)


def _gone(session: Session, made: ThrowAway) -> None:
    with session.asking("asking for what is gone", "unknown-name"):
        found = session.once.exists(made.name)
        if found is None:
            session.find("unknown-name", "cannot be told", "the instance does not offer its licensing")
        else:
            session.find("unknown-name", "differs" if found else "holds", _last(session, "licensing"))
    if not made.holds_token:
        return  # its name may be given to somebody else
    with session.asking("deleting what is gone", "delete-again"):
        try:
            session.once.delete_environment(made.name)
        except errors.NotFound:
            session.find("delete-again", "holds", _last(session, "delete"))
            return
        except errors.W365Error:
            session.find(
                "delete-again",
                "differs",
                _last(session, "delete"),
                "A delete whose answer was lost ends in an error; the next `pulumi up` finds it gone.",
            )
            return
        session.find("delete-again", "differs", _last(session, "delete"), "None: a delete counts as done either way.")


def _last(session: Session, operation: str) -> str:
    seen = session.observed.last(operation)
    return seen.told if seen else "no answer"
