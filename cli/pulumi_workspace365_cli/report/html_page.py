"""For everybody: one HTML file that needs nothing else, readable on a phone, in the dark and on paper."""

from collections.abc import Iterable
from html import escape

from pulumi_workspace365_cli.report import network_path_svg, timing_charts
from pulumi_workspace365_cli.report.model import Column, NetworkPath, Report, Row, Table

_SHORT = 12  # characters, such as a date, that are not broken
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --ok: #1a7f37; --warning: #9a6700; --failed: #cf222e; --skipped: #6e7781 }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --warning: #d29922; --failed: #f85149; --skipped: #8b949e } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; overflow-wrap: break-word; padding: 1rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 1.5rem 0 .3rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .8rem 0 } dt { opacity: .7 }
dd { margin: 0; overflow-wrap: anywhere }
.summary { border-left: .3rem solid var(--ok); font-weight: 600; margin: .8rem 0; padding: .3rem .8rem }
.summary.bad { border-color: var(--failed) }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top }
td { white-space: pre-line } .wide { overflow-x: auto } .short { white-space: nowrap } .prose { overflow-wrap: anywhere } .number { text-align: right; font-variant-numeric: tabular-nums }
tfoot td { font-weight: 600 }
.ok { color: var(--ok) } .warning { color: var(--warning) } .failed { color: var(--failed); font-weight: 600 }
.skipped { color: var(--skipped) }
figure { margin: 1.5rem 0; min-width: 0; overflow-x: auto }
.ways { column-gap: 3rem; display: flex; flex-wrap: wrap }
figcaption { font-weight: 600; margin-bottom: .4rem; min-width: 100%; overflow-wrap: anywhere; width: 0 }
.graph { height: auto; max-width: 100% } .graph text { fill: currentColor; font: 12px system-ui, sans-serif }
.graph .label { font-weight: 600 } .graph line { stroke: currentColor; stroke-width: 1.5 } .graph .tip { fill: currentColor }
.graph rect { fill: #8881; stroke: var(--line); stroke-width: 1.5 } .graph rect.failed { stroke: var(--failed) }
.graph rect.warning { stroke: var(--warning) } .graph text.failed { fill: var(--failed) } .graph text.warning { fill: var(--warning) }
.bar { display: grid; grid-template-columns: 1fr max-content; gap: 0 1rem; margin: .4rem 0; overflow-wrap: anywhere }
.bar i { background: currentColor; border-radius: .2rem; grid-column: 1 / -1; height: .5rem; print-color-adjust: exact }
footer { font-size: .85rem; margin-top: 2rem; opacity: .7 }
@media (max-width: 40rem) {
  thead { display: none } table, tbody, tfoot, tr, td { display: block }
  tr { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .3rem 0 }
  td { border: 0; display: flex; gap: 1rem; justify-content: space-between; padding: .15rem .7rem; text-align: right }
  td { overflow-wrap: anywhere }
  td::before { color: CanvasText; content: attr(data-title); font-weight: 400; opacity: .7; text-align: left; white-space: nowrap }
  td.prose { display: block; text-align: left } td.prose::before { display: block } td:empty { display: none }
}
@media print {
  body { font-size: 10pt; max-width: none; padding: 0 } h2, figcaption { break-after: avoid } tr, figure, .bar { break-inside: avoid }
  figure, .wide { overflow: visible } .graph { max-height: 90vh }
}
"""


def render(report: Report) -> str:
    """The report as an HTML page."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in report.facts.items())
    notes = "".join(f"<p>{escape(note)}</p>" for note in report.notes)
    body = [
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="summary{" bad" if report.exit_code else ""}">{escape(report.summary)}</p>',
        f"<dl>{facts}</dl>" if facts else "",
        *map(_table, report.display_tables),
        *map(_table, report.background),
        f'<div class="ways">{"".join(map(_drawing, report.network_paths))}</div>' if report.network_paths else "",
        timing_charts.timeline_chart(report.timeline) if report.timeline else "",
        timing_charts.check_duration_chart(report.checks),
        notes,
        f"<footer>w365 {escape(report.command)}, {escape(report.generated.strftime('%Y-%m-%d %H:%M:%S UTC'))}</footer>",
    ]
    return "\n".join([*_head(report.title), *filter(None, body), "</body>", "</html>"]) + "\n"


def _head(title: str) -> Iterable[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
    yield "<body>"


def _drawing(path: NetworkPath) -> str:
    return f"<figure><figcaption>{escape(path.title)}</figcaption>{network_path_svg.render(path)}</figure>"


def _table(table: Table) -> str:
    heads = "".join(f"<th{_class(column)}>{escape(column.title)}</th>" for column in table.columns)
    rows = "".join(_row(table, row) for row in table.rows)
    totals = f"<tfoot>{_row(table, table.totals)}</tfoot>" if table.totals else ""
    title = f"<h2>{escape(table.title)}</h2>" if table.title else ""
    return f'{title}<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>{totals}</table></div>'


def _row(table: Table, row: Row) -> str:
    cells = (_cell(column, cell, row) for column, cell in zip(table.columns, row.cells, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _cell(column: Column, cell: str, row: Row) -> str:
    kind = f' class="{row.verdict}"' if column.kind == "status" else _class(column) or _class_of(cell)
    return f'<td{kind} data-title="{escape(column.title)}">{escape(cell)}</td>'


def _class(column: Column) -> str:
    return f' class="{column.kind}"' if column.kind in {"number", "prose"} else ""


def _class_of(cell: str) -> str:
    return ' class="short"' if len(cell) <= _SHORT else ""
