"""The tutorial, done as a reader would: files written, commands typed, and what it says they show is what they show."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import warm
from tests.docs import pages

STEPS = [block for block in pages.blocks(pages.ROOT / "docs/tutorial.md") if block.kind.startswith("tutorial")]
_FILE = re.compile(r"# (?P<path>\S+?)(?P<end>, at its end)?(?:, in place of (?P<old>[^\n]+))?\n(?P<text>.*)", re.DOTALL)


@dataclass
class Reader:
    """Somebody at a desk: files, commands, and what the last command showed. `tried`: a file as it was before an attempt."""

    folder: Path
    shown: str = ""
    tried: tuple[Path, str] | None = None

    def follow(self, block: pages.Block) -> None:
        """A command is typed, what it shows is looked at, all else is a file."""
        if block.language == "sh":
            self.type(block)
        elif (block.language, block.kind) == ("text", "tutorial"):
            self.see(block)
        else:
            self.write(block)

    def write(self, block: pages.Block) -> None:
        found = _FILE.fullmatch(block.text)
        assert found, f"{block}: it does not begin with the name of its file"
        path = self.folder / found["path"]
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if path.exists() else ""
        if found["old"]:
            assert before.count(found["old"]) == 1, f"{block}: {found['old']} is not there once"
            self.tried = (path, before)
            path.write_text(before.replace(found["old"], found["text"].strip()))
        else:
            path.write_text(before + "\n" + found["text"] if found["end"] else found["text"])

    def type(self, block: pages.Block) -> None:
        done = subprocess.run(
            ["sh", "-ec", block.text], cwd=self.folder, env=environment(), capture_output=True, text=True, check=False
        )
        self.shown = done.stdout + done.stderr
        assert (done.returncode != 0) == (block.kind == "tutorial-fails"), f"{block}:\n{self.shown}"
        if block.kind == "tutorial-fails":
            assert self.tried, f"{block}: nothing was tried"
            self.tried[0].write_text(self.tried[1])

    def see(self, block: pages.Block) -> None:
        assert [line for line in block.text.splitlines() if line not in self.shown] == [], f"{block}:\n{self.shown}"


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "W365_", "ARM_", "AZURE_"))}
    return kept | {"PATH": f"{warm.prefix() / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(pages.ROOT)}


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """In a folder that looks like the project's; the servers run in a second terminal."""
    (tmp_path / ".venv").symlink_to(warm.prefix())
    (tmp_path / "providers").symlink_to(pages.ROOT / "providers")
    return Reader(tmp_path)


@pytest.mark.timeout(600)  # a quarter of an hour's work of a person
def test_the_tutorial_works_as_it_is_written(reader: Reader) -> None:
    [serve] = [block for block in STEPS if block.kind == "tutorial-serve"]
    first = STEPS.index(serve)
    for block in STEPS[:first]:
        reader.write(block)
    with subprocess.Popen(serve.text.split(), cwd=reader.folder, env=environment(), stdout=subprocess.PIPE, text=True) as servers:
        try:
            assert servers.stdout
            assert servers.stdout.readline().startswith("{")
            for block in STEPS[first + 1 :]:
                reader.follow(block)
        finally:
            servers.terminate()
    assert len(STEPS) > 10
