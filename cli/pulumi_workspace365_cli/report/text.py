"""For people: tables on a terminal that is wide enough, records on a narrow one, plain aligned lines elsewhere."""

import io
import shutil
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text

from pulumi_workspace365_cli.report.model import CheckStatus, Report, Row, Table

_STYLES: dict[CheckStatus, Style] = {
    "ok": Style(color="green"),
    "warning": Style(color="yellow"),
    "failed": Style(color="red", bold=True),
    "skipped": Style(dim=True),
}
_HEADING = Style(bold=True)
_GAP = 2
_NARROWEST_PROSE = 28
_UNBROKEN = 100_000
_LINES = 25  # of no meaning here; left out, it would be read from the environment


def render(report: Report, *, terminal: bool = False) -> str:
    """The report as text. On a terminal it has its width and, unless NO_COLOR is set, colours."""
    width = shutil.get_terminal_size().columns if terminal else _UNBROKEN
    console = Console(
        file=io.StringIO(), width=width, height=_LINES, force_terminal=terminal, highlight=False, markup=False, emoji=False
    )
    for part in _parts(report, width):
        console.print(part, soft_wrap=not terminal)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO given above
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _parts(report: Report, width: int) -> Iterator[Grid | Text]:
    yield Text(report.title, _HEADING)
    for name, value in report.facts.items():
        yield Text(f"{name}: {value}")
    for table in report.display_tables:
        yield Text("")
        if table.title:
            yield Text(table.title, _HEADING)
        yield from _table(table, width)
    yield Text("")
    for note in report.notes:
        yield Text(f"note: {note}")
    failed = report.exit_code != 0
    yield Text(report.summary, _STYLES["failed"] if failed else _HEADING)


def _table(table: Table, width: int) -> Iterator[Grid | Text]:
    if _least_width(table) > width:
        for row in table.all_rows:
            yield from _record(table, row)
        return
    grid = Grid(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style=_HEADING)
    for column in table.columns:
        is_prose = column.kind == "prose"
        right = "right" if column.kind == "number" else "left"
        grid.add_column(Text(column.title), justify=right, no_wrap=not is_prose, overflow="fold")  # type: ignore[arg-type]
    for row in table.all_rows:
        grid.add_row(*_cells(table, row), style=_HEADING if row is table.totals else None)
    yield grid


def _cells(table: Table, row: Row) -> Iterator[Text]:
    for column, cell in zip(table.columns, row.cells, strict=True):
        yield Text(cell, _STYLES[row.verdict] if column.kind == "status" else "")


def _record(table: Table, row: Row) -> Iterator[Text]:
    """A row as lines, for a terminal too narrow for columns."""
    head, *rest = zip(table.columns, _cells(table, row), strict=True)
    yield Text.assemble(head[1], style=_HEADING)
    for column, cell in rest:
        if cell.plain:
            yield Text.assemble("  ", (f"{column.title}: ", "dim"), cell)


def _least_width(table: Table) -> int:
    widths = []
    for index, column in enumerate(table.columns):
        cells = [column.title, *(row.cells[index] for row in table.all_rows)]
        natural = max(cell_len(line) for cell in cells for line in (cell.splitlines() or [""]))
        widths.append(min(natural, _NARROWEST_PROSE) if column.kind == "prose" else natural)
    return sum(widths) + _GAP * (len(widths) - 1)
