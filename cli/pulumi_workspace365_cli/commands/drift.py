"""``w365 drift``: what changed behind Pulumi's back, found with a single list request."""

from collections import Counter

import typer

from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.drift import VERDICTS, DriftFinding, compare
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, csv_table
from pulumi_workspace365_cli.stack_state import StackState

DRIFTED = 4
_COLUMNS = (Column("environment"), Column("status", "status"), Column("resource"), Column("what", "prose"))
_NEXT = "`pulumi refresh` records it in the state, and the next `pulumi up` restores what the program declares."


def register(app: typer.Typer) -> None:
    app.command(
        "drift", epilog=options.examples("w365 drift", "pulumi stack export | w365 drift --state - --output junit=drift.xml")
    )(drift)


def drift(
    stack: options.Stack = None,
    state: options.State = None,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """Compare the stack with the instance.

    Changes neither, with one list call.
    In sync, drifted, gone, re-created; not verifiable is what the API can only write; unmanaged is what the stack does not know.
    Exit code 4 when something drifted, is gone or was re-created.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack, state=state, sandbox=sandbox)
    client = context.client(PROVISIONING)
    managed = context.state()
    _refuse_another_instance(client.settings.instance, managed)
    findings = list(compare(managed.on_instance(client.settings.instance), EnvironmentIndex(client.list_environments())))
    output_formats.write_outputs(report(client.settings.instance, managed, findings, client.settings.allow_vanished), targets)


def _refuse_another_instance(instance: str, state: StackState) -> None:
    others = sorted({resource.instance or "" for resource in state.on_other_instances(instance)})
    if others and not state.on_instance(instance).resources:
        raise CommandError(
            f"Nothing that the stack manages lives on {instance}, but on {', '.join(others)}: point W365_BASE_URL (w365:baseUrl) there, or name another stack."
        )


def report(instance: str, state: StackState, findings: list[DriftFinding], allowed: int) -> Report:
    """What was found, drift first."""
    ordered = sorted(findings, key=lambda item: (not item.is_drift, item.status == "unmanaged", item.environment.casefold()))
    counts = Counter(finding.status for finding in ordered)
    drifted = sum(finding.is_drift for finding in ordered)
    parts = [f"{counts[status]} {status}" for status in VERDICTS if counts[status]]
    return Report(
        "drift",
        "Drift of the stack",
        f"{'Drift found' if drifted else 'No drift'}: {', '.join(parts) or 'the stack manages nothing here'}.",
        facts={"instance": instance},
        tables=(Table("", _COLUMNS, tuple(map(_row, ordered))),) if ordered else (),
        checks=tuple(map(_check, ordered)),
        sheet=csv_table.to_rows(_COLUMNS, map(_row, ordered)),
        notes=tuple(_notes(instance, state, ordered, allowed)),
        data={
            "instance": instance,
            "counts": {status: counts[status] for status in VERDICTS},
            "findings": list(map(_data, ordered)),
        },
        exit_code=DRIFTED if drifted else 0,
    )


def _notes(instance: str, state: StackState, findings: list[DriftFinding], allowed: int) -> list[str]:
    elsewhere = list(state.on_other_instances(instance))
    where = ", ".join(sorted({resource.instance or "" for resource in elsewhere}))
    lost = len({finding.environment for finding in findings if finding.status in {"gone", "re-created"}})
    notes = [f"{len(elsewhere)} resources live on {where} and were not compared."] if elsewhere else []
    if lost > allowed:
        notes.append(
            f"{lost} environments gone or re-created are more than W365_ALLOW_VANISHED={allowed}: a truncated list, a restored server or another "
            "instance behind the same address would look like this, and `pulumi refresh` will refuse to forget them. Look at the instance first."
        )
    elif any(finding.is_drift for finding in findings):
        notes.append(_NEXT)
    return notes


def _row(finding: DriftFinding) -> Row:
    label = finding.resource.label if finding.resource else ""
    return Row((finding.environment, finding.status, label, finding.detail), VERDICTS[finding.status])


def _check(finding: DriftFinding) -> Check:
    name = f"{finding.environment}: {finding.resource.kind}" if finding.resource else finding.environment
    detail = f"{finding.status}: {finding.detail}" if finding.detail else finding.status
    return Check(name, VERDICTS[finding.status], detail)


def _data(finding: DriftFinding) -> dict[str, object]:
    differences = {name: {"recorded": before, "found": now} for name, (before, now) in finding.differences.items()}
    resource = finding.resource
    return {
        "environment": finding.environment,
        "status": finding.status,
        "detail": finding.detail or None,
        "resource": resource.urn if resource else None,
        "type": resource.kind if resource else None,
        "differences": differences,
    }
