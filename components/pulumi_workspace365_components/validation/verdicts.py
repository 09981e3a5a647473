"""Pure functions from a check and an observation to a verdict, with one sentence for the finding and one for the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pulumi_workspace365.apim import verdicts
from pulumi_workspace365.apim.models import ConnectivityResult, destination
from pulumi_workspace365_components.validation import status_hints
from pulumi_workspace365_components.validation.checks import Check, ConnectivityCheck, HealthCheck, HttpCheck, WebSocketCheck
from pulumi_workspace365_components.validation.observations import (
    ClientError,
    ConnectFailed,
    ConnectivityObservation,
    HandshakeObservation,
    HealthObservation,
    HttpObservation,
    NotRun,
    Observation,
    ProtocolFailed,
    TimedOut,
)

CheckState = Literal["passed", "failed", "not verifiable", "not reachable from here"]
_HEALTHY = {"OK", "NOT_APPLICABLE"}  # docs/provisioning-api.md#health; what is not listed is unhealthy
_RABBIT = (
    "This web server probably cannot reach RabbitMQ: check IP and TCP port 5672 in its connection string, the firewall "
    "between them, and that AllowCrossSiteMove is True."
)


@dataclass(frozen=True)
class Part:
    """One component of the checked system."""

    name: str
    passed: bool
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Verdict:
    """What came out of one check.

    Args:
        check: the check.
        state: ``not reachable from here`` and ``not verifiable`` mean that the state of the deployment is unknown; neither is a pass.
        message: what was seen, a sentence.
        remedy: what to do; empty where there is nothing.
        tolerated: whether the check tolerates this state.
        seconds: that the check took.
        attempts: the number of attempts, if the check has a settle time.
        parts: components of a health answer.
        result: of a connectivity check.
    """

    check: Check
    state: CheckState
    message: str
    remedy: str = ""
    tolerated: bool = False
    seconds: float = 0.0
    attempts: int = 1
    parts: Sequence[Part] = ()
    result: ConnectivityResult | None = None

    @property
    def is_failure(self) -> bool:
        """Whether it fails a run."""
        return self.state != "passed" and not self.tolerated

    @property
    def advice(self) -> str:
        """Message and remedy."""
        return f"{self.message} {self.remedy}".strip()


def evaluate(check: Check, observation: Observation) -> Verdict:
    """The verdict on what was seen."""
    match observation:
        case ConnectFailed():
            return _unreached(check, observation)
        case NotRun(reason, remedy):
            tolerated = isinstance(check, ConnectivityCheck) and check.on_unsupported == "warn"
            return Verdict(check, "not verifiable", reason, remedy, tolerated)
        case TimedOut(seconds):
            summary = f"{target(check)}: the check did not end within its {seconds:g} s."
            return Verdict(check, "failed", summary, "Check whether the server is slow or hangs, or raise the check's timeout.")
        case ClientError(sentence):
            return Verdict(check, "failed", sentence)
        case ProtocolFailed(reason):
            return Verdict(check, "failed", f"{target(check)} is reached, but {reason}.", _untrusted(observation))
    if isinstance(check, WebSocketCheck) and isinstance(observation, HandshakeObservation):
        return _handshake(check, observation)
    if isinstance(check, HttpCheck) and isinstance(observation, HttpObservation):
        return _answer(check, observation)
    if isinstance(check, HealthCheck) and isinstance(observation, HealthObservation):
        return _health(check, observation)
    if isinstance(check, ConnectivityCheck) and isinstance(observation, ConnectivityObservation):
        return _connectivity(check, observation.result)
    raise TypeError(f"A {check.kind} check cannot be judged by {type(observation).__name__}.")


def is_expected(check: Check, observation: Observation) -> bool:
    """Whether there is no need to try again."""
    return evaluate(check, observation).state == "passed"


def target(check: Check) -> str:
    """The target of a check for messages, without secrets."""
    if isinstance(check, WebSocketCheck | HttpCheck):
        return urlsplit(check.url)._replace(query="").geturl()
    if isinstance(check, ConnectivityCheck):
        return f"{destination(check.address, check.port)} from {check.service_name} in {check.region}"
    return "the configured instance"


def _unreached(check: Check, observation: ConnectFailed) -> Verdict:
    tolerated = isinstance(check, WebSocketCheck | HttpCheck) and check.when_unreachable == "warn"
    if observation.proxy:
        return _stopped(check, observation, tolerated=tolerated)
    where = f"{observation.host}:{observation.port}"
    reason = {
        "dns": f"the name {observation.host} cannot be resolved",
        "refused": f"{where} refuses the connection",
        "timeout": f"{where} does not answer a connection",
        "no route": f"there is no route to {where}",
    }[observation.kind]
    advice = {
        "dns": "Check the name; a private name resolves only inside its network.",
        "refused": f"Check that a server listens on port {observation.port} there, and that no firewall blocks this machine.",
        "timeout": f"Check that firewalls allow this machine to reach port {observation.port}.",
        "no route": "Check this machine's network.",
    }[observation.kind]
    if observation.private:
        advice = f"{observation.host} is a private address: run the check inside that network, or set when_unreachable: warn."
    summary = f"Not reachable from here: {reason}. Others may be able to reach it."
    return Verdict(check, "not reachable from here", summary, advice, tolerated)


def _stopped(check: Check, observation: ConnectFailed, *, tolerated: bool) -> Verdict:
    reason = {
        "dns": "has a name that cannot be resolved",
        "refused": "refuses the connection",
        "timeout": "does not answer",
        "no route": "cannot be reached",
        "proxy": observation.detail,
    }[observation.kind]
    summary = f"Not reachable from here: the proxy {observation.proxy} {reason}. Others may be able to reach it."
    advice = "Set HTTPS_PROXY or ALL_PROXY to an http:// or https:// proxy that lets this machine through, or name the host in NO_PROXY."
    if "407" in observation.detail:
        advice = "Give the proxy's user name and password in HTTPS_PROXY or ALL_PROXY, or name the host in NO_PROXY."
    return Verdict(check, "not reachable from here", summary, advice, tolerated)


def _untrusted(observation: ProtocolFailed) -> str:
    if observation.untrusted:
        return (
            "Renew the certificate or correct its name; for a certificate authority of your own set W365_CA_FILE to its PEM file."
        )
    return "Check the scheme and the port, and whether a proxy is in between."


def _handshake(check: WebSocketCheck, observation: HandshakeObservation) -> Verdict:
    subject = target(check)
    if observation.status != check.expect_status:
        summary = f"{subject} answers the handshake with {observation.status}, not {check.expect_status}."
        return Verdict(check, "failed", summary, status_hints.remedy(check, observation))
    if observation.status != 101:
        return Verdict(check, "passed", f"{subject} refuses the handshake with {observation.status}, as it must.")
    if check.expect_subprotocol is not None and observation.subprotocol != check.expect_subprotocol:
        chosen = f"the subprotocol {observation.subprotocol!r:.60}" if observation.subprotocol else "no subprotocol"
        summary = f"{subject} opens the WebSocket with {chosen}, not {check.expect_subprotocol!r:.60}."
        return Verdict(check, "failed", summary, "Check that backend and policy pass Sec-WebSocket-Protocol on.")
    if check.echo is not None and not observation.echoed:
        why = f": {observation.trouble}" if observation.trouble else ", something else did"
        code = f" (close code {observation.close_code})" if observation.close_code not in {None, 1000} else ""
        summary = f"{subject} opens the WebSocket, but what was sent did not come back{why}{code}."
        return Verdict(check, "failed", summary, "Check that the backend runs and echoes messages; otherwise omit echo.")
    extra = ", what was sent came back" if check.echo is not None else ""
    named = f", subprotocol {observation.subprotocol}" if observation.subprotocol else ""
    return Verdict(check, "passed", f"{subject} opens the WebSocket (101{named}{extra}).")


def _answer(check: HttpCheck, observation: HttpObservation) -> Verdict:
    subject = target(check)
    if observation.status not in check.expect_status:
        expected = " or ".join(map(str, check.expect_status))
        summary = f"{subject} answers with {observation.status}, not {expected}."
        return Verdict(check, "failed", summary, status_hints.of_http_status(observation.status))
    if check.contains is not None and check.contains not in observation.text:
        summary = f"{subject} answers with {observation.status}, but the answer does not contain the expected text (contains)."
        return Verdict(check, "failed", summary, "Check the answer: it may be another page than the expected one.")
    return Verdict(check, "passed", f"{subject} answers with {observation.status}.")


def _health(check: HealthCheck, observation: HealthObservation) -> Verdict:
    parts = tuple(_part(item.component, item.status) for item in observation.components)
    sick = [f"{part.name} {part.message}" for part in parts if not part.passed]
    where = f"{observation.instance}{f' ({observation.product_version})' if observation.product_version else ''}"
    if not sick and observation.overall == "OK":
        return Verdict(check, "passed", f"{where} is healthy.", parts=parts)
    reason = f"{where} is unhealthy (overall {observation.overall})" + (f": {', '.join(sick)}" if sick else "")
    remedies = " ".join(dict.fromkeys(part.remedy for part in parts if part.remedy))
    general = "This is the health of the one web server that answered: behind a load balancer check each of them."
    return Verdict(check, "failed", f"{reason}.", f"{remedies} {general}".strip(), parts=parts)


def _part(component: str, status: str) -> Part:
    if status in _HEALTHY:
        return Part(component, True, status)
    if component.casefold() == "rabbitmq":
        return Part(component, False, status, _RABBIT)
    if status not in {"FAIL", "TIMEOUT"}:
        return Part(component, False, status, f"The status of {component} is not documented, and counts as unhealthy.")
    return Part(component, False, status, f"Look at {component} and the web server's connection to it.")


def _connectivity(check: ConnectivityCheck, result: ConnectivityResult) -> Verdict:
    verdict = verdicts.evaluate(result, check)
    summary = " ".join(part if part.endswith(".") else f"{part}." for part in (verdict.summary, *verdict.problems))
    remedy = " ".join(part if part.endswith(".") else f"{part}." for part in verdict.remedies)
    state: CheckState = "passed" if verdict.passed else "failed" if verdict.is_explained else "not verifiable"
    return Verdict(check, state, summary, remedy, result=result)
