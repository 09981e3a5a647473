"""What pages, recipes and scripts download: named exactly, verified where that is possible, never run unseen."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT, blocks, pages

_SHELL = r"(?:sudo\s+)?(?:env\s+)?(?:/\S*/)?(?:ba|z|da|k|)sh\b|python[\d.]*\b|perl\b|node\b|iex\b|Invoke-Expression\b"
_FETCH = r"(?:curl|wget|fetch|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b"
_RUN_UNSEEN = re.compile(
    rf"{_FETCH}[^\n;&]*\|\s*(?:\S+\s+)?(?:{_SHELL})|(?:{_SHELL}|source|eval|\.)\s*(?:-c\s*)?[\"']?(?:<\(|\$\(|`)\s*{_FETCH}",
    re.IGNORECASE,
)
_LATEST = re.compile(r"(?<![\w.])(?:\S*[:@-]latest|version(?:Spec)?:\s*[\"']?latest)(?![\w-])", re.IGNORECASE)
_ACTION = re.compile(r"^\s*(?:-\s+)?uses:\s*[\"']?(?P<name>[^\s@\"'#]+)(?:@(?P<ref>[^\s\"'#]+))?[\"']?\s*(?P<comment>#.*)?$")
_IMAGE = re.compile(
    r"^\s*(?:-\s+)?(?:image|container|FROM)(?::\s*|\s+)[\"']?(?P<image>[\w.$/-]+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?)[\"']?\s*$"
)
_EXACT_TAG = re.compile(r".+:v?\d+\.\d+\.\d+[\w.-]*|.+@sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PIP = re.compile(r"\bpip3?\s+install\b(?P<rest>[^\n&;|]*)")
_HASHED = re.compile(r"--require-hashes\b|--no-index\b")


def problems() -> Iterator[str]:
    """Everything that is not pinned, one line each: the code blocks of all pages, the recipes and the scripts."""
    for page in pages():
        for block in blocks(page):
            yield from wrong(str(block), block.text, unattended=block.language in {"yaml", "yml"})
    for path in (*sorted((ROOT / "docs" / "ci").iterdir()), ROOT / "Makefile", *_workflows()):
        if path.suffix != ".md":
            yield from wrong(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"), unattended=True)


def _workflows() -> Iterator[Path]:
    for folder in (ROOT / ".ci", ROOT / ".github"):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def wrong(where: str, text: str, *, unattended: bool) -> Iterator[str]:
    """What a text downloads without saying exactly what. `unattended`: nobody watches it run, so that packages need hashes."""
    joined = re.sub(r"\\\n\s*|(?<=\|)\n\s*", " ", text)
    if found := _RUN_UNSEEN.search(joined):
        yield f"{where}: `{found[0].strip()}` runs a download that nobody has looked at"
    for line in joined.splitlines():
        if found := _LATEST.search(line):
            yield f"{where}: `{found[0].strip()}` is another one tomorrow"
        if (action := _ACTION.match(line)) and not action["name"].startswith("./"):
            if not _COMMIT.fullmatch(action["ref"] or ""):
                yield f"{where}: the action {action['name']} is not pinned to a commit"
            elif not re.match(r"# v\d+\.\d+\.\d+", action["comment"] or ""):
                yield f"{where}: the action {action['name']} lacks a comment with its version"
        if (image := _IMAGE.match(line)) and not _EXACT_TAG.fullmatch(image["image"]):
            yield f"{where}: the image {image['image']} has neither an exact tag nor a digest"
        if unattended and (pip := _PIP.search(line)) and not _HASHED.search(pip["rest"]):
            yield f"{where}: `{pip[0].strip()}` installs packages without their hashes"
