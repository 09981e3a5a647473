"""The chart of docs/performance.md: how long each operation takes with each peer, against the number of environments, drawn as SVG."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

Point = tuple[int, float]
"""A number of environments, and seconds."""
Series = Mapping[str, Sequence[Point]]
"""The points of each peer."""

_WIDTH, _PANEL, _HEIGHT, _GAP = 728, 300, 190, 56
_LEFT, _HEAD = 56, 104
_STYLE = """
text{font:13px system-ui,sans-serif;fill:#1b1f24}.title{font-weight:600;font-size:15px}.note{fill:#57606a;font-size:12px}
.panel{font-weight:600}.page{fill:#fff;stroke:#8c959f}.frame{fill:none;stroke:#8c959f}.end{text-anchor:end}.middle{text-anchor:middle}
path{fill:none;stroke:currentColor;stroke-width:2}circle{fill:currentColor}path.p0{stroke-width:3}path.p1{stroke-dasharray:7 4}
path.p4{stroke-dasharray:2 4}path.grid{stroke:#d8dee4;stroke-width:1}
.p0{color:#0969da}.p1{color:#6e7781}.p2{color:#9a6700}.p3{color:#8250df}.p4{color:#1a7f37}
@media (prefers-color-scheme: dark){text{fill:#e6edf3}.note{fill:#9da7b3}.page{fill:#0d1117;stroke:#484f58}.frame{stroke:#484f58}
path.grid{stroke:#21262d}.p0{color:#58a6ff}.p1{color:#b1bac4}.p2{color:#d29922}.p3{color:#bc8cff}.p4{color:#3fb950}}
"""
_LOOKS = {"this project": 0, "floor": 1, "usual provider": 2, "Terraform": 3, "ideal": 4}


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis from a place to another, in pixels."""

    first: float
    last: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = math.log(value / self.first) / math.log(self.last / self.first)
        return round(self.start + share * (self.end - self.start), 1)


def drawn(title: str, note: str, operations: Sequence[tuple[str, Series]]) -> str:
    """The chart, with a panel for each operation; both axes are logarithmic.

    Args:
        title: what is shown.
        note: one line below the title.
        operations: for each operation the points of the peers; two numbers of environments at least.

    Returns:
        An SVG document, for light and dark pages.
    """
    points = [point for _, series in operations for line in series.values() for point in line]
    numbers = sorted({number for number, _ in points})
    seconds = _powers(min(second for _, second in points), max(second for _, second in points))
    peers = list(dict.fromkeys(peer for _, series in operations for peer in series))
    parts = [*_legend(peers)]
    for place, (operation, series) in enumerate(operations):
        left, top = _LEFT + place % 2 * (_PANEL + _GAP), _HEAD + place // 2 * (_HEIGHT + _GAP + 14)
        across = _Axis(numbers[0], numbers[-1], left + 14, left + _PANEL - 14)
        up = _Axis(seconds[0], seconds[-1], top + _HEIGHT, top)
        parts += [*_panel(operation, left, top), *_grid(numbers, seconds, across, up, left), *_lines(series, across, up)]
    height = _HEAD + (len(operations) + 1) // 2 * (_HEIGHT + _GAP + 14) - 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect class="page" x="1" y="1" width="{_WIDTH - 2}" height="{height - 2}" rx="5"/>\n'
        f'<text class="title" x="16" y="26">{escape(title)}</text>\n<text class="note" x="16" y="46">{escape(note)}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _powers(least: float, most: float) -> list[float]:
    """Powers between which all lies: of two, or, where that would be many, of ten."""
    base = 2.0 if most / least <= 2**7 else 10.0
    return [base**power for power in range(math.floor(math.log(least, base)), math.ceil(math.log(most, base)) + 1)]


def _legend(peers: Sequence[str]) -> Iterator[str]:
    left = 16
    for peer in peers:
        look = _LOOKS.get(peer, 3)
        yield f'<path class="p{look}" d="M{left} 66h26"/><circle class="p{look}" cx="{left + 13}" cy="66" r="3"/>'
        yield f'<text x="{left + 34}" y="70">{escape(peer)}</text>'
        left += 58 + 8 * len(peer)


def _panel(operation: str, left: int, top: int) -> Iterator[str]:
    yield f'<text class="panel" x="{left}" y="{top - 8}">{escape(operation)}</text>'
    yield f'<text class="note end" x="{left + _PANEL}" y="{top - 8}">seconds</text>'
    yield f'<rect class="frame" x="{left}" y="{top}" width="{_PANEL}" height="{_HEIGHT}"/>'
    yield f'<text class="note middle" x="{left + _PANEL / 2}" y="{top + _HEIGHT + 34}">environments</text>'


def _grid(
    numbers: Sequence[int], seconds: Sequence[float], across: Callable[[float], float], up: Callable[[float], float], left: int
) -> Iterator[str]:
    bottom, top = up(seconds[0]), up(seconds[-1])
    for number in numbers:
        x = across(number)
        yield f'<path class="grid" d="M{x} {bottom}V{top}"/><text class="note middle" x="{x}" y="{bottom + 16}">{number}</text>'
    for second in seconds:
        y = up(second)
        yield f'<path class="grid" d="M{left} {y}h{_PANEL}"/><text class="note end" x="{left - 6}" y="{y + 4}">{second:g}</text>'


def _lines(series: Series, across: Callable[[float], float], up: Callable[[float], float]) -> Iterator[str]:
    for peer, line in reversed(list(series.items())):  # this project's on top
        places = [(across(number), up(second)) for number, second in sorted(line)]
        look = _LOOKS.get(peer, 3)
        yield f'<path class="p{look}" d="M{"L".join(f"{x} {y}" for x, y in places)}"/>'
        yield from (f'<circle class="p{look}" cx="{x}" cy="{y}" r="3"/>' for x, y in places)
