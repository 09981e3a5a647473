"""``--output FORMAT[=FILE]``: parses the requested formats and writes a report in each."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import project_file
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Report, csv_table, document, github, html_page, junit, prometheus, sarif, text

_RENDERERS: Mapping[str, Callable[[Report], str]] = {
    "text": text.render,
    "json": document.render,
    "junit": junit.render,
    "github": github.render,
    "html": html_page.render,
    "sarif": sarif.render,
    "csv": csv_table.render,
    "prometheus": prometheus.render,
}
_EVERYWHERE = ("text", "json", "junit", "github", "html", "sarif")
_NUMBERS = ("csv", "prometheus")
_READABLE_TOGETHER = {"text", "github"}
_SUFFIX = ".prom"
_READABLE = 0o644


@dataclass(frozen=True)
class Target:
    """One output format; without a file, it is written to standard output."""

    format: str
    file: Path | None = None


def parse(value: str) -> Target:
    """A target of any command, from the command line."""
    return _parse(value, _EVERYWHERE)


def parse_or_prometheus(value: str) -> Target:
    """A target of a command that has numbers for monitoring."""
    return _parse(value, (*_EVERYWHERE, "prometheus"))


def parse_or_csv(value: str) -> Target:
    """A target of a command that offers CSV too."""
    return _parse(value, (*_EVERYWHERE, *_NUMBERS))


def _parse(value: str | Target, formats: tuple[str, ...]) -> Target:
    if isinstance(value, Target):
        return value
    name, equals, file = value.partition("=")
    if name not in formats:
        raise typer.BadParameter(f"{name!r} is not a format; expected one of {', '.join(formats)}, such as {formats[1]}=FILE.")
    if equals and not input_files.is_folder(Path(file).absolute().parent):
        raise typer.BadParameter(f"the folder of {file!r} does not exist.")
    if equals and (not file or input_files.is_folder(Path(file))):
        raise typer.BadParameter(f"{value!r} has no file name.")
    if equals and name == "prometheus" and not file.endswith(_SUFFIX):
        raise typer.BadParameter(
            f"the name of {file!r} has to end in {_SUFFIX}: the textfile collector of Prometheus' node_exporter reads no other file."
        )
    return Target(name, Path(file) if equals else None)


def complete(incomplete: str) -> list[str]:
    """The formats, for shell completion."""
    return _beginning(incomplete, _EVERYWHERE)


def complete_or_csv(incomplete: str) -> list[str]:
    """The formats of a command that offers CSV too."""
    return _beginning(incomplete, (*_EVERYWHERE, *_NUMBERS))


def complete_or_prometheus(incomplete: str) -> list[str]:
    """The formats of a command that has numbers for monitoring."""
    return _beginning(incomplete, (*_EVERYWHERE, "prometheus"))


def _beginning(incomplete: str, formats: tuple[str, ...]) -> list[str]:
    return [name for name in formats if name.startswith(incomplete)]


def resolve_targets(requested: list[Target] | None) -> list[Target]:
    """The targets of this run: text on standard output, unless the options specify another target for either."""
    targets = list(dict.fromkeys(requested or []))
    on_screen = {target.format for target in targets if target.file is None}
    if len(on_screen) > 1 and not on_screen <= _READABLE_TOGETHER:
        raise typer.BadParameter(
            f"{' and '.join(sorted(on_screen))} cannot share standard output: give all but one a file, such as {max(on_screen)}=FILE.",
            param_hint="--output",
        )
    if not on_screen and "text" not in {target.format for target in targets}:
        targets.append(Target("text"))
    return targets


def uses_standard_output(targets: list[Target]) -> bool:
    """Whether standard output is used for a format other than text."""
    return any(target.file is None and target.format != "text" for target in targets)


def write_outputs(report: Report, targets: list[Target]) -> None:
    """Show the report and end the command with its exit code.

    Raises:
        CommandError: a file cannot be written.
    """
    cleaned = report.sanitized()
    for target in targets:
        if target.file is not None:
            _save(target.file, _RENDERERS[target.format](cleaned), target.format)
        else:
            sys.stdout.write(_on_screen(cleaned, target.format))
        if target.format == "github":
            _summarise(cleaned)
    sys.stdout.flush()
    raise typer.Exit(report.exit_code)


def write(path: Path, content: str) -> None:
    """Write a text.

    Raises:
        CommandError: it cannot be written.
    """
    try:
        path.write_text(content, encoding="utf-8", newline="")
    except OSError as problem:
        raise CommandError(f"{input_files.display_path(path)} cannot be written: {problem.strerror}.") from problem


def _save(path: Path, content: str, format_: str) -> None:
    if format_ == "prometheus":  # a collector reads it at any moment, as a user of its own
        project_file.replace(path, content, _READABLE)
    else:
        write(path, content)


def _on_screen(report: Report, format_: str) -> str:
    if format_ == "csv":  # has no place for them, and numbers that are not whole must not pass without a word
        for note in report.notes:
            typer.echo(f"note: {note}", err=True)
    if format_ != "text":
        return _RENDERERS[format_](report)
    shown = text.render(report, terminal=sys.stdout.isatty())
    encoding = sys.stdout.encoding or "ascii"
    return shown.encode(encoding, "replace").decode(encoding)


def _summarise(report: Report) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(github.summary(report))
    except OSError as problem:
        raise CommandError(f"GITHUB_STEP_SUMMARY names {path}, which cannot be written: {problem.strerror}.") from problem
