"""Puts the tables of runs into docs/performance.md, between two marks; the words around them stay."""

from collections.abc import Iterable
from pathlib import Path

from bench.results import Results
from bench.tables import Sheet

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_BEGIN, _END = "<!-- figures: written by `python -m bench page` -->", "<!-- end of figures -->"


def write(runs: Iterable[Results], sheets: Iterable[Sheet], page: Path) -> None:
    """Replace the figures of the page.

    Raises:
        ValueError: the page has lost its marks.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for figures: it must hold the lines {_BEGIN} and {_END}")
    told = [f"`{run.command}`, {run.date}: {run.machine}.\n" for run in runs]
    figures = "\n".join([*told, *(sheet.for_page() for sheet in sheets if sheet.rows)])
    page.write_text(f"{before}{begin}\n\n{figures}\n{end}{after}", encoding="utf-8")
