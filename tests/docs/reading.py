"""Does what a page says, as a reader would: files written, commands typed, and what it says they show looked for."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests import fork_server
from tests.docs import pages

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
        elif block.language == "text" and not block.kind.endswith("-try"):
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
            ["sh", "-ec", block.text], cwd=self.folder, env=environment(self.folder), capture_output=True, text=True, check=False
        )
        self.shown = done.stdout + done.stderr
        fails = block.kind.endswith("-fails")
        assert (done.returncode != 0) == fails, f"{block}:\n{self.shown}"
        if fails:
            assert self.tried, f"{block}: nothing was tried"
            self.tried[0].write_text(self.tried[1])

    def see(self, block: pages.Block) -> None:
        assert [line for line in block.text.splitlines() if line not in self.shown] == [], f"{block}:\n{self.shown}"


def environment(folder: Path) -> dict[str, str]:
    """That of a shell in which the project's own Python was activated; `bin` in the folder comes first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "W365_", "ARM_", "AZURE_"))}
    return kept | {
        "PATH": f"{folder / 'bin'}:{fork_server.prefix() / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(pages.ROOT),
    }
