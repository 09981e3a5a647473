"""The kill campaign: SIGKILL at random moments of an ``up``, of the provider host, of the program or of the engine.

A moment is so many requests into the run, and a few milliseconds more. The run that follows has to converge, whatever the dying processes
still did meanwhile (``aftermath``): at once where the server's names tell which environment is whose, else once a person has said so.
"""

import contextlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests.campaigns import aftermath, deployment
from tests.campaigns.deployment import Deployment, EngineName, Wanted

Victim = Literal["host", "program", "engine"]
VICTIMS: tuple[Victim, ...] = ("host", "program", "engine")
Kind = Literal["plain", "own names", "list down"]
KINDS: tuple[Kind, ...] = ("plain", "own names", "list down")
"""Names that fold to what was asked for; some or all of the server's own; and the list down after the kill, whatever the names."""

_NAMES = {"plain": ["identity"], "own names": ["transliterate", "customer_number"], "list down": ["strip", "transliterate"]}
"""What the server makes of names, by turns."""

_LATENCY_MS = 60
_POLL_SECONDS = 0.01
_LONGEST_SECONDS = 120
_REQUESTS_EACH = 3  # of an environment: its create and two settings, besides the lists


@dataclass(frozen=True)
class Kill:
    """Whom, and when: after so many requests and so many seconds more."""

    victim: Victim
    requests: int
    seconds: float

    @property
    def label(self) -> str:
        return f"{self.victim} after {self.requests} requests and {self.seconds * 1000:.0f} ms"


def plan(count: int, environments: int, seed: int, kind: Kind = "plain") -> list[Kill]:
    """Kills at random moments, each victim in turn; where names or the list are at stake, while creates are sent."""
    chance = random.Random(f"{seed} {kind}")
    last = environments * _REQUESTS_EACH // (1 if kind == "plain" else 2)
    return [Kill(VICTIMS[number % 3], chance.randint(0, last), chance.uniform(0, 0.15)) for number in range(count)]


@dataclass
class Verdict:
    """What became of the kills. ``missed``: the run had ended before its moment came."""

    tried: dict[Victim, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    survived: dict[Victim, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    missed: dict[Victim, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    interrupted_creates: int = 0
    """Creates that were carried out although the run that sent them never recorded them."""
    settled: dict[Victim, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    """Environments of which a person had to say whose they are."""
    restored: int = 0
    """Checkpoints that a killed CLI had left torn, and that its copy replaced."""
    problems: list[str] = field(default_factory=list)


class Campaign:
    """Kills on one server, each in a stack of its own that starts empty."""

    def __init__(
        self, server: Server, folder: Path, environments: int, engine: EngineName = "embedded", kind: Kind = "plain"
    ) -> None:
        self._server, self._folder, self._engine, self._kind = server, folder, engine, kind
        self._sanitisers = itertools.cycle(_NAMES[kind])
        names = [f"Müller Söhne {number:02}" if number % 3 == 2 else f"customer-{number:02}" for number in range(environments)]
        self._wanted = {name: Wanted(active=number % 4 != 0, parts=("sign-on", "exchange")) for number, name in enumerate(names)}
        self.verdict = Verdict()
        self._deployment = Deployment(folder / "stack", server, engine, {"W365_MAX_RETRIES": "2"}).prepare()
        self._deployment.want(self._wanted)
        shutil.copytree(self._deployment.folder, folder / "empty")

    def run(self, kills: Sequence[Kill]) -> Verdict:
        for kill in kills:
            self._start_over()
            found = self._try(kill)
            self.verdict.tried[kill.victim] += 1
            self.verdict.survived[kill.victim] += not found
            self.verdict.problems += [f"{kill.label}: {problem}" for problem in found]
        return self.verdict

    def _start_over(self) -> None:
        deployment.reset(self._server, sanitiser=next(self._sanitisers))
        self._server.management.inject(*(faults.Latency(ms=_LATENCY_MS, when=when) for when in ("before", "after")))
        shutil.rmtree(self._deployment.folder)
        shutil.copytree(self._folder / "empty", self._deployment.folder)

    def _try(self, kill: Kill) -> list[str]:
        process = self._deployment.start("up", "--yes", "--skip-preview", "--stack", deployment.STACK)
        self.verdict.missed[kill.victim] += not self._strike(kill, process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_LONGEST_SECONDS)
        if process.poll() is None:
            process.kill()
            process.wait()
            return [f"the run did not end within {_LONGEST_SECONDS} s; it said: {self._deployment.output[-2000:]}"]
        _end(process.pid, "pulumi-language-python")  # which outlives a CLI that was killed, for ever
        self.verdict.restored += self._deployment.restore_checkpoint()
        recorded = {outputs["id"] for outputs in self._deployment.recorded().values()}
        self.verdict.interrupted_creates += len(self._server.management.environments().keys() - recorded)
        if self._engine == "pulumi" and kill.victim == "engine":  # whose lock and pending operations the CLI leaves to a person
            self._deployment.run("cancel", "--yes", "--stack", deployment.STACK)
        orphaned = kill.victim == "engine"  # whose host may still send what it was asked for
        found = self._without_a_list(counts=not orphaned) if self._kind == "list down" else []
        after = aftermath.judge(self._deployment, self._wanted)
        self.verdict.settled[kill.victim] += after.settled
        return found + after.problems

    def _without_a_list(self, *, counts: bool) -> list[str]:
        """A run that cannot read the list must send no create."""
        number, *_ = self._server.management.inject(faults.Status(operation="listEnvironments", status=503))
        before = self._server.management.count("createEnvironment")
        self._deployment.up()
        after = self._server.management.count("createEnvironment")
        self._server.management.remove_fault(number)
        return [f"{after - before} creates were sent without a list"] if counts and after != before else []

    def _strike(self, kill: Kill, process: subprocess.Popen[bytes]) -> bool:
        """Wait for the moment and kill; False when the run was over before."""
        while self._server.management.count() < kill.requests or not self._pid(kill.victim, process):
            if process.poll() is not None:
                return False
            time.sleep(_POLL_SECONDS)
        time.sleep(kill.seconds)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid(kill.victim, process), signal.SIGKILL)
        return process.poll() is None or process.returncode != 0

    def _pid(self, victim: Victim, process: subprocess.Popen[bytes]) -> int:
        """0 while it has not started."""
        if victim == "engine":
            return process.pid
        path = self._deployment.folder / f"{victim}.pid"
        text = path.read_text(encoding="ascii").strip() if path.exists() else ""
        return int(text or 0)


def _end(session: int, program: str) -> None:
    """End the processes of a session that run this program."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if program.encode() in (folder / "cmdline").read_bytes() and os.getsid(int(folder.name)) == session:
                os.kill(int(folder.name), signal.SIGKILL)
