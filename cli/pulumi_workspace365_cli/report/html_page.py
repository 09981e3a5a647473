"""For everybody: one HTML file that needs nothing else, readable on a phone, in the dark and on paper. Failures come first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape

from pulumi_workspace365_cli.report import html_header, markup, network_path_svg, timing_charts
from pulumi_workspace365_cli.report.html_style import STYLE
from pulumi_workspace365_cli.report.model import CheckStatus, Column, NetworkPath, Report, Row, Table

_SHORT = 16  # characters, such as a date with its time, that are not broken
_MOST_OPEN = 3  # drawings; of more, only those of failures are open
_RANK: dict[CheckStatus, int] = {"failed": 0, "warning": 1}
_OTHERS = 2


def render(report: Report) -> str:
    """The report as an HTML page."""
    tables = [_failures_first(table) for table in (*report.display_tables, *report.background)]
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{markup.text(value)}</dd>" for name, value in report.facts.items())
    body = [
        html_header.render(report),
        f"<dl>{facts}</dl>" if facts else "",
        "".join(f"<p>{markup.text(note)}</p>" for note in report.notes),
        _contents(tables),
        *(_table(table, f"part-{at}") for at, table in enumerate(tables)),
        timing_charts.timeline_chart(report.timeline) if report.timeline else "",
        timing_charts.check_duration_chart(report.checks),
    ]
    return "\n".join([*_head(report), *filter(None, body), "</body>", "</html>"]) + "\n"


def _head(report: Report) -> Iterable[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{escape(html_header.document_title(report))}</title><style>{STYLE}</style></head>"
    yield "<body>"


def _failures_first(table: Table) -> Table:
    if table.is_sequence or not any(column.kind == "status" for column in table.columns):
        return table
    rows = tuple(sorted(table.rows, key=lambda row: _RANK.get(row.verdict, _OTHERS)))
    return replace(table, rows=rows)


def _contents(tables: Sequence[Table]) -> str:
    links = [f'<a href="#part-{at}">{markup.text(table.title)}</a>' for at, table in enumerate(tables) if table.title]
    return f"<nav>{''.join(links)}</nav>" if len(links) > 1 else ""


def _table(table: Table, anchor: str) -> str:
    heads = "".join(f"<th{_class(column)}>{escape(column.title)}</th>" for column in table.columns)
    drawings = sum(row.drawing is not None for row in table.rows)
    rows = "".join(_row(table, row) + _drawing_row(table, row, drawings) for row in table.rows)
    totals = f"<tfoot>{_row(table, table.totals)}</tfoot>" if table.totals else ""
    title = f'<h2 id="{anchor}">{markup.text(table.title)}</h2>' if table.title else ""
    return f'{title}<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>{totals}</table></div>'


def _row(table: Table, row: Row) -> str:
    cells = (_cell(column, cell, row) for column, cell in zip(table.columns, row.cells, strict=True))
    kind = ' class="drawn"' if row.drawing else ""
    return f"<tr{kind}>{''.join(cells)}</tr>"


def _drawing_row(table: Table, row: Row, drawings: int) -> str:
    if row.drawing is None:
        return ""
    is_open = " open" if row.verdict == "failed" or drawings <= _MOST_OPEN else ""
    return f'<tr class="drawing"><td colspan="{len(table.columns)}"><details{is_open}>{_drawing(row.drawing)}</details></td></tr>'


def _drawing(path: NetworkPath) -> str:
    return f"<summary>{markup.text(path.title)}</summary><figure>{network_path_svg.render(path)}</figure>"


def _cell(column: Column, cell: str, row: Row) -> str:
    kind = f' class="{row.verdict}"' if column.kind == "status" else _class(column) or _class_of(cell)
    return f'<td{kind} data-title="{escape(column.title)}">{_wrapped(markup.text(cell))}</td>'


def _wrapped(cell: str) -> str:
    return f"<span>{cell}</span>" if cell else ""  # on a phone a cell is a grid of its title and this


def _class(column: Column) -> str:
    return f' class="{column.kind}"' if column.kind in {"number", "prose"} else ""


def _class_of(cell: str) -> str:
    return ' class="short"' if len(cell) <= _SHORT else ' class="name"'
