"""The pages of the documentation and what is in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SKIPPED = {".venv", ".sandbox", "site", "node_modules", ".git", ".pytest_cache"}
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_FILE = re.compile(r"`(?P<target>(?:bench|cli|components|engine|host|providers|sandbox|stacks|tests)/[\w/.-]+\.py)`")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One code block: its language and the word behind it, if any (``yaml customer``)."""

    page: Path
    line: int
    language: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every Markdown file of the project."""
    return sorted(path for path in ROOT.rglob("*.md") if not _SKIPPED & set(path.relative_to(ROOT).parts))


def blocks(page: Path) -> Iterator[Block]:
    """The code blocks of a page."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        language, _, kind = found["info"].strip().partition(" ")
        indent = len(found["indent"])
        body = "".join(line[indent:] if line.strip() else "\n" for line in found["text"].splitlines(keepends=True))
        yield Block(page, text.count("\n", 0, found.start()) + 1, language, kind, body)


def broken_links(page: Path) -> Iterator[str]:
    """Links of a page that lead nowhere in this project, and files named in it that are not there."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for found in _LINK.finditer(text):
        path, _, anchor = found["target"].partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{page.relative_to(ROOT)}: {found['target']} leads nowhere"
        elif anchor and target.suffix == ".md" and anchor not in _anchors(target):
            yield f"{page.relative_to(ROOT)}: {found['target']} names no heading there"
    for found in _FILE.finditer(text):
        if not (ROOT / found["target"]).exists():
            yield f"{page.relative_to(ROOT)}: there is no {found['target']}"


def _anchors(page: Path) -> set[str]:
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
