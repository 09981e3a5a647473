"""A route hop by hop, as a drawing: inline SVG from top to bottom, as wide as a phone."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from pulumi_workspace365_cli.report.model import CheckStatus, NetworkNode, NetworkPath

_WIDTH, _ROW, _BOX, _MARGIN = 340, 96, 60, 8
_LONGEST = 34
_MOST_NODES = 60


@dataclass(frozen=True)
class _Position:
    x: float
    y: float
    width: float


def render(graph: NetworkPath) -> str:
    """The graph as an SVG element; every text in it is escaped."""
    nodes = list({node.id: node for node in reversed(graph.nodes[:_MOST_NODES])}.values())[::-1]  # of twins the first
    places = _places(nodes)
    height = max((place.y for place in places.values()), default=0) + _BOX + _MARGIN
    width = max((place.x + place.width for place in places.values()), default=_WIDTH) + _MARGIN
    parts = [
        f'<svg class="graph" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}" aria-label="{escape(graph.title)}">',
        *_edges(nodes, places),
        *(_box(node, places[node.id]) for node in nodes),
        "</svg>",
    ]
    return "".join(parts)


def _places(nodes: Sequence[NetworkNode]) -> Mapping[str, _Position]:
    """Each node once, in the row behind the node that first leads to it: cycles and loose ends do no harm."""
    rows: dict[str, int] = {}
    for node in nodes:
        row = rows.setdefault(node.id, max(rows.values(), default=-1) + 1 if not _leads(nodes, node) else 0)
        for following in node.next:
            if any(other.id == following for other in nodes):
                rows.setdefault(following, row + 1)
    beside: dict[int, list[str]] = {}
    for id_, row in rows.items():
        beside.setdefault(row, []).append(id_)
    widest = max((len(ids) for ids in beside.values()), default=1)
    width = _WIDTH if widest == 1 else max(_WIDTH / widest, 160)
    order = {row: at for at, row in enumerate(sorted(beside))}
    return {
        id_: _Position(_MARGIN + column * (width + _MARGIN), _MARGIN + order[row] * _ROW, width)
        for row, ids in beside.items()
        for column, id_ in enumerate(ids)
    }


def _leads(nodes: Sequence[NetworkNode], target: NetworkNode) -> bool:
    return any(target.id in node.next for node in nodes)


def _edges(nodes: Sequence[NetworkNode], places: Mapping[str, _Position]) -> Iterator[str]:
    for node in nodes:
        for following in dict.fromkeys(node.next):
            if following in places and node.id in places and following != node.id:
                yield _arrow(places[node.id], places[following])


def _arrow(start: _Position, end: _Position) -> str:
    """A line with a tip of its own: a marker, which drawings of a page would share, is not drawn where the first of them is folded."""
    x1, y1, x2, y2 = start.x + start.width / 2, start.y + _BOX, end.x + end.width / 2, end.y
    turned = math.degrees(math.atan2(y2 - y1, x2 - x1))
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
        f'<path class="tip" d="M-10-5 0 0-10 5z" transform="translate({x2:g} {y2:g}) rotate({turned:.1f})"/>'
    )


def _box(node: NetworkNode, place: _Position) -> str:
    whole = escape("\n".join((node.label, node.detail, *node.problems)))
    lines = [(node.label, "label"), (node.detail, ""), (_summed(node.problems), _class(node.verdict))]
    texts = "".join(
        f'<text x="{place.x + 10:g}" y="{place.y + 18 + at * 16:g}" class="{kind}">{escape(_short(text, place.width))}</text>'
        for at, (text, kind) in enumerate(line for line in lines if line[0])
    )
    box = f'<rect x="{place.x:g}" y="{place.y:g}" width="{place.width:g}" height="{_BOX}" rx="8" class="{_class(node.verdict)}"/>'
    return f"<g><title>{whole}</title>{box}{texts}</g>"


def _summed(problems: Sequence[str]) -> str:
    return f"{problems[0]} (+{len(problems) - 1})" if len(problems) > 1 else "".join(problems)


def _short(text: str, width: float) -> str:
    most = int(_LONGEST * width / _WIDTH * 1.25)
    return text if len(text) <= most else text[: most - 1] + "…"


def _class(verdict: CheckStatus) -> str:
    return verdict
