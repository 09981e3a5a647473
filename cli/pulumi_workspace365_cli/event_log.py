"""How long the steps of a deployment took, from the engine's log of events.

Each line is an ``apitype.EngineEvent`` of Pulumi, as ``--event-log`` writes it. A component and the stack have no steps of their own: they
take what their resources take.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import CheckStatus, Report, Span, Timeline

_NO_WORK = {"same", "replace"}  # the second only stands for the two steps that follow
_MOST_SHOWN = 50


class _Logged(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Resource(_Logged):
    custom: bool = False


class _Metadata(_Logged):
    op: str
    urn: str = Field(pattern=r"^.*::.*::.*::")
    old: _Resource | None = None
    new: _Resource | None = None

    @property
    def is_step(self) -> bool:
        resource = self.new or self.old
        return resource is not None and resource.custom and "::pulumi:providers:" not in self.urn


class _Body(_Logged):
    metadata: _Metadata
    planning: bool = False


class _Event(_Logged):
    timestamp: float = Field(allow_inf_nan=False)
    resourcePreEvent: _Body | None = None  # noqa: N815  Pulumi's name, as are the next two
    resOutputsEvent: _Body | None = None  # noqa: N815
    resOpFailedEvent: _Body | None = None  # noqa: N815


@dataclass(frozen=True)
class TimedStep:
    """What was done with one resource. ``start``: seconds after the first event; ``seconds``: until it ended, or the log did."""

    op: str
    urn: str
    start: float
    seconds: float
    verdict: CheckStatus

    @property
    def label(self) -> str:
        """The operation, the resource's type and its name."""
        _, _, types, name = self.urn.split("::", 3)
        return f"{self.op} {types.rpartition(':')[2]} {name}"


@dataclass(frozen=True)
class DeploymentLog:
    """The steps of one run in the order in which they began. ``unchanged`` counts resources with which nothing was to be done."""

    steps: tuple[TimedStep, ...]
    unchanged: int
    seconds: float

    @property
    def timeline(self) -> Timeline:
        """For the page: the slowest, as bars from when to when."""
        slowest = sorted(self.steps, key=lambda step: -step.seconds)[:_MOST_SHOWN]
        shown = [step for step in self.steps if step in slowest]
        spans = tuple(Span(step.label, step.start, step.seconds, step.verdict) for step in shown)
        return Timeline(self._title, spans, self.seconds)

    @property
    def _title(self) -> str:
        count, work = len(self.steps), sum(step.seconds for step in self.steps)
        steps = "1 step" if count == 1 else f"{count} steps"
        parts = [f"{steps} in {_seconds(self.seconds)}"]
        parts += [f"{_seconds(work)} in sum"] if count > 1 and work else []
        parts += [f"the {_MOST_SHOWN} slowest are shown"] if count > _MOST_SHOWN else []
        parts += [f"{self.unchanged} unchanged"] if self.unchanged else []
        return f"Deployment: {'; '.join(parts)}"

    @property
    def to_dict(self) -> Mapping[str, Any]:
        """For programs: everything, in seconds."""
        steps = [
            {
                "op": step.op,
                "urn": step.urn,
                "start": round(step.start, 3),
                "seconds": round(step.seconds, 3),
                "ended": step.verdict != "warning",
                "failed": step.verdict == "failed",
            }
            for step in self.steps
        ]
        return {"seconds": round(self.seconds, 3), "unchanged": self.unchanged, "steps": steps}


def add_timings(report: Report, deployment: DeploymentLog) -> Report:
    """A report with what the deployment before it took."""
    return dataclasses.replace(report, timeline=deployment.timeline, data={**report.data, "deployment": deployment.to_dict})


def read(file: Path) -> DeploymentLog:
    """Read the deployment from a log of events; previews in the log are ignored.

    Raises:
        CommandError: the file cannot be read, or is no log of events.
    """
    source = input_files.display_path(file)
    try:
        text = input_files.decode_text(input_files.read_user_file(file, largest=input_files.DOCUMENT_BYTES), source)
    except input_files.FileError as problem:
        raise CommandError(f"--events: {source} cannot be read: {problem.detail}.") from problem
    lines = [line for line in text.splitlines() if line.strip()]
    events: list[_Event] = []
    for at, line in enumerate(lines, start=1):
        try:
            events.append(_Event.model_validate_json(line))
        except ValidationError:
            if at == len(lines) and events:  # the engine was ended while it wrote
                break
            raise CommandError(
                f"--events: line {at} of {source} is not an event of Pulumi's engine: give the file that `pulumi up --event-log FILE` writes "
                "(the Pulumi CLI has that option with PULUMI_DEBUG_COMMANDS=true)."
            ) from None
    return _of(events)


def _of(events: list[_Event]) -> DeploymentLog:
    if not events:
        return DeploymentLog((), 0, 0)
    first, last = events[0].timestamp, events[-1].timestamp
    started: dict[str, list[tuple[_Metadata, float]]] = {}
    found: list[TimedStep] = []
    for event in events:
        began, ended = event.resourcePreEvent, event.resOutputsEvent or event.resOpFailedEvent
        if began and not began.planning and began.metadata.is_step:
            started.setdefault(began.metadata.urn, []).append((began.metadata, event.timestamp - first))
        elif ended and not ended.planning and started.get(ended.metadata.urn):
            what, start = _take_start(started[ended.metadata.urn], ended.metadata.op)
            verdict: CheckStatus = "failed" if event.resOpFailedEvent else "ok"
            found.append(TimedStep(what.op, what.urn, start, max(event.timestamp - first - start, 0), verdict))
    open_ = [
        TimedStep(what.op, what.urn, start, last - first - start, "warning") for rest in started.values() for what, start in rest
    ]
    done = sorted([*found, *open_], key=lambda step: step.start)
    worked = tuple(step for step in done if step.op not in _NO_WORK)
    return DeploymentLog(worked, sum(step.op == "same" for step in done), last - first)


def _take_start(started: list[tuple[_Metadata, float]], op: str) -> tuple[_Metadata, float]:
    """The step that ended, no longer among the begun ones; a refresh ends as what it found."""
    same = [at for at, (what, _) in enumerate(started) if what.op == op]
    return started.pop(same[0] if same else 0)


def _seconds(value: float) -> str:
    return f"{value:.1f} s"
