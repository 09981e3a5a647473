"""Responses that a fault injects: made-up results, and bodies that no client should accept as a result."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from pulumi_workspace365_sandbox.azure.arm.responses import RawBody, Response
from pulumi_workspace365_sandbox.azure.connectivity import report
from pulumi_workspace365_sandbox.azure.faults import CheckBody, CheckIssue, CheckResult

_SOURCE, _DESTINATION = "10.1.1.4", "203.0.113.10"
_HOPS = {
    **dict.fromkeys(("AgentStopped", "DnsResolution", "PortThrottled", "SocketBind"), "Source"),
    **dict.fromkeys(("NetworkSecurityRule", "UserDefinedRoute"), "VnetLocal"),
}
_ENDS = {"Source": 0, "Internet": 2}


def result(fault: CheckResult, service: str) -> dict[str, Any]:
    """The result that a fault describes, consistent in itself where the fault says no more."""
    status = fault.status or _status(fault.issues)
    good = status.casefold() in {"connected", "reachable"}
    degraded = status.casefold() == "degraded"
    failed = fault.probes_failed
    if failed is None:
        failed = 0 if good else max(fault.probes_sent // 5, 1) if degraded else fault.probes_sent
    latencies = fault.latencies if fault.latencies is not None else [1, 1, 2] if good or degraded else []
    body = {"hops": _hops(fault.issues, service)} | report.numbers(status, latencies, fault.probes_sent, failed)
    return {name: value for name, value in (body | fault.members).items() if value is not None}


def _status(issues: list[CheckIssue]) -> str:
    if any(item.severity == "Error" for item in issues):
        return "Disconnected"
    return "Degraded" if issues else "Connected"


def _hops(issues: list[CheckIssue], service: str) -> list[dict[str, Any]]:
    """Source, the hops between that issues name, and the destination: a chain."""
    places = [item.hop or _HOPS.get(item.type, "Internet") for item in issues]
    kinds = sorted(dict.fromkeys(["Source", *places, "Internet"]), key=lambda kind: _ENDS.get(kind, 1))
    addresses = {"Source": _SOURCE, "Internet": _DESTINATION}
    hops = [report.hop(kind, addresses.get(kind, f"10.1.2.{number}")) for number, kind in enumerate(kinds)]
    hops[0]["resourceId"] = service
    for before, after in pairwise(hops):
        before["nextHopIds"] = [after["id"]]
    for place, item in zip(places, issues, strict=True):
        hops[kinds.index(place)]["issues"].append(report.issue(item.type, item.origin, item.severity, **item.context))
    return hops


def malformed(fault: CheckBody, service: str) -> Response:
    """Status 200 with a body that is not the result of this check."""
    good = result(CheckResult(), service)
    if fault.form == "nothing":
        return Response(200)
    if fault.form == "huge":
        return Response(value=RawBody(b'{"connectionStatus": "' + b"x" * fault.size + b'"}'))
    raw = {
        "html": RawBody(b"<html><body><h1>Sign in</h1></body></html>", "text/html"),
        "deep": RawBody(b"[" * 100_000 + b"]" * 100_000),
        "broken": RawBody(b'{"connectionStatus": "Connected", "hops": [{"ty'),
        "null": RawBody(b"null"),
    }
    if fault.form in raw:
        return Response(value=raw[fault.form])
    return Response(value=RawBody(json.dumps(_WRONG[fault.form](good)).encode()))


def _wrong_types(good: dict[str, Any]) -> dict[str, Any]:
    hops: list[Any] = [{"type": 7, "id": ["x"], "nextHopIds": "y", "issues": {"type": "Platform"}}, "hop", None]
    return good | {"hops": hops, "avgLatencyInMs": "fast", "probesSent": [], "probesFailed": {}}


def _cycle(good: dict[str, Any]) -> dict[str, Any]:
    first, last = good["hops"]
    return good | {"hops": [first, last | {"nextHopIds": [first["id"], last["id"]]}]}


def _dangling(good: dict[str, Any]) -> dict[str, Any]:
    first, last = good["hops"]
    return good | {"hops": [first | {"nextHopIds": ["nowhere", last["id"]]}, last]}


_WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "array": lambda good: [good],
    "string": lambda _: "Connected",
    "number": lambda _: 42,
    "empty": lambda _: {},
    "no_status": lambda good: {name: value for name, value in good.items() if name != "connectionStatus"},
    "wrong_types": _wrong_types,
    "cycle": _cycle,
    "dangling": _dangling,
    "twins": lambda good: good | {"hops": [item | {"id": "same", "nextHopIds": ["same"]} for item in good["hops"]]},
    "another": lambda _: {"status": "Succeeded", "properties": {}},
}
