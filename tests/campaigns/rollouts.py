"""The rollout campaign: a rollout over many stacks in three waves, killed at random moments and resumed each time, with a stack that is red until it is mended.

A moment is so many events of the record into a run, and a few milliseconds more. The victim is the command alone, whose engines go on, or
the command with everything that it started. At the end every stack has the change, by one update that went well, and nothing is on the server twice.
"""

import contextlib
import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pulumi_workspace365_sandbox.workspace365 import Server
from tests.campaigns.deployment import EngineName
from tests.fleet import Fleet

Victim = Literal["command", "everything"]
VICTIMS: tuple[Victim, ...] = ("command", "everything")
_EVENTS_EACH = 4  # of a stack: started, previewed, update started, ended
_ROOM = 0.7
"""The share of a rollout's events in which kills fall: more happens after each, until the command is gone."""
_POLL_SECONDS = 0.01
_LONGEST_SECONDS = 1800
_RED = 1
_PLAN = """\
stacks: "*"
waves:
  - {{name: canary, stacks: [s-00], parallel: 1}}
  - {{name: early, stacks: [{early}], parallel: {parallel}}}
  - {{name: broad, stacks: [s-*], parallel: {parallel}}}
gate: {{checks: true, drift: true}}
"""


@dataclass(frozen=True)
class Kill:
    """Whom, and when: after so many events of a run and so many seconds more."""

    victim: Victim
    events: int
    seconds: float

    @property
    def label(self) -> str:
        return f"{self.victim} after {self.events} events and {self.seconds * 1000:.0f} ms"


def plan(count: int, stacks: int, seed: int) -> list[Kill]:
    """Kills at random moments, each victim in turn, so that a rollout of so many stacks has room for all of them."""
    chance = random.Random(seed)
    moments = sorted(chance.randint(0, round(stacks * _EVENTS_EACH * _ROOM)) for _ in range(count))
    gaps = [moment - before for before, moment in pairwise([0, *moments])]
    return [Kill(VICTIMS[number % 2], gap, chance.uniform(0, 2)) for number, gap in enumerate(gaps)]


@dataclass
class Verdict:
    """What became of a rollout. ``missed``: the whole rollout had ended before the moment came."""

    kills: int = 0
    missed: int = 0
    runs: int = 0
    updates: int = 0
    """By the history of the stacks: those that went well."""
    unrecorded: int = 0
    """Those that had done everything when their engine was killed, before it wrote the history."""
    attempts: int = 0
    """By the record: those that were begun."""
    problems: list[str] = field(default_factory=list)


class Campaign:
    """A rollout on one server."""

    def __init__(self, server: Server, folder: Path, stacks: int, engine: EngineName = "embedded", parallel: int = 2) -> None:
        self._server, self._folder = server, folder
        server.management.reset()
        server.management.change_keys(
            provisioning_key=server.provisioning_key
        )  # which another campaign on this server has changed
        server.management.set_options(on_collision="number")
        self._names = [f"s-{number:02}" for number in range(stacks)]
        self._early = self._names[1 : max(3, stacks // 4)]
        self._fleet = Fleet(folder, server, engine, os.environ["PATH"] if engine == "pulumi" else "/usr/bin:/bin")
        self._fleet.prepare({name: [f"{name}-one"] for name in self._names})
        self._fleet.plan(_PLAN.format(early=", ".join(self._early), parallel=parallel))
        self._log = folder.with_name(f"{folder.name}.log")
        self.verdict = Verdict()

    def run(self, kills: Sequence[Kill]) -> Verdict:
        """The whole rollout."""
        red = self._early[-1]
        self._fleet.configure(red, broken=True)
        code = self._killed(kills)
        if code != _RED:
            self.verdict.problems.append(f"the red stack {red} ended the rollout with exit code {code} instead of {_RED}")
        self._judge_red(red)
        self._fleet.configure(red, broken=None)
        code = self._killed(kills[self.verdict.kills :])
        self.verdict.missed = len(kills) - self.verdict.kills
        if code:
            self.verdict.problems.append(f"the mended rollout ended with exit code {code}")
        self._judge()
        return self.verdict

    def _killed(self, kills: Sequence[Kill]) -> int:
        """Resume and kill until the rollout ends; its exit code."""
        for kill in kills:
            process = self._start()
            if not self._strike(kill, process):
                return process.wait()
            self.verdict.kills += 1
        return self._start().wait(timeout=_LONGEST_SECONDS)

    def _start(self) -> subprocess.Popen[str]:
        self.verdict.runs += 1
        records = self._fleet.records()
        with self._log.open("ab") as log:
            return self._fleet.start(*(["--resume", records[-1].stem] if records else []), output=log)

    def _strike(self, kill: Kill, process: subprocess.Popen[str]) -> bool:
        """Wait for the moment and kill; False when the rollout was over before."""
        before = len(self._fleet.events())
        while len(self._fleet.events()) < before + kill.events or not self._fleet.records():
            if process.poll() is not None:
                return False
            time.sleep(_POLL_SECONDS)
        time.sleep(kill.seconds)
        if process.poll() is not None:
            return False
        process.kill()
        process.wait()
        while kill.victim == "everything" and (others := list(self._others())):
            for pid in others:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return True

    def _others(self) -> Sequence[int]:
        """What runs in the folder of the project: engines, programs and hosts."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cwd").readlink().is_relative_to(self._folder) and "\nState:\tZ" not in (
                    process / "status"
                ).read_text():
                    found.append(int(process.name))
        return found

    def _judge_red(self, red: str) -> None:
        """The red stack stopped its wave: no stack of the next one was begun."""
        events = self._fleet.events()
        begun = {event["stack"] for event in events if event["event"] == "stack_started"}
        if late := sorted(begun - {self._names[0], *self._early}):
            self.verdict.problems.append(f"{', '.join(late)} began although {red} is red")

    def _judge(self) -> None:
        events = self._fleet.events()
        self.verdict.attempts = sum(event["event"] == "update_started" for event in events)
        for name in self._names:
            went_well = sum(entry["result"] == "succeeded" for entry in self._fleet.history(name))
            endings = [event["status"] for event in events if event["event"] == "stack_ended" and event["stack"] == name]
            done = [status for status in endings if status in {"updated", "unchanged"}]
            self.verdict.updates += went_well
            self.verdict.unrecorded += went_well == 0
            if (went_well, tuple(done)) not in {(1, ("updated",)), (0, ("unchanged",))}:
                self.verdict.problems.append(f"{name}: {went_well} updates went well, and the record has it done as {done}")
        wanted = {f"{name}-one" for name in self._names}
        there = set(self._server.management.environments())
        self.verdict.problems += [f"{name}: on the server, but not wanted" for name in sorted(there - wanted)]
        self.verdict.problems += [f"{name}: missing on the server" for name in sorted(wanted - there)]
        self.verdict.problems += [f"{path} holds a secret" for path in self._fleet.leaks()]
        traces = re.findall(r"^Traceback|^error: Internal error.*", self._log.read_text(errors="replace"), re.MULTILINE)
        self.verdict.problems += [f"the command said {trace!r}" for trace in traces]
