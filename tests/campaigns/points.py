"""Every point: of an ``up`` with three environments the host, or the embedded engine, is killed after its k-th call, for every k there is;
or its disk fails at its k-th file call and ever after.

A call is a write (to a file or a pipe, or a name that changes), a sync, a send or a receive that succeeded, counted in the process
itself by a library that is loaded before it starts (``calls.c``); it sees what every thread does, those of gRPC included. The run that
follows is judged as after any kill (``kills``).
"""

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pulumi_workspace365_sandbox.workspace365 import Server
from tests import c_library, temporary
from tests.campaigns import aftermath, deployment
from tests.campaigns.deployment import Deployment, Outcome, Wanted

Victim = Literal["host", "engine"]
VICTIMS: tuple[Victim, ...] = ("host", "engine")
Fault = Literal["kill", "fail"]
FAULTS: tuple[Fault, ...] = ("kill", "fail")
"""What happens at a point: the process is killed after it; or this write or sync of a file, and each later one, fails with EIO."""
KINDS = ("write", "sync", "send", "receive")
Names = Literal["transliterate", "customer_number"]
NAMES: tuple[Names, ...] = ("transliterate", "customer_number")
"""What the server makes of the wanted names: of one of them, or of all, a name that does not fold to it."""

SPARE = 20
"""So many calls more than counted a run may make: how messages are packed depends on the moment."""

_NEVER = 10**9
_WANTED = {"contoso": Wanted(), "Müller Söhne": Wanted(), "fabrikam": Wanted()}


@cache
def library() -> Path | None:
    """What counts the calls; None where there is no C compiler."""
    if c_library.compiler() is None:
        return None
    return c_library.build(Path(__file__).with_name("calls.c"), temporary.folder("calls-"))


@dataclass
class Verdict:
    """What became of the points, by kind of the last call."""

    tried: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    """So often a person had to say which environment is whose."""
    problems: list[str] = field(default_factory=list)


class Series:
    """The points of one process, each in a stack of its own that starts empty.

    Args:
        server: of which the stack's environments are.
        folder: for the stack.
        victim: the process.
        fault: what happens to it.
        names: what the server makes of their names.
        unchanged: see after each point that a further run would change nothing.
    """

    def __init__(
        self,
        server: Server,
        folder: Path,
        victim: Victim,
        fault: Fault = "kill",
        names: Names = NAMES[0],
        *,
        unchanged: bool = True,
    ) -> None:
        self._server, self._folder, self._victim, self._unchanged = server, folder, victim, unchanged
        self._fault, self._names = fault, names
        self.verdict = Verdict()
        self._deployment = Deployment(folder / "stack", server, preload=library()).prepare()
        self._deployment.want(_WANTED)
        shutil.copytree(self._deployment.folder, folder / "empty")

    @cached_property
    def calls(self) -> int:
        """How many there are in a run without a fault."""
        return len(self._faulty_run(_NEVER)[0])

    def run(self, points: Iterable[int]) -> Verdict:
        """Try these points."""
        for point in points:
            calls, ended = self._faulty_run(point)
            if len(calls) < point:
                continue  # the run was over before
            kind, _, about = calls[point - 1].partition("\t")
            problems = [f"a traceback: {line}" for line in deployment.traces(ended.output)]
            found = aftermath.judge(self._deployment, _WANTED, unchanged=self._unchanged)
            problems += found.problems
            self.verdict.tried[kind] += 1
            self.verdict.survived[kind] += not problems
            self.verdict.asked += bool(found.settled)
            self.verdict.problems += [
                f"{self._victim}, {self._fault}, {self._names}, call {point}, {kind} {about}: {problem}" for problem in problems
            ]
        return self.verdict

    def _faulty_run(self, point: int) -> tuple[list[str], Outcome]:
        """The calls that were made, and how the run ended."""
        deployment.reset(self._server, sanitiser=self._names)
        shutil.rmtree(self._deployment.folder)
        shutil.copytree(self._folder / "empty", self._deployment.folder)
        log = self._folder / "calls.txt"
        log.unlink(missing_ok=True)
        self._deployment.arm(self._victim, self._fault, point, log)
        ended = self._deployment.up()
        return log.read_text(encoding="utf-8").splitlines(), ended
