"""The architecture as a picture, drawn from the import rules that the linter keeps: it cannot show what is not so."""

import tomllib
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from tests.docs.pages import ROOT

_ROW, _BOX, _LETTER, _GAP, _LEFT, _WIDTH = 40, 28, 8, 8, 44, 760
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}.title{font-weight:600;font-size:15px}.note{fill:#57606a;font-size:12px}"
    "rect{fill:#ddf4ff;stroke:#54aeff;rx:5}.apart{fill:#f6f8fa;stroke:#8c959f}path{stroke:#8c959f;fill:none;stroke-width:1.5}"
)


def drawn() -> str:
    """The picture as SVG."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layered = [contract for contract in rules["contracts"] if contract["type"] == "layers"]
    parts: list[str] = []
    top = 16
    width = max([_WIDTH, *(_end(layer) + _LEFT for contract in layered for layer in contract["layers"])])
    for contract in sorted(layered, key=lambda contract: "containers" in contract):
        parts += _panel(contract, rules["root_packages"], top)
        top += 52 + _ROW * len(contract["layers"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {top}" role="img">\n'
        "<title>Who may import whom: a module imports only what stands below it</title>\n"
        f'<style>{_STYLE}</style>\n<rect class="apart" x="1" y="1" width="{width - 2:g}" height="{top - 2}" style="fill:#ffffff"/>\n'
        '<defs><marker id="arrow" markerWidth="8" markerHeight="8" refX="4" refY="4" orient="auto">'
        '<path d="M1 1 L5 4 L1 7"/></marker></defs>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(contract: dict[str, Any], packages: list[str], top: int) -> Iterator[str]:
    inside = contract.get("containers")
    title = f"Inside {inside[0]}" if inside else "The packages"
    yield f'<text class="title" x="{_LEFT}" y="{top + 16}">{escape(title)}</text>'
    first, last = top + 30, top + 30 + _ROW * len(contract["layers"]) - 14
    yield f'<path d="M22 {first} V{last}" marker-end="url(#arrow)"/>'
    yield f'<text class="note" transform="translate(16 {last}) rotate(-90)">imports</text>'
    for row, layer in enumerate(contract["layers"]):
        end: float = _LEFT
        for name in _names(layer):
            yield from _box(name, end, first + row * _ROW)
            end += _width(name) + _GAP
    if not inside:
        yield from _apart([name for name in packages if name not in contract["layers"]], first)


def _apart(names: list[str], top: int) -> Iterator[str]:
    """Packages that import nothing of the others, and are not imported by them."""
    left = _WIDTH - 16 - max(map(_width, names))
    for row, name in enumerate(names):
        yield from _box(name, left, top + row * _ROW, "apart")
    yield f'<text class="note" x="{left}" y="{top - 8}">apart from all others</text>'


def _box(name: str, left: float, top: float, kind: str = "") -> Iterator[str]:
    yield f'<rect{f" class={chr(34)}{kind}{chr(34)}" if kind else ""} x="{left:g}" y="{top}" width="{_width(name):g}" height="{_BOX}"/>'
    yield f'<text x="{left + 10:g}" y="{top + 19}">{escape(name)}</text>'


def _names(layer: str) -> list[str]:
    return layer.replace(" ", "").replace(":", "|").split("|")


def _end(layer: str) -> float:
    return _LEFT + sum(_width(name) + _GAP for name in _names(layer))


def _width(name: str) -> float:
    return round(len(name) * _LETTER) + 20
