"""``w365 expiry``: when the sign-on keys expire, from the argument ``key_expires``. Nobody can sign in with an expired key."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from pulumi_workspace365_cli import dates, options, output_formats, stack_views
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, csv_table, exit_code_of, metrics
from pulumi_workspace365_cli.report.metrics import Sample
from pulumi_workspace365_cli.stack_state import StackState, StateResource

_COLUMNS = (
    Column("environment"),
    Column("key ends"),
    Column("days left", "number"),
    Column("verdict", "status"),
    Column("resource"),
)


def register(app: typer.Typer) -> None:
    app.command("expiry", epilog=options.examples("w365 expiry", "w365 expiry --all-stacks --within 60 --output github"))(expiry)


def expiry(
    *,
    within: Annotated[
        int, typer.Option("--within", metavar="DAYS", min=0, help="Fail if a key ends within this many days.")
    ] = 30,
    stack: options.Stacks = None,
    all_stacks: options.AllStacks = False,
    state: options.State = None,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """Show when sign-on keys end, soonest first.

    Those of the environments that the stacks manage. Needs the stacks' state only, no key and no instance. Exit code 3 when a key has ended or ends within --within days.
    """
    targets = output_formats.resolve_targets(output)
    contexts = stack_views.contexts(stack, all_stacks=all_stacks, state=state, sandbox=sandbox)
    found = stack_views.states(contexts)
    shown = report(found, within, datetime.now(UTC).date())
    output_formats.write_outputs(replace(shown, scopes=stack_views.scopes(contexts, found)), targets)


def report(states: Sequence[StackState], within: int, today: date) -> Report:
    """The keys and their ends; one without a readable date cannot be judged."""
    signed = [
        (resource, dates.day(resource.text_output("key_expires")))
        for state in states
        for resource in state.settings
        if resource.kind == "OAuth2SignOn"
    ]
    signed.sort(key=lambda pair: (pair[1] or date.max, pair[0].id))
    checks = tuple(_evaluate(resource, end, within, today) for resource, end in signed)
    several = len(states) > 1
    columns = (*_COLUMNS, Column("stack")) if several else _COLUMNS
    rows = tuple(
        _row(resource, end, today, check, several=several) for (resource, end), check in zip(signed, checks, strict=True)
    )
    ending, untold = (sum(check.verdict == verdict for check in checks) for verdict in ("failed", "skipped"))
    summary = (
        f"{ending} of {len(signed)} sign-on keys have ended or end within {within} days."
        if ending
        else f"No key of {len(signed)} ends within {within} days."
    )
    notes = (f"{untold} without key_expires cannot be checked: set it together with the key.",) if untold else ()
    return Report(
        "expiry",
        "Sign-on keys by end date",
        summary if signed else "The stacks manage no sign-on." if several else "The stack manages no sign-on.",
        facts={"today": str(today)},
        tables=(Table("", columns, rows),) if rows else (),
        checks=checks,
        sheet=csv_table.to_rows(columns, rows),
        notes=notes,
        data={"within_days": within, "keys": [_data(resource, end, today) for resource, end in signed]},
        exit_code=exit_code_of(checks),
        metrics=tuple(sample for resource, end in signed for sample in _metrics(resource, end)),
    )


def _evaluate(resource: StateResource, end: date | None, within: int, today: date) -> Check:
    if end is None:
        return Check(resource.id, "skipped", f"{resource.name} has no key_expires")
    days = (end - today).days
    detail = f"the sign-on key ends on {end}, in {days} days" if days >= 0 else f"the sign-on key ended on {end}"
    if days > within:
        return Check(resource.id, "ok", detail)
    return Check(
        resource.id, "failed", detail, "Create a new key before users can no longer sign in, and deploy it with its key_expires."
    )


def _row(resource: StateResource, end: date | None, today: date, check: Check, *, several: bool) -> Row:
    words = {"ok": "ok", "failed": "ended" if end and end < today else "ends soon", "skipped": "not told", "warning": ""}
    days = "" if end is None else str((end - today).days)
    cells = (resource.id, str(end or ""), days, words[check.verdict], resource.name)
    return Row((*cells, resource.stack) if several else cells, check.verdict)


def _metrics(resource: StateResource, end: date | None) -> Iterator[Sample]:
    labels = {"project": resource.project, "stack": resource.stack, "environment": resource.id, "resource": resource.name}
    yield metrics.sample(metrics.KEY_EXPIRY_KNOWN, end is not None, labels)
    if end is not None:
        yield metrics.sample(metrics.KEY_EXPIRY, datetime.combine(end, time(), UTC).timestamp(), labels)


def _data(resource: StateResource, end: date | None, today: date) -> dict[str, object]:
    days = None if end is None else (end - today).days
    return {
        "environment": resource.id,
        "instance": resource.instance,
        "resource": resource.urn,
        "stack": resource.stack,
        "key_expires": str(end) if end else None,
        "days_left": days,
    }
