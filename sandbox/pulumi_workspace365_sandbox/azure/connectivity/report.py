"""The observations in the service's format (`ConnectivityCheckResponse`). Pure."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from pulumi_workspace365_sandbox.azure.connectivity.probes import Observation, Probe, ProbeProblem
from pulumi_workspace365_sandbox.azure.connectivity.request import CheckRequest

_PLACES = {"SocketBind": "Local", "UserDefinedRoute": "Outbound"}
"""Issues of the source; all others were met where the destination is."""


def body(request: CheckRequest, observation: Observation, service: str) -> dict[str, Any]:
    """The final answer: latencies are left out where nothing answered."""
    if observation.unresolved:
        unresolved = issue("DnsResolution", "Local", host=request.host, error=observation.unresolved)
        return {"hops": route(observation.source, service, [], [unresolved])} | numbers("Disconnected", [], 0, 0)
    addresses = list(dict.fromkeys(probe.address for probe in observation.probes))
    local = [problem for problem in _issues(request, observation.probes) if problem["type"] in _PLACES]
    ends = [
        hop(
            "Internet",
            address,
            [problem for problem in _issues(request, _of(observation.probes, address)) if problem["type"] not in _PLACES],
        )
        for address in addresses
    ]
    latencies = [probe.ms for probe in observation.probes if probe.ms is not None]
    failed = len(observation.probes) - len(latencies)
    status = "Disconnected" if not latencies else "Degraded" if failed else "Connected"
    return {"hops": route(observation.source, service, ends, local)} | numbers(status, latencies, len(observation.probes), failed)


def numbers(status: str, latencies: Sequence[int], probes_sent: int, probes_failed: int) -> dict[str, Any]:
    """Everything but the hops; latencies in milliseconds."""
    members: dict[str, Any] = {"connectionStatus": status}
    if latencies:
        average = round(sum(latencies) / len(latencies))
        members |= {"avgLatencyInMs": average, "minLatencyInMs": min(latencies), "maxLatencyInMs": max(latencies)}
    return members | {"probesSent": probes_sent, "probesFailed": probes_failed}


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
