"""For GitHub Actions: annotations as workflow commands, and a Markdown page for the step's summary."""

from collections.abc import Iterable

from pulumi_workspace365_cli.report.model import Check, CheckStatus, Place, Report, Row, Table

_LEVELS: dict[CheckStatus, str] = {"failed": "error", "warning": "warning"}
_SIGNS: dict[CheckStatus, str] = {"ok": "✅", "warning": "⚠️", "failed": "❌", "skipped": "⏭️"}


def render(report: Report) -> str:
    """One annotation per failed check or warning, and one with summary and notes."""
    reported = [check for check in report.checks if check.verdict in _LEVELS]
    lines = [
        _command(_LEVELS[check.verdict], f"w365 {report.command}: {check.name}", check.advice, check.place) for check in reported
    ]
    return "\n".join([*lines, _command("notice", f"w365 {report.command}", " ".join((report.summary, *report.notes)))]) + "\n"


def summary(report: Report) -> str:
    """The report as Markdown, for the file that GITHUB_STEP_SUMMARY names."""
    lines = [f"### {_escaped(report.title)}", "", f"**{_escaped(report.summary)}**", ""]
    lines += [f"- {_escaped(name)}: {_escaped(value)}" for name, value in report.facts.items()]
    for table in report.display_tables:
        lines += ["", *_table(table)]
    lines += ["", *(f"> {_escaped(note)}" for note in report.notes)]
    trouble = [check for check in report.checks if check.verdict in _LEVELS] if report.tables else []
    return "\n".join([*lines, *map(_trouble, trouble)]).rstrip() + "\n\n"


def _trouble(check: Check) -> str:
    return f"- {_SIGNS[check.verdict]} {_escaped(check.name)}: {_escaped(check.advice)}"


def _table(table: Table) -> Iterable[str]:
    if table.title:
        yield from (f"#### {_escaped(table.title)}", "")
    yield _line(column.title for column in table.columns)
    yield _line("--:" if column.kind == "number" else "---" for column in table.columns)
    for row in table.all_rows:
        yield _line(_cells(table, row))


def _cells(table: Table, row: Row) -> Iterable[str]:
    for column, cell in zip(table.columns, row.cells, strict=True):
        yield f"{_SIGNS[row.verdict]} {_escaped(cell)}" if column.kind == "status" and cell else _escaped(cell)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Text that Markdown and HTML take as it is."""
    plain = "".join(f"\\{character}" if character in "\\`*_[]|~#" else character for character in text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")


def _command(level: str, title: str, message: str, place: Place | None = None) -> str:
    where = {"file": place.file, "line": place.line, "col": place.column} if place else {}
    properties = ",".join(
        f"{name}={_property(str(value))}" for name, value in {**where, "title": title}.items() if value is not None
    )
    return f"::{level} {properties}::" + message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
