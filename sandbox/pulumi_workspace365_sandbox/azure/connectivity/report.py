"""The observations in the service's format (`ConnectivityCheckResponse`); pure."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from pulumi_workspace365_sandbox.azure.connectivity.probes import Observation, Probe, ProbeProblem
from pulumi_workspace365_sandbox.azure.connectivity.request import CheckRequest

_PLACES = {"SocketBind": "Local", "UserDefinedRoute": "Outbound"}
"""Issues of the source; all others were met where the destination is."""


def body(request: CheckRequest, seen: Observation, service: str) -> dict[str, Any]:
    """The final answer: latencies are left out where nothing answered."""
    if seen.unresolved:
        unresolved = issue("DnsResolution", "Local", host=request.host, error=seen.unresolved)
        return {"hops": route(seen.source, service, [], [unresolved])} | numbers("Disconnected", [], 0, 0)
    addresses = list(dict.fromkeys(probe.address for probe in seen.probes))
    local = [found for found in _issues(request, seen.probes) if found["type"] in _PLACES]
    ends = [
        hop("Internet", address, [found for found in _issues(request, _of(seen.probes, address)) if found["type"] not in _PLACES])
        for address in addresses
    ]
    answered = [probe.ms for probe in seen.probes if probe.ms is not None]
    failed = len(seen.probes) - len(answered)
    status = "Disconnected" if not answered else "Degraded" if failed else "Connected"
    return {"hops": route(seen.source, service, ends, local)} | numbers(status, answered, len(seen.probes), failed)


def numbers(status: str, latencies: Sequence[int], sent: int, failed: int) -> dict[str, Any]:
    """Everything but the hops; latencies in milliseconds."""
    told: dict[str, Any] = {"connectionStatus": status}
    if latencies:
        average = round(sum(latencies) / len(latencies))
        told |= {"avgLatencyInMs": average, "minLatencyInMs": min(latencies), "maxLatencyInMs": max(latencies)}
    return told | {"probesSent": sent, "probesFailed": failed}


def route(source: str, service: str, ends: Sequence[dict[str, Any]], issues: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The source, which is the service, and the ends that are reached from it."""
    first = hop("Source", source, issues) | {"resourceId": service, "nextHopIds": [end["id"] for end in ends]}
    return [first, *ends]


def hop(kind: str, address: str, issues: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    return {"type": kind, "id": str(uuid.uuid4()), "address": address, "nextHopIds": [], "issues": list(issues)}


def issue(kind: str, origin: str, severity: str = "Error", **context: str) -> dict[str, Any]:
    listed = [{"key": key, "value": value} for key, value in context.items()]
    return {"origin": origin, "severity": severity, "type": kind, "context": listed}


def _of(probes: Iterable[Probe], address: str) -> list[Probe]:
    return [probe for probe in probes if probe.address == address]


def _issues(request: CheckRequest, probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """Each problem once; a warning where other probes of the same address passed."""
    problems: dict[ProbeProblem, int] = {}
    for probe in probes:
        if probe.problem:
            problems[probe.problem] = problems.get(probe.problem, 0) + 1
    severity = "Warning" if any(probe.ms is not None for probe in probes) else "Error"
    return [
        issue(
            problem.issue,
            _PLACES.get(problem.issue, "Inbound"),
            severity,
            port=str(request.destination.port),
            error=problem.text,
            probes=str(count),
        )
        for problem, count in problems.items()
    ]
