"""``w365 drift``: what changed behind Pulumi's back, found with a single list request per instance."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from pulumi_workspace365_cli import options, output_formats, stack_drift, stack_views
from pulumi_workspace365_cli.context import PROVISIONING
from pulumi_workspace365_cli.drift import VERDICTS, DriftFinding, Status
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, csv_table, metrics
from pulumi_workspace365_cli.report.metrics import Sample
from pulumi_workspace365_cli.stack_drift import InstanceDrift

DRIFTED = 4
_STACK = Column("stack")
_COLUMNS = (Column("environment"), Column("status", "status"), Column("resource"), Column("what", "prose"))
_TO_DO = (Column("environment"), Column("status", "status"), Column("what", "prose"), Column("what happens next", "prose"))
_MOST_NAMES = 8
_URGENCY: tuple[Status, ...] = ("gone", "re-created", "drifted")
_NEXT = {
    "gone": "created anew, empty, by `pulumi refresh` and `pulumi up`",
    "re-created": "`pulumi refresh` and `pulumi up` send it the settings again",
    "drifted": "`pulumi refresh` and `pulumi up` restore what the program declares",
}
_ADVICE = {
    "gone": "First: {names}: find out who deleted this and ask Workspace 365's support to restore it, before any refresh. `pulumi refresh` forgets what "
    "is gone, and the next `pulumi up` creates an environment of the same name anew, empty: users and content are not restored.",
    "re-created": "{names}: somebody deleted and re-created this outside Pulumi, so it has none of the settings. `pulumi refresh` records the new "
    "environment, and the next `pulumi up` sends the settings.",
    "drifted": "{names}: `pulumi refresh` records it in the state, and the next `pulumi up` restores what the program declares.",
}


def register(app: typer.Typer) -> None:
    lines = ("w365 drift", "w365 drift --all-stacks --output github", "pulumi stack export | w365 drift --state - --all")
    app.command("drift", epilog=options.examples(*lines))(drift)


def drift(
    *,
    stack: options.Stacks = None,
    all_stacks: options.AllStacks = False,
    state: options.State = None,
    everything: Annotated[bool, typer.Option("--all", help="Show also what is in sync, not verifiable or unmanaged.")] = False,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """Compare stacks with the instance.

    Changes neither, with one list call per instance. Shows what is to be done, a line per environment; JSON, JUnit and CSV hold everything.
    In sync, drifted, gone, re-created; not verifiable is what the API can only write; unmanaged is what no stack here knows.
    Exit code 4 when something drifted, is gone or was re-created.
    """
    targets = output_formats.resolve_targets(output)
    contexts = stack_views.contexts(stack, all_stacks=all_stacks, state=state, sandbox=sandbox)
    found = [stack_drift.compared(view) for view in stack_views.by_instance(contexts, PROVISIONING)]
    output_formats.write_outputs(report(found, everything=everything), targets)


def report(found: Sequence[InstanceDrift], *, everything: bool) -> Report:
    """What was found, drift first."""
    ordered = sorted((finding for one in found for finding in one.findings), key=_order)
    counts = Counter(finding.status for finding in ordered)
    drifted = sum(finding.is_drift for finding in ordered)
    parts = [f"{counts[status]} {status}" for status in VERDICTS if counts[status]]
    several = sum(len(one.states) for one in found) > 1
    first = (_STACK,) if several else ()
    instances = [one.instance for one in found]
    rows = tuple(_row(finding, several=several) for finding in ordered)
    shown = (
        Table("", (*first, *_COLUMNS), rows)
        if everything
        else Table("", (*first, *_TO_DO), tuple(_to_do(ordered, several=several)))
    )
    return Report(
        "drift",
        "Drift of the stacks" if several else "Drift of the stack",
        f"{'Drift found' if drifted else 'No drift'}: {', '.join(parts) or 'the stack manages nothing here'}.",
        facts={"instance": ", ".join(instances), **({} if everything else _not_listed(counts))},
        tables=(shown,) if shown.rows else (),
        checks=tuple(map(_check, ordered)),
        sheet=csv_table.to_rows((*first, *_COLUMNS), rows),
        notes=tuple(_notes(found, ordered)),
        data={
            "instance": instances[0] if len(instances) == 1 else None,
            "instances": instances,
            "stacks": sorted(state.stack for one in found for state in one.states if state.stack),
            "counts": {status: counts[status] for status in VERDICTS},
            "findings": list(map(_data, ordered)),
        },
        exit_code=DRIFTED if drifted else 0,
        metrics=tuple(sample for one in found for sample in _metrics(one)),
        scopes=tuple({**scope, metrics.INSTANCE_LABEL: one.instance} for one in found for scope in one.scopes),
    )


def _metrics(one: InstanceDrift) -> Iterator[Sample]:
    """How many findings there are of each status, and of each environment whether it drifted."""
    instance = {metrics.INSTANCE_LABEL: one.instance}
    for state, labels in zip(one.states, one.scopes, strict=True):
        scope = {**labels, **instance}
        own = [finding for finding in one.findings if finding.resource and finding.stack == state.stack]
        counts = Counter(finding.status for finding in own)
        for status in (known for known in VERDICTS if known != "unmanaged"):
            yield metrics.sample(metrics.FINDINGS, counts[status], {**scope, "status": re.sub("[ -]", "_", status)})
        for finding in own:
            yield metrics.sample(metrics.IN_SYNC, not finding.is_drift, {**scope, "environment": finding.environment})
    unmanaged = sum(finding.status == "unmanaged" for finding in one.findings)
    yield metrics.sample(metrics.FINDINGS, unmanaged, {**instance, "status": "unmanaged"})


def _order(finding: DriftFinding) -> tuple[bool, bool, str, str]:
    return not finding.is_drift, finding.status == "unmanaged", finding.environment.casefold(), finding.stack


def _to_do(ordered: Sequence[DriftFinding], *, several: bool) -> Iterator[Row]:
    """A line per environment that drifted: what is gone first."""
    grouped: dict[tuple[str, str], list[DriftFinding]] = {}
    for finding in ordered:
        if finding.is_drift:
            grouped.setdefault((finding.environment, finding.stack), []).append(finding)
    worst = [(min(those, key=lambda one: _URGENCY.index(one.status)), those) for those in grouped.values()]
    for finding, those in sorted(worst, key=lambda pair: _URGENCY.index(pair[0].status)):
        details = list(dict.fromkeys(one.detail for one in those if one.status == finding.status and one.detail))
        settings = sum(one.resource is not None and one.resource.kind != "Environment" for one in those)
        what = details[0] if settings < len(those) else "; ".join(details)
        along = f"; with {settings} setting{'s' if settings > 1 else ''}" if 0 < settings < len(those) else ""
        cells = (finding.environment, finding.status, f"{what}{along}", _NEXT[finding.status])
        yield Row((finding.stack, *cells) if several else cells, "failed")


def _not_listed(counts: Counter[Status]) -> dict[str, str]:
    hidden = [f"{counts[status]} {status}" for status in VERDICTS if VERDICTS[status] != "failed" and counts[status]]
    return {"not listed": f"{', '.join(hidden)} (--all lists everything)"} if hidden else {}


def _notes(found: Sequence[InstanceDrift], ordered: Sequence[DriftFinding]) -> list[str]:
    notes = [note for one in found for note in _elsewhere(one)]
    suspicious = [note for one in found for state in one.states if (note := _too_many(one, state.stack))]
    if suspicious:
        return [*notes, *suspicious]
    for status in _URGENCY:
        names = list(dict.fromkeys(finding.environment for finding in ordered if finding.status == status))
        notes += [_ADVICE[status].format(names=_some(names))] if names else []
    return notes


def _elsewhere(one: InstanceDrift) -> Iterator[str]:
    resources = [resource for state in one.states for resource in state.on_other_instances(one.instance)]
    if resources:
        where = ", ".join(sorted({resource.instance or "" for resource in resources}))
        yield f"{len(resources)} resources live on {where} and were not compared."


def _too_many(one: InstanceDrift, stack: str) -> str | None:
    lost = {
        finding.environment for finding in one.findings if finding.stack == stack and finding.status in {"gone", "re-created"}
    }
    if len(lost) <= one.allowed:
        return None
    return (
        f"{len(lost)} environments gone or re-created are more than W365_ALLOW_VANISHED={one.allowed}{f' (stack {stack})' if len(one.states) > 1 else ''}: "
        f"{_some(sorted(lost))}. A truncated list, a restored server or another instance behind the same address would look like this, and "
        "`pulumi refresh` will refuse to forget them. First look at the instance."
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _row(finding: DriftFinding, *, several: bool) -> Row:
    label = finding.resource.label if finding.resource else ""
    cells = (finding.environment, finding.status, label, finding.detail)
    return Row((finding.stack, *cells) if several else cells, VERDICTS[finding.status])


def _check(finding: DriftFinding) -> Check:
    name = f"{finding.environment}: {finding.resource.kind}" if finding.resource else finding.environment
    detail = f"{finding.status}: {finding.detail}" if finding.detail else finding.status
    return Check(name, VERDICTS[finding.status], detail)


def _data(finding: DriftFinding) -> dict[str, object]:
    differences = {name: {"recorded": before, "found": now} for name, (before, now) in finding.differences.items()}
    resource = finding.resource
    return {
        "environment": finding.environment,
        "stack": finding.stack or None,
        "status": finding.status,
        "detail": finding.detail or None,
        "resource": resource.urn if resource else None,
        "type": resource.kind if resource else None,
        "differences": differences,
    }
