"""The events of an operation, for listeners, and the CLI's engine events (apitype.EngineEvent) as JSON lines."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pulumi_embedded_engine.plan.snapshot import state_of
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.report.output import Output
from pulumi_embedded_engine.resource import state_values
from pulumi_embedded_engine.resource.state import Resource

MASK = "[secret]"


@dataclass(frozen=True)
class Diagnostic:
    """Something a person should read. `severity` is debug, info, info#err, warning or error."""

    severity: str
    message: str
    urn: str = ""
    ephemeral: bool = False


@dataclass(frozen=True)
class Summary:
    """How an operation ended; `changes` counts resources by operation, `result` is succeeded, failed or canceled."""

    preview: bool
    maybe_corrupt: bool
    seconds: float
    changes: Mapping[str, int]
    result: str


class Listener(Protocol):
    """Receives events, in order; `done` steps are those that were counted before one failed."""

    def prelude(self, config: Mapping[str, str]) -> None:
        """The operation begins, with this configuration; secret values are masked."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """A message about a resource, or about the stack."""

    def started(self, step: Step, *, planning: bool) -> None:
        """A step began; `planning`: in a preview."""

    def done(self, op: Op, step: Step, *, planning: bool) -> None:
        """A step succeeded; `op` is its operation, or what a refresh found."""

    def failed(self, step: Step, *, unclear: bool, done: int) -> None:
        """A step failed; `unclear`: the provider may have carried out part of it; `done`: the number of steps that were counted before."""

    def summary(self, summary: Summary) -> None:
        """The operation ended."""


class EventLog:
    """Writes engine events, one JSON object per line.

    Args:
        output: where to.
        last_only: keep only what the last of several runs does, not the preview before it, as the CLI's log of events does.
    """

    def __init__(self, output: Output, *, last_only: bool = False) -> None:
        self._output = output
        self._last_only = last_only
        self._sequence = 0

    def _write(self, **event: Any) -> None:
        envelope = {"sequence": self._sequence, "timestamp": int(time.time()), **event}
        self._sequence += 1
        text = json.dumps(envelope, separators=(",", ":"), ensure_ascii=not self._output.is_unicode)
        self._output.write(f"{text}\n")

    def prelude(self, config: Mapping[str, str]) -> None:
        if self._last_only and self._sequence:
            self._output.restart()
            self._sequence = 0
        self._write(preludeEvent={"config": dict(config)})

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        prefix = "" if diagnostic.severity.startswith("info") else f"{diagnostic.severity}: "
        fields = {"urn": diagnostic.urn, "prefix": prefix, "message": f"{diagnostic.message}\n", "color": "never"}
        event = {name: value for name, value in fields.items() if value} | {"severity": diagnostic.severity}
        self._write(diagnosticEvent=event | ({"ephemeral": True} if diagnostic.ephemeral else {}))

    def started(self, step: Step, *, planning: bool) -> None:
        self._write(resourcePreEvent=_event(step.op, step, planning=planning))

    def done(self, op: Op, step: Step, *, planning: bool) -> None:
        self._write(resOutputsEvent=_event(op, step, planning=planning))

    def failed(self, step: Step, *, unclear: bool, done: int) -> None:
        self._write(resOpFailedEvent={"metadata": metadata(step.op, step), "status": 2 if unclear else 0, "steps": done})

    def summary(self, summary: Summary) -> None:
        self._write(
            summaryEvent={
                "maybeCorrupt": summary.maybe_corrupt,
                "durationSeconds": math.ceil(summary.seconds),
                "resourceChanges": dict(summary.changes),
                "PolicyPacks": {},
                "isPreview": summary.preview,
                "result": summary.result,
            }
        )

    def close(self) -> None:
        """Write the final event, which marks the end of the log."""
        self._write(cancelEvent={})
        self._output.drain()


def _event(op: Op, step: Step, *, planning: bool) -> dict[str, Any]:
    return {"metadata": metadata(op, step)} | ({"planning": True} if planning else {})


def metadata(op: Op, step: Step) -> dict[str, Any]:
    """A step as events describe it; secrets are masked."""
    fields: dict[str, Any] = {
        "op": op.value,
        "urn": step.urn,
        "type": step.type,
        "old": _state(state_of(step.old)),
        "new": _state(state_of(step.new)),
    }
    if step.keys:
        fields["keys"] = step.keys
    if step.diff.changed_keys:
        fields["diffs"] = step.diff.changed_keys
    detailed = step.detailed
    fields["detailedDiff"] = detailed and {
        path: {"diffKind": diff.name, "inputDiff": diff.input_diff} for path, diff in detailed.items()
    }
    if step.logical:
        fields["logical"] = True
    return fields | {"provider": step.provider}


def _state(state: Resource | None) -> dict[str, Any] | None:
    if state is None:
        return None
    flags = {
        "custom": state.custom,
        "delete": state.delete,
        "protect": state.protect,
        "taint": state.taint,
        "external": state.external,
        "retainOnDelete": state.retain_on_delete,
        "initErrors": list(state.init_errors),
    }
    return {
        "type": state.type,
        "urn": state.urn,
        **{name: value for name, value in flags.items() if value},
        "id": state.id,
        "parent": state.parent,
        "inputs": state_values.to_state(state.inputs, lambda _: MASK),
        "outputs": state_values.to_state(state.outputs, lambda _: MASK),
        "provider": state.provider,
    }
