"""The engine's events (Pulumi's apitype.EngineEvent, JSON lines), read while they are written."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_workspace365_sandbox.runner import property_changes

_GENERIC_ERRORS = (
    "update failed",
    "preview failed",
    "refresh failed",
    "destroy failed",
    "resource registration failed",
    "Resource monitor has terminated, shutting down",
    "an unhandled error occurred: program exited with non-zero exit code: 1",
)

_CHECK_FAILURE_PREFIX = re.compile(
    r"^\S+ resource '[^']*' has a problem: "
)  # the engine's words around a failed check, whose resource is named anyway
_MAX_LABELS = 3

Event = dict[str, Any]


def follow(path: Path, ended: Callable[[], bool], mask: Callable[[str], str]) -> Iterator[Event | None]:
    """The events as they come; None whenever there is nothing new yet. Ends once `ended` and everything was read."""
    while not path.exists():
        if ended():
            return
        yield None
    with path.open("rb") as log:
        rest = b""
        while True:
            over = ended()  # determined before reading, so that everything written until then is read below
            *whole, rest = (rest + log.read()).split(b"\n")
            yield from (json.loads(mask(line.decode())) for line in whole if line)
            if over:
                return
            yield None


@dataclass(frozen=True)
class Step:
    """One step on one resource.

    `op` as the engine calls it; `keys`: names of the properties that change; `changes`: the same for people, with the values where they are short.
    """

    op: str
    urn: str
    keys: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    planned: bool = False
    gone: bool = False
    drifted: bool = False

    @property
    def type(self) -> str:
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def label(self) -> str:
        """`Environment contoso`."""
        return f"{self.type.rpartition(':')[2]} {self.urn.split('::', 3)[3]}"

    @property
    def is_engine_internal(self) -> bool:
        """The stack itself and its providers: of interest only when they fail."""
        return self.type == "pulumi:pulumi:Stack" or self.type.startswith("pulumi:providers:")


@dataclass(frozen=True)
class Diagnostic:
    """A message of the engine, the program or a provider about a resource, or about the whole run if `urn` is empty."""

    severity: str
    message: str
    urn: str = ""

    def __str__(self) -> str:
        """`Environment contoso: …`; the message alone when it is about the whole."""
        about = Step("", self.urn) if self.urn else None
        return self.message if about is None or about.is_engine_internal else f"{about.label}: {self.message}"


def grouped(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Each message once, with the resources that have it: an unreachable server is one problem, not one for each environment."""
    about: dict[str, list[str]] = {}
    for item in diagnostics:
        step_ = Step("", item.urn) if item.urn else None
        labels = about.setdefault(_CHECK_FAILURE_PREFIX.sub("", item.message), [])
        labels += [] if step_ is None or step_.is_engine_internal else [step_.label]
    return [f"{_named(labels)}{message}" for message, labels in about.items()]


def _named(labels: list[str]) -> str:
    shown = ", ".join(labels[:_MAX_LABELS]) + (f" and {len(labels) - _MAX_LABELS} more" if len(labels) > _MAX_LABELS else "")
    return f"{shown}: " if labels else ""


@dataclass
class EventSummary:
    """What the events of one run amount to. `refreshing`: it is a refresh, whose "delete" only means "found gone"."""

    refreshing: bool = False
    changes: dict[str, int] = field(default_factory=dict)
    failed: list[Step] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    _diagnostics: dict[Diagnostic, None] = field(default_factory=dict)
    _summarised: bool = False
    _reported: set[tuple[str, str]] = field(default_factory=set)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Without repetitions; generic errors only if there is no specific one."""
        diagnostics = list(self._diagnostics)
        reasons = [item for item in diagnostics if item.severity == "error" and item.message not in _GENERIC_ERRORS]
        return [item for item in diagnostics if not reasons or item.message not in _GENERIC_ERRORS]

    def add(self, event: Event) -> Step | None:
        """Take an event in; returns the step that it ended."""
        if "diagnosticEvent" in event:
            self._diagnose(event["diagnosticEvent"])
        elif "summaryEvent" in event:
            self.changes = event["summaryEvent"]["resourceChanges"] or {}
            self._summarised = True
        elif "resOpFailedEvent" in event:
            self.failed.append(step(event["resOpFailedEvent"]))
            return self.failed[-1]
        elif "resOutputsEvent" in event:
            return self._ended(event["resOutputsEvent"])
        return None

    def _ended(self, body: dict[str, Any]) -> Step | None:
        ended = step(body, refreshing=self.refreshing)
        new = body["metadata"].get("new")
        if ended.type == "pulumi:pulumi:Stack" and new:
            self.outputs = property_changes.to_display_value(new.get("outputs") or {})
        if (ended.op, ended.urn) in self._reported:
            return None
        if new and not new.get("custom"):  # a preview tells of a component again once its outputs are known
            self._reported.add((ended.op, ended.urn))
        self.done.append(ended)
        return ended

    def _diagnose(self, body: dict[str, Any]) -> None:
        severity, message = body["severity"], body["message"].strip()
        stray = severity == "info#err" and self._summarised  # the program's own end, of no interest to anybody
        if severity != "debug" and message and not stray and not body.get("ephemeral"):
            self._diagnostics[Diagnostic(severity, message, body.get("urn", ""))] = None


def step(body: dict[str, Any], *, refreshing: bool = False) -> Step:
    """The step that a resource event is about."""
    metadata = body["metadata"]
    old, new = metadata.get("old") or {}, metadata.get("new") or {}
    read = refreshing or metadata["op"] == "refresh"
    part = "outputs" if read else "inputs"
    before, after = (old.get(part) or {}, new.get(part) or {}) if old and new else ({}, {})
    keys = _changed(before, after)
    if not read:  # the detailed diff of a read compares with what is wanted: it also shows what a failed update has left to do
        keys |= {path.partition(".")[0].partition("[")[0] for path in metadata.get("detailedDiff") or {}}
    return Step(
        op="refresh" if read else metadata["op"],
        urn=metadata["urn"],
        keys=tuple(sorted(keys)),
        changes=tuple(property_changes.describe(key, before.get(key), after.get(key)) for key in sorted(keys)),
        planned=bool(body.get("planning")),
        gone=read and (metadata["op"] == "delete" or not new),
        drifted=read and bool(keys),
    )


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before.keys() | after.keys() if key != "__provider" and before.get(key) != after.get(key)}
