"""``w365 environments``: the environments of an instance, which of them the stack manages, and which managed ones are missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import typer

from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365_cli import dates, options, output_formats
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.report import Check, CheckStatus, Column, Report, Row, Table, csv_table
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


def register(app: typer.Typer) -> None:
    app.command(
        "environments",
        epilog=options.examples(
            "w365 environments",
            "w365 environments --output json | jq .coverage",
            "w365 environments --output csv=environments.csv",
        ),
    )(environments)


def environments(
    stack: options.Stack = None,
    state: options.State = None,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """List environments: managed or not, active, age.

    Managed are those of the stack. Where there is no project, or no stack yet, it is not known what is managed.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack, state=state, sandbox=sandbox)
    client = context.client(PROVISIONING)
    entries = client.list_environments()
    managed, unknown = _managed(context, client.settings.instance)
    output_formats.write_outputs(report(client.settings.instance, entries, managed, datetime.now(UTC), unknown), targets)


def _managed(context: CommandContext, instance: str) -> tuple[StackState | None, str]:
    """What the stack manages; unless the stack was asked for, it may be missing, for the reason that is returned."""
    try:
        return context.state().on_instance(instance), ""
    except CommandError as problem:
        if context.stack or context.state_file:
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

    @property
    def row(self) -> Row:
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
        return Row(cells, _VERDICTS[self.management])

    @property
    def data(self) -> dict[str, object]:
        return {
            "name": self.name,
            "management": self.management,
            "active": self.is_active,
            "creation_date": self.creation_date,
            "age_in_days": self.age,
            "resource": self.resource or None,
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
        return Check(self.name, _VERDICTS[self.management], details[self.management], remedy)


def report(
    instance: str, entries: Iterable[EnvironmentEntry], state: StackState | None, now: datetime, unknown: str = ""
) -> Report:
    """What is there, beside what the stack manages there."""
    lines = sorted(_lines(list(entries), state, now), key=lambda line: (line.name.casefold(), line.name))
    there = [line for line in lines if line.management != "gone"]
    managed = sum(line.management == "managed" for line in there)
    gone = len(lines) - len(there)
    coverage = {"managed": managed, "total": len(there), "percent": round(100 * managed / len(there), 1) if there else None}
    active = sum(bool(line.is_active) for line in there)
    summary = f"{len(there)} environments, {active} active"
    summary += "" if state is None else f"; {managed} managed ({coverage['percent'] or 0:g} %), {len(there) - managed} not"
    notes = [f"It is not known what is managed. {unknown}"] if state is None else []
    notes += [f"{gone} managed, but not on the instance: `w365 drift` shows details."] if gone else []
    return Report(
        "environments",
        "Environments of the instance",
        f"{summary}.",
        facts={"instance": instance},
        tables=(Table("", _COLUMNS, tuple(line.row for line in lines)),),
        checks=tuple(line.check for line in lines),
        sheet=csv_table.to_rows(_COLUMNS, (line.row for line in lines)),
        notes=tuple(notes),
        data={
            "instance": instance,
            "environments": [line.data for line in lines],
            "active": active,
            "gone": gone,
            "coverage": None if state is None else coverage,
        },
    )


def _lines(entries: list[EnvironmentEntry], state: StackState | None, now: datetime) -> Iterable[_Row]:
    resources: dict[str, StateResource] = {} if state is None else {item.id: item for item in state.environments}
    listing = EnvironmentIndex(entries)
    owners = {found.name: resource for name, resource in resources.items() if (found := listing.find(name))}
    for entry in entries:
        owner = owners.get(entry.name)
        management: Management = "unknown" if state is None else "managed" if owner else "unmanaged"
        age = dates.age_in_days(entry.creation_date, now)
        yield _Row(entry.name, management, entry.is_active, entry.creation_date, age, owner.name if owner else "")
    for name, resource in resources.items():
        if listing.find(name) is None:
            yield _Row(name, "gone", resource=resource.name)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
