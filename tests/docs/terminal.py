"""The picture of the README: what `make up` prints, drawn as a terminal. ``python -m tests.docs picture`` runs it and draws anew."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html import escape

from tests.docs.pages import ROOT

PATH = ROOT / "docs" / "images" / "up.svg"
_LETTER, _LINE, _MARGIN, _TOP = 7.25, 18, 18, 44
_STYLE = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#e6edf3;white-space:pre}.good{fill:#3fb950}.head{font-weight:700}"
    ".prompt{fill:#79c0ff}"
)


def draw() -> None:
    """Run `make up`'s command and draw what it printed.

    Raises:
        SystemExit: it failed, or created nothing, as where everything is deployed already.
    """
    done = subprocess.run([sys.executable, "-m", "sandbox", "up"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode or "+ created" not in done.stdout:
        sys.exit(f"{done.stdout}{done.stderr}\n`make up` created nothing: run `make reset` first")
    PATH.write_text(drawn(done.stdout), encoding="utf-8")


def drawn(output: str) -> str:
    """The picture as SVG, without what is different in each run: times and ports."""
    steady = re.sub(r" \(\d[\d.]*s\)$| in \d[\d.]*s$", "", output, flags=re.MULTILINE)
    lines = ["$ make up", *(line.rstrip() for line in re.sub(r"(127\.0\.0\.1):\d+", r"\1:28967", steady).splitlines())]
    width = round(max(map(len, lines)) * _LETTER) + 2 * _MARGIN
    height = _TOP + _LINE * len(lines) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>What make up prints: what is created, then a table of the customers, a handshake and the health</title>\n"
        f'<style>{_STYLE}</style>\n<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n'
        + "".join(f'<circle cx="{20 + 18 * place}" cy="20" r="5" fill="#484f58"/>' for place in range(3))
        + "\n"
        + "\n".join(_rows(lines))
        + "\n</svg>\n"
    )


def _rows(lines: list[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        kind = (
            "prompt"
            if line.startswith("$")
            else "good"
            if line.startswith(("+", "Health: OK"))
            else "head"
            if line.startswith(("environment ", "up done"))
            else ""
        )
        yield (
            f'<text{f" class={chr(34)}{kind}{chr(34)}" if kind else ""} x="{_MARGIN}" y="{_TOP + _LINE * (place + 1) - 6}">'
            f"{escape(line, quote=False)}</text>"
        )
