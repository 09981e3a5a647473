"""``w365 environments``: the environments of an instance, which of them the stack manages, and which managed ones are missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import typer

from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365_cli import dates, options, output_formats, stack_views
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.fleet import MULTIPLE_STACKS_REMEDY
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.report import Check, CheckStatus, Column, Report, Row, Table, csv_table, metrics
from pulumi_workspace365_cli.report.metrics import Sample
from pulumi_workspace365_cli.stack_state import StackState, StateResource

Management = Literal["managed", "unmanaged", "gone", "unknown"]
_VERDICTS: Mapping[Management, CheckStatus] = {"managed": "ok", "unmanaged": "skipped", "gone": "failed", "unknown": "ok"}
_COLUMNS = (
    Column("environment"),
    Column("managed", "status"),
    Column("active"),
    Column("created"),
    Column("age in days", "number"),
    Column("resource"),
)
_STACK = Column("stack")


def register(app: typer.Typer) -> None:
    app.command(
        "environments",
        epilog=options.examples(
            "w365 environments",
            "w365 environments --output json | jq .coverage",
            "w365 environments --all-stacks --output csv=environments.csv",
        ),
    )(environments)


def environments(
    *,
    stack: options.Stacks = None,
    all_stacks: options.AllStacks = False,
    state: options.State = None,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """List environments: managed or not, active, age.

    An environment is managed if one of the stacks contains it. Without a project or a stack this is unknown.
    """
    targets = output_formats.resolve_targets(output)
    contexts = stack_views.contexts(stack, all_stacks=all_stacks, state=state, sandbox=sandbox)
    listed, unknown = [], ""
    for view in stack_views.by_instance(contexts, PROVISIONING):
        entries = view.client.list_environments()
        managed, unknown = _managed(view.contexts, view.instance)
        listed.append(InstanceEnvironments(view.instance, entries, managed))
    output_formats.write_outputs(report(listed, datetime.now(UTC), unknown), targets)


@dataclass(frozen=True)
class InstanceEnvironments:
    """The environments of an instance; ``states`` of the stacks there are ``None`` where it is not known what is managed."""

    instance: str
    entries: Sequence[EnvironmentEntry]
    states: Sequence[StackState] | None


def _managed(contexts: Sequence[CommandContext], instance: str) -> tuple[Sequence[StackState] | None, str]:
    """What the stacks manage; unless stacks were asked for, it may be missing, for the reason that is returned."""
    try:
        return [state.on_instance(instance) for state in stack_views.states(contexts)], ""
    except CommandError as problem:
        if contexts[0].stack or contexts[0].state_file:
            raise
        return None, str(problem)


@dataclass(frozen=True)
class _Row:
    name: str
    management: Management
    is_active: bool | None = None
    creation_date: str | None = None
    age: int | None = None
    resource: str = ""
    stacks: tuple[str, ...] = ()
    """The stacks that manage it: more than one is a mistake."""

    def row(self, *, several: bool) -> Row:
        """The line of the table, with a column for the stack if there are several."""
        active = {True: "yes", False: "no", None: ""}[self.is_active]
        words = {"managed": "yes", "unmanaged": "no", "gone": "gone", "unknown": "?"}
        created = dates.day(self.creation_date)
        cells = (
            self.name,
            words[self.management],
            active,
            str(created or self.creation_date or ""),
            _number(self.age),
            self.resource,
        )
        return Row(
            (*cells, ", ".join(self.stacks)) if several else cells,
            "failed" if len(self.stacks) > 1 else _VERDICTS[self.management],
        )

    @property
    def data(self) -> dict[str, object]:
        return {
            "name": self.name,
            "management": self.management,
            "active": self.is_active,
            "creation_date": self.creation_date,
            "age_in_days": self.age,
            "resource": self.resource or None,
            "stacks": list(self.stacks),
        }

    @property
    def check(self) -> Check:
        details = {
            "managed": f"managed by {self.resource}",
            "unmanaged": "not managed by the stack",
            "gone": f"managed by {self.resource}, but not on the instance",
            "unknown": "it is not known whether it is managed",
        }
        remedy = "`w365 drift` shows details." if self.management == "gone" else ""
        if len(self.stacks) > 1:
            return Check(self.name, "failed", f"managed by several stacks: {', '.join(self.stacks)}", MULTIPLE_STACKS_REMEDY)
        return Check(self.name, _VERDICTS[self.management], details[self.management], remedy)


def report(listed: Sequence[InstanceEnvironments], now: datetime, unknown: str = "") -> Report:
    """Compares the environments of the instances with owners_of_entry of the stacks."""
    known = all(one.states is not None for one in listed)
    several = sum(len(one.states or ()) for one in listed) > 1
    lines = sorted((line for one in listed for line in _lines(one, now)), key=lambda line: (line.name.casefold(), line.name))
    there = [line for line in lines if line.management != "gone"]
    managed = sum(line.management == "managed" for line in there)
    twice = [line.name for line in lines if len(line.stacks) > 1]
    missing = len(lines) - len(there)
    coverage = {"managed": managed, "total": len(there), "percent": round(100 * managed / len(there), 1) if there else None}
    active = sum(bool(line.is_active) for line in there)
    summary = f"{len(there)} environments, {active} active"
    summary += f"; {managed} managed ({coverage['percent'] or 0:g} %), {len(there) - managed} not" if known else ""
    notes = [] if known else [f"It is not known what is managed. {unknown}"]
    notes += [f"{missing} managed, but not on the instance: `w365 drift` shows details."] if missing else []
    notes += [f"{len(twice)} managed by several stacks: {', '.join(twice)}. {MULTIPLE_STACKS_REMEDY}"] if twice else []
    columns = (*_COLUMNS, _STACK) if several else _COLUMNS
    rows = tuple(line.row(several=several) for line in lines)
    instances = [one.instance for one in listed]
    return Report(
        "environments",
        "Environments of the instances" if len(instances) > 1 else "Environments of the instance",
        f"{summary}.",
        facts={"instance": ", ".join(instances)},
        tables=(Table("", columns, rows),),
        checks=tuple(line.check for line in lines),
        sheet=csv_table.to_rows(columns, rows),
        notes=tuple(notes),
        data={
            "instance": instances[0] if len(instances) == 1 else None,
            "instances": instances,
            "environments": [line.data for line in lines],
            "active": active,
            "gone": missing,
            "coverage": coverage if known else None,
        },
        metrics=tuple(sample for one in listed for line in _lines(one, now) for sample in _metrics(one, line)),
        scopes=tuple({metrics.INSTANCE_LABEL: instance} for instance in instances),
    )


def _lines(one: InstanceEnvironments, now: datetime) -> Iterable[_Row]:
    listing = EnvironmentIndex(one.entries)
    owners: dict[str, list[tuple[str, StateResource]]] = {}
    for state in one.states or ():
        for item in state.environments:
            found = listing.find(item.id)
            owners.setdefault(found.name if found else item.id, []).append((state.stack, item))
    for entry in one.entries:
        owners_of_entry = owners.pop(entry.name, [])
        management: Management = "unknown" if one.states is None else "managed" if owners_of_entry else "unmanaged"
        age = dates.age_in_days(entry.creation_date, now)
        yield _Row(
            entry.name,
            management,
            entry.is_active,
            entry.creation_date,
            age,
            _resource(owners_of_entry),
            _stacks(owners_of_entry),
        )
    for name, owners_of_entry in owners.items():
        yield _Row(name, "gone", resource=_resource(owners_of_entry), stacks=_stacks(owners_of_entry))


def _metrics(one: InstanceEnvironments, line: _Row) -> Iterator[Sample]:
    labels = {metrics.INSTANCE_LABEL: one.instance, "environment": line.name}
    yield metrics.sample(metrics.LISTED, line.management != "gone", labels)
    if line.is_active is not None:
        yield metrics.sample(metrics.ACTIVE, line.is_active, labels)
    if created := dates.moment(line.creation_date):
        yield metrics.sample(metrics.CREATED, created.timestamp(), labels)
    if line.management != "unknown":
        yield metrics.sample(metrics.MANAGING, len(line.stacks), labels)


def _resource(owners: Sequence[tuple[str, StateResource]]) -> str:
    return owners[0][1].name if owners else ""


def _stacks(owners: Sequence[tuple[str, StateResource]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stack for stack, _ in owners if stack))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
