"""The shared state of one run: its settings and permissions, its clients, and its findings so far."""

import dataclasses
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pulumi_workspace365 import errors
from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.transport import Request, RetryPolicy, Transport
from pulumi_workspace365_cli import progress
from pulumi_workspace365_cli.conformance.assumptions import ASSUMPTION_BY_KEY, AssumptionFinding, FindingStatus
from pulumi_workspace365_cli.conformance.deadline import RunDeadline
from pulumi_workspace365_cli.conformance.observations import Observations, ObservedResponse
from pulumi_workspace365_cli.conformance.pending_removals import CreateRecords

if TYPE_CHECKING:
    from pulumi_workspace365_cli.conformance.throwaway_environment import ThrowawayEnvironment


class Extra(StrEnum):
    """A test that runs only on request."""

    WRONG_KEY = "wrong-key"
    IMPORT = "import"
    DUPLICATE_NAME = "duplicate-name"
    RECREATE = "recreate"


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
    """Seconds until the list showed a change, by key of the assumption."""
    names: set[str] = field(default_factory=set)
    """The actual names of everything that this run created."""
    create_count: int = 0
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
        sent_headers = {name: value for name, value in {**usual, **headers}.items() if value is not None}
        replay = RetryPolicy.READ if method == "GET" else RetryPolicy.WRITE
        purpose = f"send {method} {path} with nonstandard headers"
        self.nonstandard_transport.send(
            Request(purpose, method, path, replay, sent_headers, is_success=lambda _status, _body: True, needs_body=False)
        )
        return self.nonstandard_responses.responses[-1]

    def print_progress(self, text: str) -> None:
        """Print a progress message with the elapsed time."""
        progress.print_line(f"{time.monotonic() - self.began:5.1f} s  {text}")

    def start(self) -> None:
        """Restart the time limit, so that waiting for the confirmation does not count."""
        self.deadline.start()
        self.began = time.monotonic()

    def add_note(self, text: str) -> None:
        """Add a note to the report."""
        if text not in self.notes:
            self.notes.append(text)

    def record_finding(self, key: str, verdict: FindingStatus, observed: str, consequence: str = "", setting: str = "") -> None:
        """Record the result of testing an assumption."""
        self.findings[key] = AssumptionFinding(ASSUMPTION_BY_KEY[key], verdict, observed, consequence, setting)

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
                    self.record_finding(key, "inconclusive", str(problem))
