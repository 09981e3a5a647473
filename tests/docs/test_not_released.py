"""No registry has our packages: whatever tells somebody to install one says so, or leads to the page that does."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

NAME = r"(?:pulumi-(?:workspace365|dynamic-host|embedded-engine)[a-z-]*|CLONE/wheels)"
TOLD = re.compile(
    rf"\b(?:pip3? (?:install|download)|uv (?:add|tool install|pip install)|pipx install)\b[^\n]*{NAME}|\binstall\]?(?:\([^)]*\))? `?{NAME}",
    re.IGNORECASE,
)
SAID = re.compile(r"make wheels|installing\.md")
NEAR = 8
"""Lines before and after in which it has to be said."""
PAGE = "docs/installing.md"


def untold(text: str) -> Iterator[int]:
    """The lines that tell to install what is not released, without saying so nearby."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if TOLD.search(line) and not SAID.search("\n".join(lines[max(0, place - NEAR) : place + NEAR + 1])):
            yield place + 1


def texts() -> Iterator[tuple[str, str]]:
    """Every text that users read: pages, templates, files that commands write, messages."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        path = Path(ROOT / name)
        if not name.startswith(("tests/", "bench/")) and path.is_file() and b"\0" not in path.read_bytes():
            yield name, path.read_text(encoding="utf-8")


def test_whatever_tells_to_install_a_package_says_how_to_build_it() -> None:
    read = dict(texts())
    assert {PAGE, "README.md", "cli/pulumi_workspace365_cli/processes.py"} <= read.keys()
    assert [f"{name}:{line}" for name, text in read.items() if name != PAGE for line in untold(text)] == []
    assert sum(1 for text in read.values() if TOLD.search(text)) > 20


@pytest.mark.parametrize(
    "text",
    [
        "pip install pulumi-workspace365",
        "python -m pip install --upgrade 'pulumi-workspace365[apim]'",
        ".venv/bin/pip install CLONE/wheels/*.whl",
        "uv add pulumi-dynamic-host",
        "not installed: install pulumi-workspace365-sandbox.",
        "Install `pulumi-embedded-engine` first.",
    ],
)
def test_a_text_that_does_not_say_it_is_found(text: str) -> None:
    far = "\n" * (NEAR + 1)
    assert list(untold(text)) == [1]
    assert list(untold(f"`make wheels`{far}{text}{far}`make wheels`")) == [NEAR + 2]
    assert list(untold(f"`make wheels` builds it:\n{text}")) == []


def test_the_page_says_first_that_nothing_is_released() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page.partition("```")[0].count("**Not released yet:**") == 1
    assert page.index("make wheels") < page.index("pip install")
