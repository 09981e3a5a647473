"""``w365 fleet``: each customer, the stack that manages it, its ring, lifecycle and last update; and what no stack or several manage."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from pulumi_workspace365_cli import fleet as fleets
from pulumi_workspace365_cli import fleet_files, options, output_formats, stack_views
from pulumi_workspace365_cli.fleet import Assignment, FleetStack
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, csv_table, exit_code_of, metrics
from pulumi_workspace365_cli.report.metrics import Sample

_COLUMNS = (
    *(Column("customer"), Column("environment"), Column("stack"), Column("ring"), Column("lifecycle"), Column("last update")),
    *(Column("status", "status"), Column("what", "prose")),
)
_STACKS = (Column("stack"), Column("customers' files"), Column("rings"), Column("managed", "number"), Column("last update"))
_WORDS = {"ok": "ok", "warning": "look", "failed": "wrong", "skipped": ""}


def register(app: typer.Typer) -> None:
    lines = ("w365 fleet", "w365 fleet --output csv=fleet.csv", "w365 fleet --stack canary --stack broad --output github")
    app.command("fleet", epilog=options.examples(*lines))(fleet)


def fleet(
    *,
    stack: options.Stacks = None,
    all_stacks: options.AllStacks = False,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """Show which stack manages whom.

    Each customer with its stack, ring, lifecycle and last update, from the customers' files, the stacks' settings and their states. Of all stacks unless some are given. Needs no key and no instance. Exit code 3 when a customer is managed by two stacks, is in a ring that no stack takes, or is managed by another stack than the one that takes it.
    """
    targets = output_formats.resolve_targets(output)
    contexts = stack_views.contexts(stack, all_stacks=all_stacks or not stack, sandbox=sandbox)
    if len(contexts) == 1:
        contexts = [contexts[0].verified()]
    read = stack_views.states(contexts)
    stacks = [fleet_files.read_stack(context, state) for context, state in zip(contexts, read, strict=True)]
    found = [
        customer for folder in dict.fromkeys(one.folder for one in stacks) for customer in fleet_files.read_customers(folder)
    ]
    rows = fleets.assignments(stacks, found)
    if stack:  # whether another stack takes the others was not looked at
        rows = [one for one in rows if one.taken_by or one.managed_by]
    output_formats.write_outputs(report(stacks, rows, stack_views.project_name(contexts[0])), targets)


def report(stacks: Sequence[FleetStack], found: Sequence[Assignment], project: str = "") -> Report:
    """Every customer, what is wrong first; then the stacks."""
    checks = tuple(map(_check, found))
    rows = tuple(map(_row, found))
    count = Counter(one.status for one in found)
    wrong = f"; {count['failed']} wrong" if count["failed"] else ""
    look = f"; {count['warning']} to look at" if count["warning"] else ""
    managed = sum(bool(one.managed_by) for one in found)
    return Report(
        "fleet",
        "Customers and stacks",
        f"{len(found)} customers, {managed} of them managed, in {len(stacks)} stacks{wrong}{look}.",
        tables=(Table("Customers", _COLUMNS, rows), Table("Stacks", _STACKS, tuple(map(_stack_row, stacks)))),
        checks=checks,
        sheet=csv_table.to_rows(_COLUMNS, rows),
        data={"stacks": [_stack_data(one) for one in stacks], "customers": [_data(one) for one in found]},
        exit_code=exit_code_of(checks),
        metrics=(*_stack_metrics(stacks, project), *(sample for one in found for sample in _metrics(one, project))),
        scopes=tuple({"project": project, "stack": one.name} for one in stacks),
    )


def _stack_metrics(stacks: Sequence[FleetStack], project: str) -> Iterator[Sample]:
    for one in stacks:
        if one.updated:
            yield metrics.sample(metrics.STACK_UPDATED, one.updated.timestamp(), {"project": project, "stack": one.name})


def _metrics(one: Assignment, project: str) -> Iterator[Sample]:
    stack = next(iter(one.managed_by or one.taken_by), "")
    labels = {"project": project, "stack": stack, "customer": one.key}
    known = {"ring": one.customer.ring, "lifecycle": one.customer.lifecycle} if one.customer else {}
    yield metrics.sample(metrics.CUSTOMER_INFO, 1, {**labels, "environment": one.environment, **known})
    yield metrics.sample(metrics.CUSTOMER_OK, one.status != "failed", labels)
    yield metrics.sample(metrics.CUSTOMER_MANAGED, bool(one.managed_by), labels)


def _row(one: Assignment) -> Row:
    customer = one.customer
    ring, lifecycle = (customer.ring, customer.lifecycle) if customer else ("", "")
    stacks, updated = ", ".join(one.managed_by or one.taken_by), f"{one.updated:%Y-%m-%d %H:%M}" if one.updated else ""
    return Row((one.key, one.environment, stacks, ring, lifecycle, updated, _WORDS[one.status], one.problem), one.status)


def _stack_row(one: FleetStack) -> Row:
    updated = f"{one.updated:%Y-%m-%d %H:%M}" if one.updated else "never"
    return Row(
        (
            one.name,
            one.folder.name,
            "all" if one.rings is None else ", ".join(one.rings),
            str(len(one.state.environments)),
            updated,
        ),
        "ok",
    )


def _check(one: Assignment) -> Check:
    detail = one.problem or f"managed by {one.managed_by[0]}"
    return Check(one.key, one.status, detail, one.remedy)


def _stack_data(one: FleetStack) -> dict[str, Any]:
    return {
        "name": one.name,
        "customers": one.folder.name,
        "rings": None if one.rings is None else list(one.rings),
        "managed": len(one.state.environments),
        "updated": one.updated.isoformat() if one.updated else None,
    }


def _data(one: Assignment) -> dict[str, Any]:
    customer = one.customer
    return {
        "key": one.key,
        "environment": one.environment,
        "file": customer.file.name if customer else None,
        "ring": customer.ring if customer else None,
        "lifecycle": customer.lifecycle if customer else None,
        "taken_by": list(one.taken_by),
        "managed_by": list(one.managed_by),
        "status": one.status,
        "problem": one.problem or None,
        "updated": one.updated.isoformat() if one.updated else None,
        "changed": one.changed,
    }
