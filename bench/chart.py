"""The chart of docs/performance.md: how long an operation takes with each peer, drawn as SVG."""

from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

_LEFT, _BAR, _GAP, _HEAD, _WIDTH, _PLACE = 190, 20, 18, 64, 760, 480
_COLOURS = ("#0969da", "#8c959f", "#bf8700", "#8250df", "#cf222e")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}.title{font-weight:600;font-size:15px}.note{fill:#57606a;font-size:12px}"
    ".operation{font-weight:600;text-anchor:end}"
)


def drawn(title: str, note: str, bars: Mapping[str, Mapping[str, float]]) -> str:
    """The chart.

    Args:
        title: what is shown.
        note: one line below the title.
        bars: for each operation the seconds of each peer.

    Returns:
        An SVG document.
    """
    peers = list(dict.fromkeys(peer for seconds in bars.values() for peer in seconds))
    colours = {peer: _COLOURS[place % len(_COLOURS)] for place, peer in enumerate(peers)}
    longest = max(second for seconds in bars.values() for second in seconds.values())
    parts: list[str] = []
    top = _HEAD
    for operation, seconds in bars.items():
        parts.append(f'<text class="operation" x="{_LEFT - 12}" y="{top + 15}">{escape(operation)}</text>')
        parts += _group(seconds, colours, longest, top)
        top += _BAR * len(seconds) + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top + 28}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect x="1" y="1" width="{_WIDTH - 2}" height="{top + 26}" rx="5" fill="#ffffff" stroke="#8c959f"/>\n'
        f'<text class="title" x="16" y="26">{escape(title)}</text>\n<text class="note" x="16" y="46">{escape(note)}</text>\n'
        + "\n".join([*parts, *_legend(colours, top)])
        + "\n</svg>\n"
    )


def _group(seconds: Mapping[str, float], colours: Mapping[str, str], longest: float, top: int) -> Iterator[str]:
    for row, (peer, taken) in enumerate(seconds.items()):
        width = max(round(taken / longest * _PLACE), 1)
        y = top + row * _BAR
        yield f'<rect x="{_LEFT}" y="{y}" width="{width}" height="{_BAR - 4}" fill="{colours[peer]}"/>'
        yield f'<text class="note" x="{_LEFT + width + 6}" y="{y + 13}">{taken:.1f} s</text>'


def _legend(peers: Mapping[str, str], top: int) -> Iterable[str]:
    left = _LEFT
    for peer, colour in peers.items():
        yield f'<rect x="{left}" y="{top}" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{left + 18}" y="{top + 11}">{escape(peer)}</text>'
        left += 34 + 8 * len(peer)
