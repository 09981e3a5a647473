"""What an operation did, in a form that is the same for every run and every engine that does the same.

Calls are kept in their order per resource: resources that do not depend on each other may go ahead in any order. Left out is
what names one run or one machine: times, ids of providers, ciphertexts, addresses, keys, source positions.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.engine.normal import PROVIDER_CALLS, UNCOMPARED

Call = dict[str, Any]

_OF_THE_CALL = {"urn", "name", "type"}  # said once, by the resource under which it is kept
_LEFT_OUT = UNCOMPARED | {"ciphertext"}
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_PATTERNS = {
    r"urn:pulumi:dev::workspace365::": "",
    r"workspace365:index:CustomerEnvironment\$": "Customer$",
    r"pulumi-python:dynamic/workspace365:": "",
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?": "<time>",
    r"\b[0-9a-f]{32}:[0-9a-f]{64}\b": "<digest>",
    r"\b[A-Za-z0-9]{12}!1": "<password>",
    r"(?<!6f1f6f0e-)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b": "<guid>",
    r"Traceback \(most recent call last\):\n(?:[ ~^].*\n)+": "<traceback>\n",  # the stock host's
    r"<python>/lib/python3\.\d+/site-packages/": "<site-packages>/",
    r"ThreadPoolExecutor-\d+_\d+": "<thread>",
    r"process \d+": "process <number>",
    r"`python -m pulumi_embedded_engine ": "`pulumi ",  # what a message advises where there is no CLI
    r"rpc error: code = \w+ desc = ": "",
}
_SAID_ONCE = "settings (sign-on, Exchange, SharePoint) are only forgotten here"  # by whichever resource comes first
_PROGRAM_ENDED = "Resource monitor has terminated, shutting down"  # what the SDK says of an engine that has enough
_OF_A_TRACE = ("Traceback", "Exception ignored in", "During handling of the above")
_OF_AN_INTERRUPTION = re.compile(
    r">|(?:debug_error_string|details|status) = .*|lost sys\.stderr|object (?:address|refcount|repr|type(?: name)?) *: .*"
)
"""The last lines of a call that the engine cut off, and of an interpreter that ends while it is interrupted."""
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def told(log: Iterable[Mapping[str, Any]]) -> list[Call]:
    """The calls of providers that ended, from the engine's debug log."""
    return [_call(entry) for entry in log if _wanted(entry)]


def _wanted(entry: Mapping[str, Any]) -> bool:
    service, _, method = entry["method"].rpartition("/")
    return service == "/pulumirpc.ResourceProvider" and method in PROVIDER_CALLS and entry["progress"] == "response_completed"


def _call(entry: Mapping[str, Any]) -> Call:
    request = entry.get("request") or {}
    call = {"method": entry["method"].rpartition("/")[2], "urn": request.get("urn", request.get("tok", ""))}
    call["request"] = {name: value for name, value in request.items() if name not in _OF_THE_CALL}
    return call | {
        name: entry[name] for name in ("errors",) if entry.get(name)
    }  # answers are the provider's, and end in the state


@dataclass
class Trace:
    """The operations of one scenario."""

    operations: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        command: str,
        code: int,
        events: list[dict[str, Any]],
        calls: list[Call],
        *,
        state: Path,
        stderr: str,
        names: Mapping[str, str],
    ) -> None:
        events = _last_run(events)
        told = {
            "command": command,
            "code": code,
            "calls": _by_resource(calls),
            "steps": _steps(events),
            "summaries": [_summary(event["summaryEvent"]) for event in events if "summaryEvent" in event],
            "diagnostics": _diagnostics(events),
            "stderr": [] if any("preludeEvent" in event for event in events) else stderr.splitlines(),
            "state": _state(state),
        }
        self.operations.append(neutral(told, names))

    @property
    def number_of_calls(self) -> int:
        return sum(len(calls) for operation in self.operations for calls in operation["calls"].values())


def _last_run(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the events of the preview before an update, of which the CLI's log keeps nothing."""
    starts = [index for index, event in enumerate(events) if "preludeEvent" in event]
    return events[starts[-1] :] if starts else events


def _by_resource(calls: Iterable[Call]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call["urn"], []).append({name: value for name, value in call.items() if name != "urn"})
    return dict(sorted(found.items()))


def _steps(events: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What was done to each resource, in order; the values are in calls and state."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        for kind in ("resOutputsEvent", "resOpFailedEvent"):
            if kind in event:
                metadata = event[kind]["metadata"]
                kept = {name: metadata[name] for name in ("op", "keys", "diffs", "detailedDiff") if metadata.get(name)}
                kept |= {"planning": True} if event[kind].get("planning") else {}
                kept |= {"failed": True} if kind == "resOpFailedEvent" else {}
                found.setdefault(metadata["urn"], []).append(kept)
    return dict(sorted(found.items()))


def _summary(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event.get(name) for name in ("resourceChanges", "isPreview", "maybeCorrupt", "result")}


_CUT_OFF = "the client connection is closing"
"""What a program hears of a function that it calls while the engine ends, which is a matter of chance."""


def _diagnostics(events: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """What a person is told, each once. Tracebacks with which a process ends are a matter of chance."""
    told: set[tuple[str, str, str]] = set()
    in_trace = False
    for body in (event["diagnosticEvent"] for event in events if "diagnosticEvent" in event):
        message = body["message"].rstrip()
        if body["severity"] == "debug" or body.get("ephemeral") or message in {"", _PROGRAM_ENDED} or _CUT_OFF in message:
            continue
        if body["severity"] == "info#err" and _OF_AN_INTERRUPTION.fullmatch(message.strip()):
            continue
        if body["severity"] == "info#err" and (in_trace or message.startswith(_OF_A_TRACE)):
            in_trace = message.startswith((" ", *_OF_A_TRACE))
            continue
        told.add((body["severity"], "" if message.startswith(_SAID_ONCE) else body.get("urn", ""), message.strip()))
    return [list(item) for item in sorted(told)]


def _state(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text())
    latest = document["checkpoint"].get("latest") or {}
    resources = sorted(latest.get("resources") or [], key=lambda resource: (resource["urn"], resource.get("delete", False)))
    return {
        "version": document["version"],
        "features": document.get("features") or [],
        "resources": resources,
        "pending": latest.get("pending_operations") or [],
    }


def neutral(value: Any, names: Mapping[str, str]) -> Any:
    """Without what names one run or one machine. `names`: what else to replace, and by what."""
    if isinstance(value, dict):
        return {
            _text(key, names): neutral(item, names)
            for key, item in value.items()
            if key not in _LEFT_OUT or (key == "ciphertext" and _SIGNATURE not in value)
        }
    if isinstance(value, list):
        return [neutral(item, names) for item in value]
    return _text(value, names) if isinstance(value, str) else value


def _text(text: str, names: Mapping[str, str]) -> str:
    for known, name in sorted(names.items(), key=lambda item: -len(item[0])):
        text = text.replace(known, name)
    text = text.replace(_UNKNOWN, "<unknown>")
    for pattern, name in _PATTERNS.items():
        text = re.sub(pattern, name, text)
    return text
