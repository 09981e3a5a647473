"""``w365 version``: what ``--version`` says, asked for as a command."""

import typer

from pulumi_workspace365_cli import versions


def register(app: typer.Typer) -> None:
    app.command("version")(version)


def version() -> None:
    """Print versions."""
    typer.echo(versions.version_line())
