"""``w365 schema``: JSON Schemas of the files that people write, for editors and other tools."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import options, output_formats, project_file
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.file_schemas import names
from pulumi_workspace365_cli.file_schemas.names import SchemaName

_READABLE = 0o644


def register(app: typer.Typer) -> None:
    lines = ("w365 schema", "w365 schema customer", "w365 schema checks -o schemas/checks.json", "w365 schema --write")
    app.command("schema", epilog=options.examples(*lines))(schema)


def schema(
    *,
    name: Annotated[
        SchemaName | None,
        typer.Argument(metavar="NAME", help=f"One of {', '.join(names.NAMES)} (default: list them).", show_default=False),
    ] = None,
    file: Annotated[Path | None, typer.Option("-o", "--file", metavar="FILE", help="Write to this file.", dir_okay=False)] = None,
    write: Annotated[
        bool, typer.Option("--write", help=f"Write all of them to {names.FOLDER}/ beside Pulumi.yaml, or renew them.")
    ] = False,
) -> None:
    """Print the JSON Schema of a kind of file.

    An editor completes and checks a file that begins with `# yaml-language-server: $schema=PATH`, as those that w365 generate writes do. Needs no project, no key and no network.
    """
    if write:
        if name or file:
            raise typer.BadParameter("it writes all schemas: give neither NAME nor -o.", param_hint="--write")
        _write_all()
    elif name is None:
        if file:
            raise typer.BadParameter(f"say which schema: {', '.join(names.NAMES)}.", param_hint="NAME")
        sys.stdout.write("".join(f"{kind:<14} {title}\n" for kind, title in names.TITLES.items()))
    elif file is None:
        sys.stdout.write(_text(name))
    else:
        output_formats.write(file, _text(name))


def _write_all() -> None:
    root = project_file.find_root(Path.cwd())
    if root is None:
        raise CommandError(
            f"There is no Pulumi.yaml in {input_files.display_path(Path.cwd())} or above: run in the folder of a project."
        )
    places = {kind: names.place(root, kind) for kind in names.NAMES}
    if taken := [names.file_name(kind) for kind, path in places.items() if path is None]:
        raise CommandError(f"{names.FOLDER}/{taken[0]} is not one of these schemas, so nothing was written: move it.")
    try:
        (root / names.FOLDER).mkdir(exist_ok=True)
    except OSError as problem:
        raise CommandError(f"{names.FOLDER}/ cannot be created: {problem.strerror}.") from problem
    for kind, path in places.items():
        if path is not None:
            project_file.replace(path, _text(kind), _READABLE)
            typer.echo(f"written: {names.FOLDER}/{path.name}")


def _text(name: SchemaName) -> str:
    from pulumi_workspace365_cli.file_schemas import catalog  # noqa: PLC0415  it loads the SDK

    return catalog.text(name)
