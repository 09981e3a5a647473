"""What the Pulumi CLI did, read from its log of engine events, in the form of the embedded engine's results."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.testing.results import QUIET, Ended, Result, StepDone

_PASSING = "Resource monitor has terminated, shutting down"
"""What a program may or may not say after a failure, depending on which of the two ends first."""


def read(log: Path) -> list[dict[str, Any]]:
    """The events; the last line may be cut off where the CLI was killed."""
    if not log.exists():
        return []
    events = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            break
    return events


def ended(events: list[dict[str, Any]], output: str, *, code: int) -> Ended:
    """How an operation of the CLI ended.

    Args:
        events: of its log.
        output: what it printed.
        code: its exit code.
    """
    outputs = [event["resOutputsEvent"]["metadata"] for event in events if "resOutputsEvent" in event]
    failures = [_step(event["resOpFailedEvent"]["metadata"]) for event in events if "resOpFailedEvent" in event]
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    changes: Mapping[str, int] = (summaries[-1]["resourceChanges"] or {}) if summaries else {}
    errors = tuple(_said(events, "error"))
    refused = "" if code == 0 or errors or failures else output.strip().removeprefix("error: ")
    result = Result(
        ok=code == 0,
        changes=changes,
        steps=tuple(dict.fromkeys(_step(item) for item in outputs if _is_shown(item))),
        output=output,
        errors=(*errors, *filter(None, [refused])),
        warnings=tuple(_said(events, "warning")),
    )
    return Ended(result, failures=failures, metadata=outputs, refused=refused)


def _step(metadata: Mapping[str, Any]) -> StepDone:
    return StepDone(metadata["op"], urns.name_of(metadata["urn"]), urns.type_of(metadata["urn"]))


def _is_shown(metadata: Mapping[str, Any]) -> bool:
    return metadata["op"] not in QUIET and not urns.is_default_provider(metadata["urn"])


def _said(events: list[dict[str, Any]], severity: str) -> Iterator[str]:
    """The messages of a severity."""
    diagnostics = (event["diagnosticEvent"] for event in events if "diagnosticEvent" in event)
    said = (item["message"].removesuffix("\n") for item in diagnostics if item["severity"] == severity)
    yield from (text for text in said if text != _PASSING)
