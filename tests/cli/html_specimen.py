"""Reports of fleets of any size, with failures in them, for the HTML page: in a browser, and as the pictures of the documentation."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pulumi_workspace365.apim.models import ConnectivityResult
from pulumi_workspace365_cli import check_report, check_report_details
from pulumi_workspace365_cli.commands import fleet as fleet_command
from pulumi_workspace365_cli.fleet import Assignment, FleetCustomer, FleetStack
from pulumi_workspace365_cli.report import Report, Span, Timeline
from pulumi_workspace365_cli.rollout import summary
from pulumi_workspace365_cli.rollout.plan_file import Gate, RolloutPlan, Wave
from pulumi_workspace365_cli.rollout.progress import GateResult, Progress, StackProgress, WaveProgress
from pulumi_workspace365_cli.stack_state import StackState
from pulumi_workspace365_components.validation import checks, verdicts
from pulumi_workspace365_components.validation.observations import (
    ConnectivityObservation,
    HandshakeObservation,
    HttpObservation,
)
from pulumi_workspace365_components.validation.verdicts import Verdict

WHEN = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
_GATEWAY, _BACKEND = "wss://contoso-apim.azure-api.net", "chat.internal.contoso-europe.example.com"
_POLICY = """<policies><inbound><base /><validate-jwt header-name="Authorization" /><check-header name="Origin" /></inbound></policies>"""
_OWN = "pulumi-python:dynamic/workspace365:"
_FIRST, _BAD_PAGE, _WRONG, _NEW = 1, 36, 28, 12  # which of the customers are not well
_RINGS = ("canary", "early", "broad")


def check_report_of(customers: int) -> Report:
    """What `w365 check` writes: a page each, and a WebSocket API for every twentieth, of which the second is broken."""
    names = [f"customer-{at:03}" for at in range(customers)]
    chats = names[: max(2, customers // 20)]
    found = [*_handshakes(chats), _connectivity(), *(_start_page(at, name) for at, name in enumerate(names))]
    resources = [item for name in chats for item in _api(name)] + [item for name in names for item in _environment(name)]
    state = StackState.parse(json.dumps({"version": 3, "deployment": {"resources": resources}}), "a state")
    report = check_report.report(found, "stack prod", enforced=True, scope={"project": "shop", "stack": "prod"})
    spans = tuple(Span(f"create Environment {name}", at * 0.5, 3) for at, name in enumerate(names))
    took = Timeline(f"Deployment: {customers} steps", spans, customers * 0.5 + 3)
    told = check_report_details.add_deployed_resources(report, state, found)
    return replace(told, timeline=took, generated=WHEN).sanitized()


def _handshakes(chats: list[str]) -> Iterator[Verdict]:
    for at, name in enumerate(chats):
        good = checks.WebSocketCheck(name=f"chat of {name}", url=f"{_GATEWAY}/{name}/chat", expect_status=101)
        bare = checks.WebSocketCheck(name=f"chat of {name} without a token", url=f"{_GATEWAY}/{name}/chat", expect_status=401)
        yield replace(verdicts.evaluate(good, HandshakeObservation(500 if at == _FIRST else 101)), seconds=0.25)
        yield replace(verdicts.evaluate(bare, HandshakeObservation(401)), seconds=0.15)


def _connectivity() -> Verdict:
    wanted = checks.ConnectivityCheck(
        name="backend", resource_group_name="rg", service_name="contoso-apim", region="westeurope", address=_BACKEND, port=443
    )
    issue = {"origin": "Inbound", "severity": "Error", "type": "NetworkSecurityRule", "context": []}
    places = (("Source", "10.0.0.4"), ("VirtualNetwork", "10.1.0.4"), ("Internet", "203.0.113.77"))
    hops = [
        {"type": type_, "id": f"{at}", "address": address, "nextHopIds": [f"{at + 1}"], "issues": [issue] * (at == 1)}
        for at, (type_, address) in enumerate(places)
    ]
    answer = {"connectionStatus": "Disconnected", "avgLatencyInMs": 3, "probesSent": 10, "probesFailed": 10, "hops": hops}
    return replace(verdicts.evaluate(wanted, ConnectivityObservation(ConnectivityResult.model_validate(answer))), seconds=3.2)


def _start_page(at: int, name: str) -> Verdict:
    wanted = checks.HttpCheck(name=f"start page of {name}", url=f"https://{name}.workspace365.example.com/signin-oidc")
    return replace(verdicts.evaluate(wanted, HttpObservation(503 if at == _BAD_PAGE else 200)), seconds=0.1 + at % 17 / 10)


def _resource(type_: str, name: str, outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:prod::shop::{type_}::{name}", "type": type_, "id": name, "outputs": outputs, **more}


def _api(name: str) -> Iterator[dict[str, Any]]:
    told = {"websocket_url": f"{_GATEWAY}/{name}/chat", "policy_xml": _POLICY}
    component = _resource("workspace365:index:WebSocketApi", f"chat-{name}", told)
    yield component
    backend = {"serviceUrl": f"wss://{_BACKEND}/{name}", "subscriptionRequired": True}
    yield _resource("azure-native:apimanagement:Api", f"chat-{name}", backend, parent=component["urn"])


def _environment(name: str) -> Iterator[dict[str, Any]]:
    yield _resource(f"{_OWN}Environment", name, {"is_active": True, "creation_date": "2030-01-31T08:00:00+00:00"})
    authority = f"https://login.microsoftonline.com/8a7b6c5d-1234-4321-aaaa-0123456789ab/{name}"
    yield _resource(f"{_OWN}OAuth2SignOn", name, {"authority": authority})


def fleet_report_of(customers: int) -> Report:
    """What `w365 fleet` writes: of every 29 customers one is managed twice, of every 13 one is new."""
    folder = Path("customers")
    stacks = [FleetStack(f"prod-{ring}", folder, (ring,), StackState(()), WHEN) for ring in _RINGS]
    found = [_assignment(at, folder) for at in range(customers)]
    return replace(fleet_command.report(stacks, found, "shop"), generated=WHEN).sanitized()


def _assignment(at: int, folder: Path) -> Assignment:
    name, ring = f"customer-{at:03}", _RINGS[at % 3]
    customer = FleetCustomer(folder, folder / f"{name}.yaml", name, f"{name}-workspace", ring, "active")
    taken = (f"prod-{ring}",)
    if at % 29 == _WRONG or at == _FIRST:
        both = ("prod-canary", "prod-early")
        return Assignment(
            name, customer.environment, customer, taken, both, "failed", f"managed by 2 stacks: {', '.join(both)}", "", WHEN
        )
    if at % 13 == _NEW:
        return Assignment(name, customer.environment, customer, taken, (), "warning", "not deployed yet")
    return Assignment(name, customer.environment, customer, taken, taken, "ok", updated=WHEN)


def rollout_report_of(stacks: int) -> Report:
    """What `w365 rollout` writes where an update of the second wave failed."""
    names = [f"prod-stack-{at:03}" for at in range(stacks)]
    parts = {"canary": names[:1], "early": names[1:2], "broad": names[2:]}
    waves = tuple(Wave(name, tuple(part), parallel=2, soak=0, max_failures=0, gate=Gate()) for name, part in parts.items())
    progress = Progress("20310203-040506-1f2e", RolloutPlan(waves, budgets={}))
    progress.waves["canary"] = WaveProgress((GateResult(names[0], "checks", "ok", "9 of 9 checks passed."),), passed=True)
    ended = WHEN + timedelta(seconds=9)
    for at, status in enumerate(("updated", "failed")):
        detail = f"Environment customer-{at:03}: the instance does not answer." if status == "failed" else ""
        told = StackProgress(names[at], "", status, "1 environment created", detail, began=WHEN, ended=ended)  # type: ignore[arg-type]
        progress.stacks[names[at]] = replace(told, wave=progress.stacks[names[at]].wave)
    return replace(summary.report(progress, "red"), generated=WHEN).sanitized()
