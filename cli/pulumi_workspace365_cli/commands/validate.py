"""``w365 validate``: every file of a project, judged as a preview would, without a stack, a key or a network."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import options, output_formats, project_file
from pulumi_workspace365_cli.file_validation import rules, run
from pulumi_workspace365_cli.file_validation.findings import Finding, Verdict
from pulumi_workspace365_cli.file_validation.run import Validated
from pulumi_workspace365_cli.report import Check, Column, Place, Report, Row, Table, exit_code_of

_COLUMNS = (Column("verdict", "status"), Column("where"), Column("what", "prose"))
_FILES = (Column("kind"), Column("files", "number"), Column("wrong", "number"))
_KINDS: Mapping[Verdict, str] = {"failed": "wrong", "warning": "to look at", "skipped": "advice"}
_WORDS = {"failed": "wrong", "warning": "look", "skipped": "advice", "ok": "ok"}


def register(app: typer.Typer) -> None:
    lines = ("w365 validate", "w365 validate customers/production rollout.yaml --output text --output sarif=validate.sarif")
    app.command("validate", epilog=options.examples(*lines))(validate)


def validate(
    *,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files and folders (default: the project's folder).", show_default=False),
    ] = None,
    output: options.Output = None,
) -> None:
    """Find mistakes in files, before a preview.

    Customers, WebSocket APIs with their handshake rules, stacks' settings, checks, budgets and rollouts: each with file, line, column and the nearest name, and across files. Needs no stack, no key and no network; variables and secrets are not looked up. Exit code 3 when a file is wrong.
    """
    targets = output_formats.resolve_targets(output)
    folder = Path.cwd()
    validated = run.validate(paths or [project_file.find_root(folder) or folder])
    output_formats.write_outputs(report(validated, folder), targets)


def report(validated: Validated, folder: Path) -> Report:
    """What was found; paths are told from a folder."""
    found = [_check(finding, folder) for finding in validated.findings]
    wrong = {finding.file for finding in validated.findings}
    right = [
        Check(_display(path, folder), "ok", f"valid ({kind})") for path, kind in validated.files.items() if path not in wrong
    ]
    counts = Counter(finding.verdict for finding in validated.findings)
    rows = tuple(Row((_WORDS[check.verdict], check.name, check.advice), check.verdict) for check in found)
    return Report(
        "validate",
        "Validation of files",
        _summary(len(validated.files), counts),
        tables=(*((Table("", _COLUMNS, rows),) if rows else ()), Table("Files", _FILES, _counted(validated))),
        checks=(*found, *right),
        notes=() if validated.files else ("There is no file of a known kind: `w365 schema` lists the kinds.",),
        data={
            "files": [{"file": _display(path, folder), "kind": kind} for path, kind in validated.files.items()],
            "findings": [_data(finding, folder) for finding in validated.findings],
        },
        exit_code=exit_code_of(found),
        rules=rules.descriptions(frozenset(finding.rule for finding in validated.findings)),
    )


def _counted(validated: Validated) -> tuple[Row, ...]:
    """How many files of each kind there are, and in how many of them something is wrong."""
    failed = {finding.file for finding in validated.findings if finding.verdict == "failed"}
    all_, wrong = Counter(validated.files.values()), Counter(validated.files[path] for path in failed & validated.files.keys())
    return tuple(
        Row((kind, str(number), str(wrong[kind])), "failed" if wrong[kind] else "ok") for kind, number in sorted(all_.items())
    )


def _summary(files: int, counts: Mapping[Verdict, int]) -> str:
    looked = f"{files} file{'' if files == 1 else 's'}"
    told = [f"{counts[verdict]} {word}" for verdict, word in _KINDS.items() if counts[verdict]]
    return f"{looked}: {', '.join(told)}." if told else f"{looked}: nothing is wrong."


def _check(finding: Finding, folder: Path) -> Check:
    place = Place(_display(finding.file, folder), finding.line, finding.column)
    return Check(str(place), finding.verdict, _sentence(finding.message), finding.remedy, place=place, rule=finding.rule)


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


def _data(finding: Finding, folder: Path) -> dict[str, object]:
    return {
        "file": _display(finding.file, folder),
        "line": finding.line,
        "column": finding.column,
        "rule": finding.rule,
        "severity": {"failed": "error", "skipped": "advice"}.get(finding.verdict, finding.verdict),
        "message": finding.message,
        "remedy": finding.remedy,
    }


def _display(path: Path, folder: Path) -> str:
    return input_files.display_path(path.relative_to(folder) if path.is_relative_to(folder) else path)
