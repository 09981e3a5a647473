"""The pages about performance, made from recorded figures.

``docs/performance-figures.md`` holds every table of the runs. The chart and the short table of ``docs/performance.md`` are made from those tables,
so they can be made again without measuring. Both pages keep the words around their figures.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import chart
from bench.measurement import Operation
from bench.results import Results
from bench.tables import CLOCK, Sheet

DOCS = Path(__file__).parents[1] / "docs"
_APPENDIX, _PAGE, _CHART = "performance-figures.md", "performance.md", "performance.svg"
_BEGIN, _END = "<!-- figures: written by `python -m bench page` -->", "<!-- end of figures -->"
_OPERATIONS: tuple[Operation, ...] = ("create", "no-op up", "refresh", "destroy")
_PEERS = {"floor": "Pulumi itself", "usual provider": "usual provider", "Terraform": "Terraform"}

Row = dict[str, str]
"""A row of the table of times, by column."""


@dataclass(frozen=True)
class Summary:
    """What the page shows: the operations on a few and on many environments, in one place of comparison."""

    engine: str
    latency: str
    rows: Sequence[Row]
    peers: Sequence[str]

    def table(self) -> str:
        """The operations as a table in Markdown."""
        header = ("environments", "operation", "seconds", *(f"÷ {_PEERS[peer]}" for peer in self.peers), "calls")
        lines = [header, tuple("---" for _ in header)]
        for row in self.rows:
            ratios = (_median(row[f"÷ {peer}"]) for peer in self.peers)
            lines.append((row["environments"], row["operation"], row["seconds"], *ratios, row["calls"]))
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _chart(text: str) -> str:
    """All peers' seconds against the number of environments, in the place of comparison with the most of them."""
    rows = [row for row in _rows(text.partition(CLOCK)[2]) if row["operation"] in _OPERATIONS]
    places = Counter((row["engine"], row["ms a call"]) for row in rows)
    if not places:
        raise ValueError(f"the figures lack the table {CLOCK!r}")
    engine, latency = max(places, key=lambda place: (places[place], int(place[1])))
    here = [row for row in rows if (row["engine"], row["ms a call"]) == (engine, latency)]
    peers = [peer for peer in here[0] if peer not in {"engine", "ms a call", "environments", "operation"}]
    operations = [
        (operation, _series([row for row in here if row["operation"] == operation], peers)) for operation in _OPERATIONS
    ]
    note = f"{_engine(engine)}, {latency} ms a call; both axes logarithmic; lower is better"
    return chart.drawn("Seconds by the number of environments with three settings each", note, operations)


def _series(rows: Sequence[Row], peers: Sequence[str]) -> dict[str, list[chart.Point]]:
    """The points of each peer; none of what takes no time, such as the ideal's unchanged deployment."""
    points = {
        peer: [(int(row["environments"]), float(row[peer])) for row in rows if row[peer] not in {"–", "0.00"}] for peer in peers
    }
    return {peer: line for peer, line in points.items() if line}


def write(runs: Iterable[Results], sheets: Iterable[Sheet], folder: Path = DOCS) -> None:
    """Write the tables of the runs into the page of all figures, and what the other page shows of them; all, or nothing.

    Raises:
        ValueError: a page has lost its marks, or the runs do not hold what it shows.
    """
    headings = [f"`{run.command}`, {run.date}: {run.machine}.\n" for run in runs]
    figures = "\n".join([*headings, *(sheet.for_page() for sheet in sheets if sheet.rows)])
    appendix = folder / _APPENDIX
    text = _replaced(appendix, figures)
    for path, content in {**_made(folder, text), appendix: text}.items():
        path.write_text(content, encoding="utf-8")


def summarize(folder: Path = DOCS) -> None:
    """Draw the chart and write the short table, from the page of all figures.

    Raises:
        ValueError: as of ``summarized``.
    """
    for path, text in summarized(folder).items():
        path.write_text(text, encoding="utf-8")


def summarized(folder: Path = DOCS) -> dict[Path, str]:
    """The chart and the page with its short table, as the page of all figures has them.

    Raises:
        ValueError: the page has lost its marks, or the figures do not hold what it shows.
    """
    return _made(folder, (folder / _APPENDIX).read_text(encoding="utf-8"))


def _made(folder: Path, appendix: str) -> dict[Path, str]:
    found = _summary(appendix)
    place = f"{_engine(found.engine)}, {found.latency} ms a call. All figures: [appendix]({_APPENDIX})."
    figures = f"![The seconds of each operation, against the number of environments]({_CHART})\n\n{found.table()}\n{place}\n"
    return {folder / _CHART: _chart(appendix), folder / _PAGE: _replaced(folder / _PAGE, figures)}


def _replaced(page: Path, figures: str) -> str:
    """The text of a page with other figures between its marks."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for figures: it must hold the lines {_BEGIN} and {_END}")
    return f"{before}{begin}\n\n{figures}\n{end}{after}"


def _summary(text: str) -> Summary:
    """The place of comparison with the most peers; then the Pulumi CLI's; then the one with the longest calls."""
    rows = _rows(text)
    peers = [peer for peer in _PEERS if rows and f"÷ {peer}" in rows[0]]
    found: list[tuple[tuple[int, bool, int], Summary]] = []
    for engine, latency in dict.fromkeys((row["engine"], row["ms a call"]) for row in rows):
        here = [row for row in rows if (row["engine"], row["ms a call"]) == (engine, latency) and row["operation"] in _OPERATIONS]
        complete = [number for number in _numbers(here) if sum(row["environments"] == str(number) for row in here) == 4]
        if len(complete) < 2:
            continue
        shown = [row for number in (complete[0], complete[-1]) for row in here if row["environments"] == str(number)]
        measured = [peer for peer in peers if all(row[f"÷ {peer}"] != "–" for row in shown)]
        found.append(((len(measured), engine == "pulumi", int(latency)), Summary(engine, latency, shown, measured)))
    if not found:
        raise ValueError(f"the figures lack {', '.join(_OPERATIONS)} of two numbers of environments at the same latency")
    return max(found, key=lambda one: one[0])[1]


def _rows(text: str) -> list[Row]:
    """The rows of the first table of a text."""
    table = text.partition("\n|")[2].partition("\n\n")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]] if lines else []


def _numbers(rows: Iterable[Row]) -> list[int]:
    return sorted({int(row["environments"]) for row in rows})


def _median(spread: str) -> str:
    return spread.partition(" ")[0]


def _engine(name: str) -> str:
    return "Pulumi CLI" if name == "pulumi" else "Embedded engine"
