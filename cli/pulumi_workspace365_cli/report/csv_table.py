"""For spreadsheets and billing: CSV with commas, a header and CRLF (RFC 4180), of commands that offer it."""

import csv
import io
from collections.abc import Iterable

from pulumi_workspace365_cli.report.model import Column, Report, Row

_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)  # the latter are read as the former where such forms are typed


def render(report: Report) -> str:
    """The report's sheet as CSV."""
    target = io.StringIO()
    csv.writer(target).writerows([_harmless(cell) for cell in row] for row in report.sheet)
    return target.getvalue()


def to_rows(columns: Iterable[Column], rows: Iterable[Row]) -> tuple[tuple[str, ...], ...]:
    """A table as a sheet: its titles as names, and its rows."""
    return (tuple(column.title.replace(" ", "_") for column in columns), *(row.cells for row in rows))


def _harmless(cell: str) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe: names are chosen by customers."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
