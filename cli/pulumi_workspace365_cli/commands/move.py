"""``w365 move``: a customer from one stack to another, without a request to an instance."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pulumi_dynamic_host import redaction
from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.customer_move import preconditions, steps
from pulumi_workspace365_cli.customer_move.preconditions import Assignment
from pulumi_workspace365_cli.customer_move.steps import Move, Note
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Column, Report, Row, Table
from pulumi_workspace365_cli.stack_edits.stack import Stack

_COLUMNS = (Column("resource"), Column("type", "prose"))


def register(app: typer.Typer) -> None:
    lines = (
        "w365 move contoso --to broad --dry-run",
        "w365 move contoso --to broad",
        "w365 move contoso --to early --ring early-2",
    )
    app.command("move", epilog=options.examples(*lines))(move)


def move(
    *,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's key.", show_default=False)],
    to: Annotated[
        str, typer.Option("--to", metavar="STACK", help="The stack that is to manage the customer.", show_default=False)
    ],
    ring: Annotated[
        str | None, typer.Option("--ring", metavar="RING", help="The customer's ring there (default: the stack's only one).")
    ] = None,
    stack: options.FromStack = None,
    to_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--to-passphrase-file", metavar="FILE", help="The passphrase of that stack's secrets, if it is another one."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be moved; write nothing.")] = False,
    output: options.Output = None,
) -> None:
    """Move a customer to another stack.

    Moves its resources from one stack's state to the other's, encrypts their secrets for that stack, then changes the ring in the customer's file. A preview of both stacks must be empty afterwards: otherwise both states and the file are restored. Keeps backups. Sends nothing to an instance. After an interruption run it again.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack)
    environ = _target_environ(context.environ, to_passphrase_file)
    work = _find_work(context, environ, customer, to, ring, dry_run=dry_run)
    root = context.require_project()
    source, target = Stack(root, work.source, context.environ), Stack(root, work.target, environ)
    if dry_run:
        moved = _move(work, source, target)
    else:
        with source.exclusive_lock(), target.exclusive_lock():
            moved = _move(work, source, target)
            moved.carry_out()
    output_formats.write_outputs(report(moved, dry_run=dry_run), targets)


def _move(work: Note | Assignment, source: Stack, target: Stack) -> Move:
    return Move.resume(work, source, target) if isinstance(work, Note) else Move.begin(work, source, target)


def _find_work(
    context: CommandContext, environ: Mapping[str, str], customer: str, to: str, ring: str | None, *, dry_run: bool
) -> Note | Assignment:
    """The interrupted move, or a new one."""
    root = context.project_root
    note = steps.interrupted(root) if root else None
    if note:
        if dry_run or (note.customer, note.target) != (customer, to.rpartition("/")[2]):
            raise CommandError(
                f"A move of customer {note.customer} to stack {note.target} was interrupted: run `w365 move {note.customer} --to {note.target}` first, "
                "which completes it or takes it back."
            )
        return note
    return preconditions.assign(context, customer, to, ring=ring, target_environ=environ)


def _target_environ(environ: Mapping[str, str], file: Path | None) -> Mapping[str, str]:
    if file is None:
        return environ
    source = f"--to-passphrase-file {input_files.display_path(file)}"
    passphrase = input_files.decode_text(
        input_files.read_user_file(file, largest=input_files.SECRET_BYTES, source=source), source
    ).strip()
    redaction.register(passphrase)
    return {**environ, "PULUMI_CONFIG_PASSPHRASE": passphrase}


def report(moved: Move, *, dry_run: bool) -> Report:
    """What was moved, or would be."""
    note: Note = moved.note
    urns = moved.planned.urns
    rows = tuple(Row((urn.split("::", 3)[-1], urn.split("::", 3)[2].rpartition("$")[2])) for urn in urns)
    what = f"{len(rows)} resources of customer {note.customer}"
    way = f"from stack {note.source} to stack {note.target}"
    summary = f"{what} would move {way}; nothing was written." if dry_run else f"{what} moved {way}. Previews of both are empty."
    kept = (
        ()
        if dry_run
        else (
            "The backups hold the states before, their secrets encrypted: `pulumi stack import --file` takes them. Do not commit them.",
            f"The next `pulumi up` of each stack records its outputs anew. Commit {note.file}.",
        )
    )
    return Report(
        "move",
        "Move of a customer",
        summary,
        facts={
            "customer": note.customer,
            "ring": note.ring,
            "file": note.file,
            **({} if dry_run else {"backups": ", ".join(note.backups)}),
        },
        tables=(Table("", _COLUMNS, rows),),
        notes=kept,
        data={
            "customer": note.customer,
            "source": note.source,
            "target": note.target,
            "ring": note.ring,
            "file": note.file,
            "dry_run": dry_run,
            "moved": dict(urns),
            "backups": [] if dry_run else list(note.backups),
        },
    )
