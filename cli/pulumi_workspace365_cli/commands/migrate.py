"""``w365 migrate``: a stack's resources from one front to the other, without a request to an instance."""

from typing import Annotated

import typer

from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.migration import steps
from pulumi_workspace365_cli.migration.fronts import Front
from pulumi_workspace365_cli.report import Column, Report, Row, Table
from pulumi_workspace365_cli.stack_edits.stack import Stack

_COLUMNS = (Column("resource"), Column("type before", "prose"), Column("type after", "prose"))


def register(app: typer.Typer) -> None:
    app.command(
        "migrate",
        epilog=options.examples("w365 migrate --to native --stack production --dry-run", "w365 migrate --to dynamic"),
    )(migrate)


def migrate(
    to: Annotated[Front, typer.Option("--to", help="The front that the program uses from now on.", show_default=False)],
    stack: options.Stack = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be rewritten; write nothing.")] = False,
    output: options.Output = None,
) -> None:
    """Rewrite a stack's state for the other kind of classes.

    First change the program's imports (pulumi_workspace365.native or pulumi_workspace365), but deploy nothing. The state is then rewritten, and a preview of the program must be empty: otherwise the former state is restored. Keeps a backup. Sends nothing to an instance. After an interruption run it again.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack)
    name = context.stack_name()
    target = Stack(context.require_project(), name, context.environ)
    outcome = steps.plan(target, to) if dry_run else steps.migrate(target, to)
    output_formats.write_outputs(report(name, to, outcome, dry_run=dry_run), targets)


def report(stack: str, to: Front, outcome: steps.Outcome, *, dry_run: bool) -> Report:
    """What was rewritten, or would be."""
    count = len(outcome.moved)
    rows = tuple(
        Row((before.split("::", 3)[-1], *(urn.split("::", 3)[2] for urn in (before, after))))
        for before, after in outcome.moved.items()
    )
    if not count:
        summary = f"Nothing to do: stack {stack} has nothing on the other front."
    elif dry_run:
        summary = f"{count} would be rewritten for the {to} front; nothing was written."
    else:
        summary = f"{count} rewritten for the {to} front. A preview of the program is empty."
    backup = str(outcome.backup) if outcome.backup else None
    return Report(
        "migrate",
        "Migration of a stack",
        summary,
        facts={"stack": stack, **({"backup": backup} if backup else {})},
        tables=(Table("", _COLUMNS, rows),) if rows else (),
        notes=(
            "The backup holds the former state, its secrets encrypted: `pulumi stack import --file` takes it. Do not commit it.",
        )
        if backup
        else (),
        data={"stack": stack, "to": to, "dry_run": dry_run, "moved": dict(outcome.moved), "backup": backup},
    )
