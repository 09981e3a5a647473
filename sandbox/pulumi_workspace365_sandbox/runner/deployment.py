"""Run one operation of a Pulumi program with either engine, and tell what became of it."""

import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi_workspace365_sandbox.runner import engine_events, engines
from pulumi_workspace365_sandbox.runner.engine_events import Event, EventSummary, Step
from pulumi_workspace365_sandbox.runner.engines import Engine, Operation
from pulumi_workspace365_sandbox.runner.project import Project

_POLL = 0.03  # seconds between two looks at the event log
_SECRET_NAMES = ("KEY", "SECRET", "TOKEN", "PASSWORD")
_SECRET_FAMILIES = ("W365_", "ARM_", "AZURE_", "PULUMI_")
_SHORTEST_SECRET = 8

Listener = Callable[[Event | None, Step | None], None]


@dataclass(frozen=True)
class Result:
    """One finished operation.

    `exit_code`: 0 done, 1 failed; `events`: the engine's, secrets masked, each with the time at which it came, since the engine's own
    has whole seconds only.
    """

    operation: Operation
    exit_code: int
    events: list[Event]
    account: EventSummary
    stdout: str
    stderr: str
    seconds: float

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's, secrets masked."""
        return self.account.outputs

    @property
    def changes(self) -> dict[str, int]:
        """Steps by operation, as the engine counts them; `same` is what did not change."""
        return self.account.changes

    @property
    def problems(self) -> list[str]:
        """Why it failed; what the engine printed when no event says it."""
        if self.exit_code == 0:
            return []
        messages = engine_events.grouped(item for item in self.account.diagnostics if item.severity == "error")
        return messages or [_engine_output(self.stdout, self.stderr) or "The engine ended without saying why."]


@dataclass(frozen=True)
class Deployment:
    """A stack of a project on an engine. `environment`: every variable of the engine's process."""

    project: Project
    stack: str
    engine: Engine
    environment: Mapping[str, str]

    def run(self, operation: Operation, listener: Listener = lambda _event, _step: None) -> Result:
        """Run an operation in a subprocess. The first Ctrl-C lets running steps end, a second one does not.

        `listener` is called with each event and the step that it ended, if any; with None when there is nothing new. Values of variables that are named
        like secrets are masked in everything that comes back.
        """
        began = time.monotonic()
        summary, events_read = EventSummary(refreshing=operation == "refresh"), list[Event]()
        with tempfile.TemporaryDirectory(dir=self.project.folder) as folder:
            scratch = Path(folder)
            log = scratch / "events"
            arguments = [*engines.ARGUMENTS[operation], *self._options(), "--color", "never", "--event-log", str(log)]
            with _process([*self.engine.command, *arguments], self.project.root, self.environment, scratch) as process:
                for event in engine_events.follow(log, lambda: process.poll() is not None, self._masked):
                    if event is None:
                        listener(None, None)
                        time.sleep(_POLL)
                    else:
                        events_read.append({**event, "timestamp": time.time()})
                        listener(event, summary.add(event))
            stdout, stderr = (self._masked((scratch / name).read_text(errors="replace")) for name in ("out", "err"))
        code = 0 if process.returncode == 0 else 1
        return Result(operation, code, events_read, summary, stdout, stderr, time.monotonic() - began)

    def ensure_stack(self) -> str:
        """Create the stack in the project's own backend when it is missing; returns what went wrong, empty for nothing.

        A configuration file that has its encryption salt already is not written to.
        """
        if self.environment.get("PULUMI_BACKEND_URL") != self.project.backend_url or self.project.has_stack(self.stack):
            return ""
        return self._quietly("stack", "init", *self._options())

    def unprotect(self) -> str:
        """Lift the protection of every resource in the stack's state; returns what went wrong, empty for nothing."""
        return self._quietly("state", "unprotect", "--all", "--yes", *self._options())

    def _options(self) -> list[str]:
        return ["--stack", self.stack, "--non-interactive"]

    def _quietly(self, *arguments: str) -> str:
        command = [*self.engine.command, *arguments]
        done = subprocess.run(  # noqa: S603  the engine that was chosen
            command, cwd=self.project.root, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return ""
        silent = f"The engine's `{' '.join(arguments[:2])}` ended with exit code {done.returncode} and no word why."
        return self._masked(_engine_output(done.stdout, done.stderr)) or silent

    def _masked(self, text: str) -> str:
        for value in self._secrets:
            text = text.replace(value, "[secret]")
        return text

    @cached_property
    def _secrets(self) -> list[str]:
        named = (name for name in self.environment if name.startswith(_SECRET_FAMILIES) and name.endswith(_SECRET_NAMES))
        return [value for value in map(self.environment.__getitem__, named) if len(value) >= _SHORTEST_SECRET]


def _engine_output(stdout: str, stderr: str) -> str:
    return (stderr.strip() or stdout.strip()).removeprefix("error: ")


@contextmanager
def _process(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], scratch: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command in `folder`, in a session of its own: interrupts reach it through us, once each; what it prints goes to `out` and `err` in `scratch`. It has ended when the block has."""
    with (
        (scratch / "out").open("wb") as out,
        (scratch / "err").open("wb") as err,
        subprocess.Popen(  # noqa: S603  the engine that was chosen
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        ) as started,
        _handed_on_to(started),
    ):
        yield started


@contextmanager
def _handed_on_to(started: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand SIGINT and SIGTERM on as SIGINT, which both engines take as "finish what runs, start nothing new"."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda _number, _frame: started.send_signal(signal.SIGINT)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
