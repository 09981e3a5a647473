"""``w365 recover``: records in the journal what a lost run may have created, so that the next ``up`` recognises it instead of refusing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import typer

from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365.lifecycle.journal_records import Intent, Subject
from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.interruption_time import InterruptionTime, TimeUnknownError
from pulumi_workspace365_cli.report import Check, CheckStatus, Column, Report, Row, Table, exit_code_of
from pulumi_workspace365_cli.stack_state import StackState, StateResource

Status = Literal["noted", "open", "in state", "not recoverable"]

_COLUMNS = (Column("environment"), Column("status", "status"), Column("began"), Column("detail", "prose"), Column("resource"))
_OFF = (
    "The journal of creates is off, so nothing can be noted for the next run: set W365_JOURNAL to a file, the same for `w365 recover` and for "
    "`pulumi up`."
)


def register(app: typer.Typer) -> None:
    app.command(
        "recover",
        epilog=options.examples("w365 recover --stack production", "w365 recover --dismiss T0042", "w365 recover --check"),
    )(recover)


def recover(
    stack: options.Stack = None,
    state: options.State = None,
    dismiss: Annotated[
        list[str] | None,
        typer.Option("--dismiss", metavar="NAME", help="Declare that no open create made this environment. Repeatable."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with code 3 if a create is still open.")] = False,
    output: options.Output = None,
) -> None:
    """Note what a lost run may have created.

    A create that was under way when a run was lost stays among the pending operations of the stack. It is noted in the journal of creates
    (W365_JOURNAL), so that the next `pulumi up` recognises what it made. With --dismiss alone the stack is not looked at. Sends nothing.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack, state=state)
    notes = journal.get_journal(context.environ)
    if notes.path is None:
        raise CommandError(_OFF)
    found, requested = StackState(()), datetime.now(UTC)
    if not dismiss or stack or state:
        found = context.state()
        _close(notes, found)
    creates = _recovered(context, notes, found, requested)
    dismissed = {name: _dismiss(notes, name) for name in dismiss or ()}
    shown = [*creates, *_open(notes, found, creates)]
    output_formats.write_outputs(report(str(notes.path), shown, dismissed, check=check), targets)


@dataclass(frozen=True)
class InterruptedCreate:
    """A create that was interrupted, or may have been."""

    environment: str
    status: Status
    detail: str
    instance: str = ""
    resource: str = ""
    began: datetime | None = None
    suspects: tuple[str, ...] = ()

    @property
    def verdict(self) -> CheckStatus:
        """The status of its row in a report."""
        verdicts: dict[Status, CheckStatus] = {"noted": "ok", "open": "ok", "in state": "skipped", "not recoverable": "warning"}
        return "warning" if self.suspects else verdicts[self.status]

    @property
    def is_open(self) -> bool:
        """Whether the next `pulumi up` has to look for its environment."""
        return self.status in {"noted", "open"}


def _recovered(
    context: CommandContext, notes: journal.Journal, found: StackState, requested: datetime
) -> list[InterruptedCreate]:
    """What became of each pending create of the stack."""
    if not found.creating:
        return []
    interruption = InterruptionTime(context, found, requested)
    longest = timedelta(seconds=_settings(context).longest_create)
    present = {resource.urn for resource in found.environments}
    creates = {resource.urn: resource for resource in found.creating if resource.kind == "Environment"}
    return [_noted(notes, resource, interruption, longest, urn in present) for urn, resource in creates.items()]


def _close(notes: journal.Journal, found: StackState) -> None:
    """The stack was written after these creates began, and holds their resources."""
    present = {resource.urn for resource in found.environments}
    over = [
        intent.subject
        for intent in notes.open_intents()
        if intent.subject.owner in present and found.written is not None and intent.began <= found.written
    ]
    notes.close(*over)


def _settings(context: CommandContext) -> configuration.Settings:
    try:
        return context.settings()
    except errors.ConfigurationError:
        return configuration.Settings("")  # resources of explicit instances only


def _noted(
    notes: journal.Journal, resource: StateResource, interruption: InterruptionTime, longest: timedelta, is_present: bool
) -> InterruptedCreate:
    requested_name, instance = resource.input("environment_name"), resource.input("instance")
    name = requested_name if isinstance(requested_name, str) else resource.name
    if is_present:
        return InterruptedCreate(name, "in state", "it is in the state by now", resource=resource.urn)
    if not isinstance(requested_name, str) or not isinstance(instance, str):
        return _refused(name, resource, "its name is encrypted in state")
    began = interruption.create_started_at(resource)
    try:
        earliest = began or interruption.earliest_interruption(resource) - longest
    except TimeUnknownError as why:
        return _refused(name, resource, str(why))
    latest = (began or earliest + longest) + longest
    if notes.record_recovered(Subject(resource.urn, instance, collision_key(requested_name)), earliest, latest):
        detail = "if it was created, the next `pulumi up` recognizes it"
        return InterruptedCreate(name, "noted", detail, instance, resource.urn, earliest)
    return InterruptedCreate(name, "open", "it is in the journal already", instance, resource.urn, earliest)


def _refused(name: str, resource: StateResource, why: str) -> InterruptedCreate:
    detail = f"{why}: check whether it exists; if it is yours, set adopt_existing=True"
    return InterruptedCreate(name, "not recoverable", detail, resource=resource.urn)


def _dismiss(notes: journal.Journal, name: str) -> int:
    """On every instance on which a create is open; returns how many creates it can stop no more."""
    instances = {intent.subject.instance for intent in notes.open_intents()}
    return sum(len(notes.dismiss(name, instance)) for instance in sorted(instances))


def _open(notes: journal.Journal, found: StackState, shown: Sequence[InterruptedCreate]) -> Iterable[InterruptedCreate]:
    """What else the journal holds open, of the stack if one was looked at."""
    reported = {create.resource for create in shown}
    for intent in notes.open_intents():
        if intent.subject.owner not in reported and intent.subject.owner.startswith(found.urns):
            yield _as_open(intent)


def _as_open(intent: Intent) -> InterruptedCreate:
    if intent.suspects:
        detail = f"it may have made one of {', '.join(intent.suspects)}"
    elif intent.name is not None:
        detail = f"it made {intent.name}, which the next `pulumi up` records in the state"
    else:
        detail = "the next `pulumi up` looks for what it created"
    subject = intent.subject
    return InterruptedCreate(subject.folded, "open", detail, subject.instance, subject.owner, intent.began, intent.suspects)


def report(path: str, creates: Sequence[InterruptedCreate], dismissed: Mapping[str, int], *, check: bool = False) -> Report:
    """The creates as the journal has them now."""
    count = {
        status: sum(create.status == status for create in creates) for status in ("noted", "open", "in state", "not recoverable")
    }
    parts = [f"{number} {status}" for status, number in count.items() if number]
    checks = tuple(
        Check(create.environment, "failed" if check and create.is_open else create.verdict, f"{create.status}: {create.detail}")
        for create in creates
    )
    rows = tuple(_row(create, one.verdict) for create, one in zip(creates, checks, strict=True))
    return Report(
        "recover",
        "Interrupted creates",
        f"Interrupted creates: {', '.join(parts)}." if parts else "No create was interrupted.",
        facts={"journal": path},
        tables=(Table("", _COLUMNS, rows),) if rows else (),
        checks=checks,
        notes=tuple(_describe_dismissal(name, number) for name, number in dismissed.items()),
        data={
            "journal": path,
            "creates": [_data(create) for create in creates],
            "dismissed": [name for name, number in dismissed.items() if number],
        },
        exit_code=exit_code_of(checks),
    )


def _describe_dismissal(name: str, number: int) -> str:
    if not number:
        return f"{name} was not dismissed: no create is open that could have made it."
    return f"{name} was dismissed: none of the {number} open creates is taken to have made it."


def _row(create: InterruptedCreate, verdict: CheckStatus) -> Row:
    began = create.began.isoformat(timespec="seconds") if create.began else ""
    return Row((create.environment, create.status, began, create.detail, create.resource.rpartition("::")[2]), verdict)


def _data(create: InterruptedCreate) -> dict[str, object]:
    return {
        "environment": create.environment,
        "instance": create.instance or None,
        "resource": create.resource,
        "status": create.status,
        "began": create.began.isoformat() if create.began else None,
        "detail": create.detail,
        "suspects": list(create.suspects),
    }
