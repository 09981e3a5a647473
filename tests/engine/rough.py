"""Drives the program `rough`, whose program and providers misbehave as they are told to."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests import fork_server
from tests.engine import cli
from tests.engine.cli import PASSPHRASE, PROGRAMS
from tests.engine.world_strategies import SALT

LONGEST = 120
"""Seconds after which something hangs that must not."""


@dataclass
class Rough:
    """A copy of the program with a state and a server (a folder) of its own, run by the embedded engine.

    With `cold`, each process is one that nobody forked: what is done to processes and descriptors is then done to the right ones.
    """

    directory: Path
    state: Path
    cold: bool = False
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, directory: Path, state: Path | None = None) -> "Rough":
        shutil.copytree(PROGRAMS / "rough", directory)
        (directory / "world").mkdir()
        (directory / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n", encoding="utf-8")
        made = cls(directory, state or directory / "state")
        made.state.mkdir(exist_ok=True)
        code, output = made.run("stack", "init", "dev")
        assert code == 0, output
        return made

    def environment(self) -> dict[str, str]:
        base = cli.PulumiCLI(self.directory).environment()
        own = {"PULUMI_BACKEND_URL": f"file://{self.state}", "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
        return {**base, **own, "PYTHONDONTWRITEBYTECODE": "", **self.variables}

    def command(self, *arguments: str) -> list[str]:
        named = [] if arguments[:2] == ("stack", "init") else ["--stack", "dev"]
        python = sys.executable if self.cold else str(fork_server.python())
        return [python, "-m", "pulumi_embedded_engine", *arguments, *named, "--non-interactive"]

    def popen(self, *arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **more}
        return subprocess.Popen(
            self.command(*arguments), cwd=self.directory, env=self.environment(), stdin=subprocess.DEVNULL, **options
        )

    def run(self, *arguments: str, **more: Any) -> tuple[int, str]:
        """A command's exit code and output."""
        process = self.popen(*arguments, **more)
        try:
            output, _ = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return process.returncode, (output or b"").decode(errors="replace")

    def up(self, *flags: str, **more: Any) -> tuple[int, str]:
        return self.run("up", "--yes", "--skip-preview", *flags, **more)

    def creates(self) -> list[str]:
        """What the server was asked to create, in order."""
        path = self.directory / "world/creates"
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def deployment(self) -> dict[str, Any]:
        """The deployment as the stack is read."""
        code, output = self.run("stack", "export", stderr=subprocess.DEVNULL)
        assert code == 0, output
        document: dict[str, Any] = json.loads(output)
        return document["deployment"]  # type: ignore[no-any-return]

    def recorded(self) -> list[str]:
        """The names of the resources that state has."""
        found = self.deployment().get("resources") or []
        return sorted(item["outputs"]["name"] for item in found if item["type"] == "pulumi-python:dynamic/rough:Rough")

    def pending(self) -> list[str]:
        return [item["resource"]["inputs"]["name"] for item in self.deployment().get("pending_operations") or []]

    def is_released(self) -> bool:
        """Whether nobody holds the stack."""
        return not list((self.state / ".pulumi/locks").rglob("*.json"))


def is_alive(pid: int) -> bool:
    """Whether a process runs, a zombie not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


@contextmanager
def full_pipe() -> Iterator[IO[bytes]]:
    """The writing end of a pipe that nobody reads and that takes nothing more."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(65536))
    except BlockingIOError:
        os.set_blocking(writer, True)
    with os.fdopen(writer, "wb") as file:
        yield file
    os.close(reader)


def wait_until(path: Path) -> None:
    """Wait for a file, for as long as nothing hangs."""
    deadline = time.monotonic() + LONGEST
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.02)
