"""Many stacks of one project: updated by `w365 rollout`, by a plain loop, and by `xargs -P`.

A rollout is measured whole. Of the other ways, in which no stack has anything to do with another, some stacks are measured and the figures multiplied.
"""

import json
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench import processes
from bench.measurement import EngineName
from bench.stack import HOST
from pulumi_workspace365_sandbox.workspace365 import Server

Way = Literal["rollout", "loop", "xargs"]
Change = Literal["unchanged", "one setting", "refresh"]
WAYS: tuple[Way, ...] = ("loop", "xargs", "rollout")
"""A rollout comes last: it leaves all stacks with the same setting, the others only those that they change."""
CHANGES: tuple[Change, ...] = ("unchanged", "one setting", "refresh")

_PROGRAM = Path(__file__).parent / "programs" / "fleet"
_IN_A_ROW = 10
"""Stacks that are measured of a loop, and for each process of `xargs`."""
_COMMANDS: dict[EngineName, list[str]] = {
    "embedded": [sys.executable, "-m", "pulumi_embedded_engine"],
    "pulumi": ["pulumi"],
}


@dataclass(frozen=True)
class Shape:
    """So many stacks with so many customers each."""

    stacks: int
    customers: int

    @classmethod
    def parse(cls, text: str) -> "Shape":
        """That of a text such as ``40x50``.

        Raises:
            ValueError: it is another text.
        """
        stacks, _, customers = text.partition("x")
        shape = cls(int(stacks), int(customers))
        if min(shape.stacks, shape.customers) < 1:
            raise ValueError(text)
        return shape

    def __str__(self) -> str:
        return f"{self.stacks}x{self.customers}"


@dataclass(frozen=True)
class FleetSample:
    """What one way took for one change of all stacks, from those that were ``measured``. Memory in MiB is the highest of one process: the command, and a host."""

    engine: EngineName
    shape: Shape
    parallel: int
    way: Way
    change: Change
    seconds: float
    cpu: float
    command_memory: float
    host_memory: float
    lists: int
    measured: int = 0

    @property
    def is_part(self) -> bool:
        """Whether the figures are those of some stacks, multiplied."""
        return 0 < self.measured < self.shape.stacks


@dataclass
class Fleet:
    """A project of many stacks, deployed on a server. Everything that it writes stays in ``folder``."""

    folder: Path
    server: Server
    engine: EngineName
    shape: Shape
    parallel: int
    _revision: int = 0
    _runs: int = 0

    def prepare(self) -> None:
        """Deploy all stacks.

        Raises:
            FailedError: one cannot be deployed.
        """
        shutil.copytree(_PROGRAM, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        project = {
            "name": "fleet",
            "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            "plugins": {"providers": [{"name": "pulumi-python", "path": str(HOST)}]},
        }
        wave = {"name": "all", "stacks": self._stacks, "parallel": self.parallel}
        (self.folder / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")  # which is YAML too
        for refresh in (False, True):
            plan = {"waves": [wave], "gate": {"checks": False, "drift": False}, "refresh": refresh}
            (self.folder / f"rollout-{refresh}.yaml").write_text(json.dumps(plan), encoding="utf-8")
        for stack in self._stacks:
            (self.folder / f"Pulumi.{stack}.yaml").touch()
        engine, each = _COMMANDS[self.engine], ["--non-interactive", "--color", "never"]
        self._run(_in_parallel([*engine, "stack", "init", "--no-select", *each], self._stacks, self.parallel))
        self._run(_in_parallel([*engine, "up", "--yes", "--skip-preview", *each, "--stack"], self._stacks, self.parallel))

    def measure(self, way: Way, change: Change) -> FleetSample:
        """Carry a change out on all stacks.

        Raises:
            FailedError: a stack failed.
        """
        if change == "one setting":
            self._revision += 1
        self.server.management.clear_requests()
        stacks = self._measured(way)
        used, share = self._run(self._command(way, change, stacks)), len(self._stacks) / len(stacks)
        return FleetSample(
            self.engine,
            self.shape,
            self.parallel,
            way,
            change,
            used.seconds * share,
            used.cpu * share,
            used.parts["engine"].memory if "engine" in used.parts else 0.0,
            used.parts["host"].memory if "host" in used.parts else 0.0,
            round(self.server.management.count("listEnvironments") * share),
            len(stacks),
        )

    def _measured(self, way: Way) -> list[str]:
        count = {"rollout": self.shape.stacks, "loop": _IN_A_ROW, "xargs": _IN_A_ROW * self.parallel}[way]
        return self._stacks[:count]

    @property
    def _stacks(self) -> list[str]:
        return [f"ring-{number:03}" for number in range(self.shape.stacks)]

    def _command(self, way: Way, change: Change, stacks: list[str]) -> list[str]:
        if way == "rollout":
            plan = f"rollout-{change == 'refresh'}.yaml"
            return [sys.executable, "-m", "pulumi_workspace365_cli", "rollout", plan, "--output", "json=report.json"]
        refresh = ["--refresh"] if change == "refresh" else []
        each = [*_COMMANDS[self.engine], "up", "--yes", *refresh, "--non-interactive", "--color", "never", "--stack"]
        if way == "loop":
            return ["sh", "-ec", f"for stack in {' '.join(stacks)}; do {shlex.join(each)} $stack; done"]
        return _in_parallel(each, stacks, self.parallel)

    def _run(self, command: list[str]) -> processes.Used:
        self._runs += 1
        log = self.folder / f"output-{self._runs}.txt"
        return processes.completed(command, self.folder, self._environment, log)

    @property
    def _environment(self) -> dict[str, str]:
        inherited = processes.inherited()
        if self.engine == "embedded":
            inherited["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"  # `w365` prefers a Pulumi CLI
        return {
            **inherited,
            "PULUMI_BACKEND_URL": f"file://{self.folder}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "BENCH_COUNT": str(self.shape.customers),
            "BENCH_REVISION": str(self._revision),
            **self.server.variables,
        }


def _in_parallel(command: list[str], stacks: list[str], parallel: int) -> list[str]:
    return ["sh", "-ec", f"printf '%s\\n' {' '.join(stacks)} | xargs -P {parallel} -I@ {shlex.join(command)} @"]


def measure(fleet: Fleet, tell: Callable[[FleetSample], None], changes: Sequence[Change] = CHANGES) -> Iterator[FleetSample]:
    """Every change, each way in turn.

    Raises:
        FailedError: a stack failed.
    """
    for change in changes:
        for way in WAYS:
            sample = fleet.measure(way, change)
            tell(sample)
            yield sample
