"""After a deployment: do the servers have what the stack's outputs say? Asked over API and gateway, as anybody would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from pulumi_workspace365_sandbox.runner import handshakes
from pulumi_workspace365_sandbox.runner.handshakes import HandshakeResult

_OPENER = build_opener(ProxyHandler({}))
_TIMEOUT = 30


@dataclass(frozen=True)
class VerifiedEnvironment:
    """One deployed environment as the outputs give it; `problem` is empty when the server agrees."""

    key: str
    name: str
    active: bool
    sign_on: str
    exchange: str
    share_point: str
    problem: str


@dataclass(frozen=True)
class VerificationResult:
    """What was found: the environments, the health API's overall status, the WebSocket APIs, and everything that is wrong.

    `enforced`: whether a handshake or the health API can fail the run; false with `W365_CHECKS=warn`.
    """

    rows: list[VerifiedEnvironment]
    health: str
    handshakes: list[HandshakeResult] = field(default_factory=list)
    enforced: bool = True

    @property
    def problems(self) -> list[str]:
        """What fails the run."""
        problems = [f"Environment {row.name}: {row.problem}." for row in self.rows if row.problem]
        return [*problems, *self._failed_checks] if self.enforced else problems

    @property
    def tolerated(self) -> list[str]:
        """What would, if `W365_CHECKS=warn` did not let it pass."""
        return [] if self.enforced else self._failed_checks

    @property
    def _failed_checks(self) -> list[str]:
        failed = [f"WebSocket API {api.key}: {api.problem}." for api in self.handshakes if api.problem]
        return failed if self.health == "OK" else [*failed, f"The health API reports {self.health}."]


def verify(outputs: dict[str, Any], variables: Mapping[str, str]) -> VerificationResult | None:
    """Compare the output `environments` with the server's list, and try `webSocketApis`; None for a program without the first."""
    environments = outputs.get("environments")
    if not isinstance(environments, dict):
        return None
    headers = {"ProvisioningKey": variables["W365_PROVISIONING_KEY"], "X-Requested-With": "XMLHttpRequest"}
    listed = _get(variables["W365_BASE_URL"] + "/Provisioning/Environment/", headers)
    health = _get(variables["W365_BASE_URL"] + "/api/health", {"HealthApiKey": variables["W365_HEALTH_API_KEY"]})
    active = {entry["name"]: entry["isActive"] for entry in listed}
    rows = [_row(key, environment, active) for key, environment in sorted(environments.items())]
    apis = outputs.get("webSocketApis")
    handshake_results = handshakes.try_handshakes(apis, variables) if isinstance(apis, dict) else []
    enforced = variables.get("W365_CHECKS", "").strip().lower() != "warn"
    return VerificationResult(rows, health["overallStatus"], handshake_results, enforced)


def _row(key: str, deployed: dict[str, Any], active: dict[str, bool]) -> VerifiedEnvironment:
    name = str(deployed.get("name"))
    return VerifiedEnvironment(
        key=key,
        name=name,
        active=bool(deployed.get("active")),
        sign_on=deployed.get("signOn") or "",
        exchange=deployed.get("exchange") or "",
        share_point=deployed.get("sharePoint") or "",
        problem=_problem(name, bool(deployed.get("active")), active),
    )


def _problem(name: str, expected_active: bool, active: dict[str, bool]) -> str:
    if name not in active:
        return "the server does not list it"
    if active[name] != expected_active:
        return f"the server says it is {'active' if active[name] else 'inactive'}, the stack says otherwise"
    return ""


def _get(url: str, headers: dict[str, str]) -> Any:
    with _OPENER.open(Request(url, headers=headers | {"Accept": "application/json"}), timeout=_TIMEOUT) as answer:  # noqa: S310  loopback
        return json.load(answer)
