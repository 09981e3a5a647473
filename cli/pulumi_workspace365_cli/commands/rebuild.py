"""``w365 rebuild``: the lost state of a stack, made again from its program and the list of its instance."""

from collections.abc import Iterator
from typing import Annotated

import typer

from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.planning.preview import Step
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, exit_code_of
from pulumi_workspace365_cli.stack_edits.resources import label
from pulumi_workspace365_cli.stack_edits.stack import Stack
from pulumi_workspace365_cli.state_rebuild import steps
from pulumi_workspace365_cli.state_rebuild.steps import Outcome

_COLUMNS = (Column("resource"), Column("state", "status"), Column("what", "prose"))


def register(app: typer.Typer) -> None:
    lines = ("w365 rebuild --stack production --dry-run", "w365 rebuild --stack production")
    app.command("rebuild", epilog=options.examples(*lines))(rebuild)


def rebuild(
    stack: options.Stack = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be recorded; write nothing.")] = False,
    output: options.Output = None,
) -> None:
    """Make the lost state of a stack again.

    Previews the program, lists the instance once, and imports a state in which the environments are as the list shows them and the settings as the program declares them. Sends nothing that could change anything. Refuses a stack that has resources. Exit code 3 when something could not be recorded.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack)
    name = context.stack_name()
    target = Stack(context.require_project(), name, context.environ)
    with target.exclusive_lock():
        outcome = steps.rebuild(context, target, dry_run=dry_run)
    output_formats.write_outputs(report(outcome), targets)


def report(outcome: Outcome) -> Report:
    """What is in the state now, and what is not."""
    recorded = [item for item in outcome.rebuilt.resources if item.get("id") and "inputs" in item]
    left = outcome.rebuilt.left_out
    rows = [Row((label(item), "recorded", "")) for item in recorded]
    rows += [Row((one.name, "left out", one.reason), "warning") for one in left]
    different = list(map(_label, _different(outcome)))
    rows += [Row((name, "differs", "the next `pulumi up` activates or deactivates it"), "warning") for name in different]
    checks = (
        *(Check(label(item), "ok", "recorded") for item in recorded),
        *(Check(one.name, "failed", one.reason) for one in left),
        *(Check(name, "warning", "active differs from the program") for name in different),
    )
    return Report(
        "rebuild",
        "State of a stack",
        _summary(outcome, len(recorded)),
        facts={"stack": outcome.stack, "instance": outcome.instance},
        tables=(Table("", _COLUMNS, tuple(rows)),) if rows else (),
        checks=checks,
        notes=tuple(_notes(outcome)),
        data={
            "stack": outcome.stack,
            "instance": outcome.instance,
            "written": outcome.is_written,
            "recorded": [item["urn"] for item in recorded],
            "left_out": [{"urn": one.urn, "reason": one.reason} for one in left],
            "remaining": [{"op": step.op, "urn": step.urn} for step in outcome.remaining] if outcome.is_written else None,
        },
        exit_code=exit_code_of(checks),
    )


def _different(outcome: Outcome) -> Iterator[Step]:
    return (step for step in outcome.remaining if step.op == "update")


def _label(step: Step) -> str:
    return f"{step.type.rpartition(':')[2]} {step.name}"


def _summary(outcome: Outcome, recorded: int) -> str:
    if not outcome.rebuilt.environments:
        return "The instance has none of the program's environments: nothing was written."
    environments = len(outcome.rebuilt.environments)
    if not outcome.is_written:
        return f"{recorded} resources of {environments} environments would be recorded; nothing was written."
    rest = f"A preview still shows {len(outcome.remaining)} steps." if outcome.remaining else "A preview of the program is empty."
    return f"{recorded} resources of {environments} environments recorded. {rest}"


def _notes(outcome: Outcome) -> Iterator[str]:
    if not outcome.rebuilt.environments:
        return
    yield (
        "The API does not show sign-on, Exchange, SharePoint and templates: they are recorded as the program declares them, as if they had been sent. Give "
        "a setting a new `revision` to send it again."
    )
    yield "First passwords and GUIDs of environments were in the lost state only."
    if outcome.is_written:
        yield f"Next: `pulumi up --stack {outcome.stack}` records the outputs and the configuration of the provider."
