"""``w365 help``: what ``--help`` says, asked for as a command."""

from typing import Annotated

import typer

from pulumi_workspace365_cli import options


def register(app: typer.Typer) -> None:
    app.command("help", epilog=options.examples("w365 help", "w365 help plan"))(help_)


def help_(
    context: typer.Context,
    command: Annotated[
        str | None, typer.Argument(metavar="COMMAND", help="The command (default: all).", show_default=False)
    ] = None,
) -> None:
    """Show what a command does, as its --help."""
    root = context.find_root()
    if command is None:
        typer.echo(root.get_help())
        return
    _, found, _ = root.command.resolve_command(root, [command])  # type: ignore[attr-defined]  # of a group, which this one is
    typer.echo(found.get_help(type(context)(found, info_name=command, parent=root)))
