"""``w365 export``: the configuration of an environment, as a file for ``Template`` (docs/provisioning-api.md#export)."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Check, Report

_CONFIDENTIAL = (
    "the document may contain confidential parameters of apps. Apps that depend on other configuration are exported only in part."
)


def register(app: typer.Typer) -> None:
    app.command("export", epilog=options.examples("w365 export contoso -o contoso.json", "w365 export contoso | jq .tileGroups"))(
        export
    )


def export(
    *,
    name: options.Name,
    file: Annotated[
        Path | None, typer.Option("-o", "--file", metavar="FILE", help="Write to this new file.", dir_okay=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    stack: options.Stack = None,
    sandbox: options.Sandbox = False,
    output: options.LongOutput = None,
) -> None:
    """Export an environment's configuration as JSON.

    Apps, tile groups, shared spaces and so on, as the resource Template takes them. A new file can be read by its owner only. Without -o the document goes to standard output.
    """
    targets = output_formats.resolve_targets(output)
    if file is None and output_formats.uses_standard_output(targets):
        raise typer.BadParameter(
            "standard output is used for the document: write the document to a file with -o, or the report to a file.",
            param_hint="--output",
        )
    if file is not None:
        _check_target(file, force=force)
    client = CommandContext.from_options(stack=stack, sandbox=sandbox).verified().client(PROVISIONING)
    text = safe_text.escaped_json(json.dumps(client.export_environment(name), indent=2, ensure_ascii=False)) + "\n"
    if file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        typer.echo(f"note: {_CONFIDENTIAL}", err=True)
        targets = [target for target in targets if target.file]
    else:
        _write(file, text, force=force)
    output_formats.write_outputs(report(client.settings.instance, name, file, len(text.encode())), targets)


def report(instance: str, name: str, file: Path | None, size: int) -> Report:
    """What was written where."""
    where = str(file) if file else "standard output"
    summary = f"Exported environment {name!r} to {where} ({size:,} bytes{', readable by its owner only' if file else ''})."
    return Report(
        "export",
        "Export of an environment",
        summary,
        facts={"instance": instance, "environment": name},
        tables=(),
        checks=(Check(name, "ok", f"{size:,} bytes to {where}"),),
        notes=(_CONFIDENTIAL,),
        data={"environment": name, "file": str(file) if file else None, "bytes": size},
    )


def _check_target(file: Path, *, force: bool) -> None:
    """Before anything is asked of the instance."""
    if not input_files.is_folder(file.absolute().parent):
        raise CommandError(f"{file} cannot be written: its folder does not exist.")
    if not force and input_files.exists(file):
        raise CommandError(f"{file} exists already: name another file, or overwrite it with --force.")
    if input_files.exists(file) and not input_files.is_file(file):
        raise CommandError(f"{file} is not a regular file: omit -o to write to standard output.")


def _write(file: Path, text: str, *, force: bool) -> None:
    """Write a file that only its owner can read, from the first byte on."""
    target = file.with_name(f".{file.name}.{os.getpid()}.new") if force else file
    try:
        input_files.write_new(target, text.encode())
        if force:
            target.replace(file)
    except FileExistsError as problem:
        raise CommandError(f"{target} exists already: name another file, or overwrite it with --force.") from problem
    except OSError as problem:
        if force:
            target.unlink(missing_ok=True)
        raise CommandError(f"{file} cannot be written: {problem.strerror}.") from problem
