"""One run: its permissions, its deadline, its findings so far, and its progress messages."""

import contextlib
import dataclasses
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365 import errors
from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.transport import Request, RetryPolicy, Transport
from pulumi_workspace365_cli.conformance.assumptions import ASSUMPTION_BY_KEY, AssumptionFinding, FindingStatus
from pulumi_workspace365_cli.conformance.observations import Observations, ObservedResponse
from pulumi_workspace365_cli.conformance.pending_removals import CreateRecords

if TYPE_CHECKING:
    from pulumi_workspace365_cli.conformance.throwaway_environment import ThrowawayEnvironment

_T = TypeVar("_T")
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Extra(StrEnum):
    """A test that runs only on request."""

    WRONG_KEY = "wrong-key"
    IMPORT = "import"
    DUPLICATE_NAME = "duplicate-name"
    RECREATE = "recreate"


class StoppedError(Exception):
    """The tests stop, because of a signal or the deadline; what was created is removed."""


class RunDeadline:
    """When the tests stop: at the deadline, or at a signal. The current call is completed first."""

    def __init__(self, seconds: float) -> None:
        self.interrupted = False
        self.seconds = seconds
        self._until = time.monotonic() + seconds
        self._stopped = threading.Event()

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self._until - time.monotonic())

    def start(self) -> None:
        """Restart the time limit."""
        self._until = time.monotonic() + self.seconds

    def check(self) -> None:
        """Check that the run may continue.

        Raises:
            StoppedError: it was interrupted, or the deadline has passed.
        """
        if self.interrupted:
            raise StoppedError("The run was interrupted.")
        if not self.remaining:
            raise StoppedError("The deadline (--deadline) was reached.")

    def pause(self, seconds: float) -> None:
        """Wait, at most until the deadline.

        Raises:
            StoppedError: the run was interrupted, or the deadline has passed.
        """
        self._stopped.wait(min(seconds, self.remaining))
        self.check()

    @contextmanager
    def stop_on_signals(self, on_signal: Callable[[], None]) -> Iterator[None]:
        """In the block, Ctrl-C and termination signals stop the tests instead of the process; ``on_signal`` is called for each."""

        def stop(_number: int, _frame: Any) -> None:
            self.interrupted = True
            self._stopped.set()
            on_signal()

        heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # as nohup leaves SIGHUP
        before = {number: signal.signal(number, stop) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler or signal.SIG_DFL)


def print_line(text: str) -> None:
    """Print a line to standard error. A closed pipe is ignored, because it must not end the run."""
    line = safe_text.visible(redaction.redact(text))
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line.encode(sys.stderr.encoding or "ascii", "replace").decode(sys.stderr.encoding or "ascii") + "\n")
        sys.stderr.flush()


@dataclass
class Session:
    """The shared state of one run. ``client`` retries as a deployment does, ``client_without_retries`` sends each call once."""

    settings: Settings
    records: CreateRecords
    deadline: RunDeadline
    token: str
    email: str
    extras: frozenset[Extra]
    observed: Observations = field(default_factory=Observations)
    nonstandard_responses: Observations = field(default_factory=Observations)
    """Responses to calls that no deployment sends."""
    findings: dict[str, AssumptionFinding] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    created: "list[ThrowawayEnvironment]" = field(default_factory=list)
    """What was or may have been created, and is not known to be removed."""
    delays: dict[str, float] = field(default_factory=dict)
    """Seconds until the list showed a change, by key of the reading."""
    names: set[str] = field(default_factory=set)
    """The actual names of everything that this run created."""
    parts: int = 0
    """Number of creates sent."""
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        impatient = dataclasses.replace(self.settings, max_retries=0)
        self.client = Client(self.settings, self.observed.record)
        self.client_without_retries = Client(impatient, self.observed.record)
        self.nonstandard_transport = Transport(impatient, self.nonstandard_responses.record)

    def send_nonstandard(self, method: str, path: str, headers: Mapping[str, str | None]) -> ObservedResponse:
        """Send a call whose headers differ from a deployment's; ``None`` omits a header. Any status counts as a response.

        Raises:
            errors.W365Error: there was no response.
        """
        usual = {
            "ProvisioningKey": self.settings.provisioning_key or "",
            "X-Requested-With": "XMLHttpRequest",
            "Accept": "application/json",
        }
        sent = {name: value for name, value in {**usual, **headers}.items() if value is not None}
        replay = RetryPolicy.READ if method == "GET" else RetryPolicy.WRITE
        purpose = f"send {method} {path} with nonstandard headers"
        self.nonstandard_transport.send(
            Request(purpose, method, path, replay, sent, is_success=lambda _status, _body: True, needs_body=False)
        )
        return self.nonstandard_responses.seen[-1]

    def print_progress(self, text: str) -> None:
        """Print a progress message with the elapsed time."""
        print_line(f"{time.monotonic() - self.began:5.1f} s  {text}")

    def start(self) -> None:
        """Restart the time limit, so that waiting for the confirmation does not count."""
        self.deadline.start()
        self.began = time.monotonic()

    def add_note(self, text: str) -> None:
        """Add a note to the report."""
        if text not in self.notes:
            self.notes.append(text)

    def record_finding(self, key: str, verdict: FindingStatus, seen: str, consequence: str = "", setting: str = "") -> None:
        """Record the result for a reading."""
        self.findings[key] = AssumptionFinding(ASSUMPTION_BY_KEY[key], verdict, seen, consequence, setting)

    @contextmanager
    def checking(self, text: str, *keys: str) -> Iterator[None]:
        """Run a test; after an error, the remaining ``keys`` are inconclusive and the run continues."""
        self.deadline.check()
        self.print_progress(text)
        try:
            yield
        except errors.W365Error as problem:
            for key in keys:
                if key not in self.findings:
                    self.record_finding(key, "cannot be told", str(problem))

    def poll(
        self, fetch: Callable[[], _T], is_done: Callable[[_T], bool], timeout: float, since: float | None = None
    ) -> tuple[_T, float | None]:
        """Poll until the value is as expected, or the timeout expires.

        Args:
            fetch: reads the current value.
            is_done: whether the value is as expected.
            timeout: seconds.
            since: start of the timeout (``time.monotonic()``); now if omitted.

        Returns:
            The last value, and the seconds until it was as expected: zero if the first one was, ``None`` if none was.

        Raises:
            StoppedError: the run was interrupted, or the deadline has passed.
        """
        began, pause, first = since or time.monotonic(), _FIRST_PAUSE_SECONDS, True
        while True:
            seen = fetch()
            passed = time.monotonic() - began
            if is_done(seen):
                return seen, 0.0 if first else passed
            first = False
            if passed + pause > timeout:
                return seen, None
            self.deadline.pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
