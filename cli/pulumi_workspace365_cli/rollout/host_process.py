"""The process of a host that serves several engines: started, asked by lines of JSON, ended (``pulumi_dynamic_host.shared_process``)."""

import json
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from pulumi_workspace365_cli.errors import CommandError

OWN = "or give every stack a host of its own with --own-hosts"
_OPTION = "--shared"
_START_SECONDS = 60.0
_ANSWER_SECONDS = 60.0
_END_SECONDS = 15.0
_KEPT_LINES = 20


class HostEndedError(CommandError):
    """The host has ended: the stacks under way fail, and no other can start."""


class HostProcess:
    """A running host. Safe to share between threads.

    Args:
        launcher: what starts it.
        folder: where.
        environ: its environment variables.
        on_output: called with each line that it writes outside of the calls of a stack.

    Raises:
        CommandError: it does not start.
    """

    def __init__(self, launcher: Path, folder: Path, environ: Mapping[str, str], on_output: Callable[[str], None]) -> None:
        self._lock = threading.Lock()
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        try:
            self._process = subprocess.Popen(  # noqa: S603  what Pulumi.yaml names, as an engine would start it
                [launcher, _OPTION],
                cwd=folder,
                env=dict(environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the engines
                encoding="utf-8",
                errors="replace",
            )
        except OSError as problem:
            raise CommandError(f"The provider host, {launcher}, cannot be started: {problem.strerror}.") from problem
        self._requests, output, errors = (
            cast("IO[str]", pipe) for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        threading.Thread(target=self._read_answers, args=(output,), daemon=True).start()
        self._reading_errors = threading.Thread(target=self._read_errors, args=(errors, on_output), daemon=True)
        self._reading_errors.start()
        try:
            self._wait_until_ready(launcher)
        except BaseException:
            self.end()
            raise

    @property
    def process_id(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def failure(self) -> str | None:
        """One sentence once the host has ended."""
        code = self._process.poll()
        if code is None:
            return None
        return (
            f"The host that the stacks of this rollout share (process {self.process_id}) {_how(code)}: the stacks that were under way have "
            "failed, and what they were creating may exist without being recorded in their state."
        )

    def ask(self, answer: str, **request: Any) -> int:
        """Send a request; the number that comes back under the name ``answer``.

        Raises:
            HostEndedError: the host has ended, or does not answer.
        """
        with self._lock:
            try:
                self._requests.write(json.dumps(request) + "\n")
                self._requests.flush()
                line = self._answers.get(timeout=_ANSWER_SECONDS)
            except (OSError, ValueError):  # the second where it was closed
                line = None
            except queue.Empty:
                raise HostEndedError(
                    f"The host that the stacks of this rollout share (process {self.process_id}) does not answer within {_ANSWER_SECONDS:g} s: "
                    f"see whether it was stopped, {OWN}."
                ) from None
        content = _parsed(line)
        if answer not in content:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
            raise HostEndedError(
                self.failure or f"The host that the stacks share (process {self.process_id}) does not answer as expected."
            )
        return int(content[answer])

    def abandon(self) -> None:
        """Let the host end by itself once no engine uses it."""
        with suppress(OSError):
            self._requests.close()

    def end(self) -> None:
        """End the host; calls in progress get a few seconds."""
        self.abandon()
        for end in (self._process.terminate, self._process.kill):
            end()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
                return

    def _wait_until_ready(self, launcher: Path) -> None:
        try:
            line = self._answers.get(timeout=_START_SECONDS)
        except queue.Empty:
            raise CommandError(
                f"The provider host, {launcher}, does not start within {_START_SECONDS:g} s: look at the machine's load, {OWN}."
            ) from None
        if "ready" in _parsed(line):
            return
        if line is None:
            raise CommandError(f"The provider host, {launcher}, does not start: {self._reason()}")
        raise CommandError(
            f"The provider host that Pulumi.yaml names, {launcher}, serves one stack only: renew it with `w365 init`, {OWN}."
        )

    def _reason(self) -> str:
        """What it said last, else how it ended."""
        code = self._process.wait()
        self._reading_errors.join(_END_SECONDS)
        return self._last_lines[-1] if self._last_lines else f"it {_how(code)}."

    def _read_answers(self, output: IO[str]) -> None:
        for line in output:
            self._answers.put(line)
        self._answers.put(None)

    def _read_errors(self, errors: IO[str], on_output: Callable[[str], None]) -> None:
        for line in errors:
            self._last_lines.append(line.rstrip("\n"))
            on_output(self._last_lines[-1])


def _parsed(line: str | None) -> dict[str, Any]:
    with suppress(ValueError):
        content = json.loads(line or "")
        return content if isinstance(content, dict) else {}
    return {}


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
