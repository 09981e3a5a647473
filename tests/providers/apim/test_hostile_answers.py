"""Whatever comes back, a check ends within its deadline, in a verdict or an error that says what happened, and gives no secret away."""

import gzip
import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_workspace365 import errors as root
from pulumi_workspace365.apim import errors
from pulumi_workspace365.apim.client import ConnectivityClient
from pulumi_workspace365.apim.verdicts import evaluate_result
from tests.providers.apim.conftest import HEADER_SECRET, TARGET, TOKEN, request
from tests.providers.apim.fake_arm import CONNECTED, Answer, FakeArm, accepted, disconnected, error

HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
RING: dict[str, Any] = {
    "connectionStatus": "Disconnected",
    "hops": [
        {"type": "Source", "id": "a", "nextHopIds": ["b", "nowhere"]},
        {"type": "VnetLocal", "id": "b", "nextHopIds": ["a", "b"], "issues": [{"type": "UserDefinedRoute"}]},
        {"type": "Internet", "id": "b", "nextHopIds": ["b"]},
    ],
}


@dataclass
class Case:
    """Answers, and what must become of them: an error's class, or a verdict (`True`: passed), with words that its text holds."""

    answers: list[Answer]
    ends: type[root.W365Error] | bool
    says: str
    deadline: float = 20.0


def result(more: Any) -> Answer:
    return Answer(200, {**CONNECTED, **more})


CASES = {
    # The token is led astray. {elsewhere} stands for another host.
    "Location on another host": Case([accepted("{elsewhere}/x")], errors.CrossHostRedirect, "The token was not sent there"),
    "Location on another port": Case([accepted("http://127.0.0.1:1/x")], errors.CrossHostRedirect, "leads to 127.0.0.1"),
    "Location with another scheme": Case([accepted("https://{arm_host}/x")], errors.CrossHostRedirect, "leads to 127.0.0.1"),
    "Location without a scheme": Case([accepted("//{elsewhere_host}/x")], errors.CrossHostRedirect, "leads to 127.0.0.1"),
    "Location that only looks right": Case([accepted("{arm}@{elsewhere_host}/x")], errors.CrossHostRedirect, "leads to"),
    "Location with a password": Case([accepted("http://u:p@{arm_host}/x")], errors.CrossHostRedirect, "leads to"),
    "Location with a backslash": Case([accepted("http://{arm_host}\\@{elsewhere_host}/x")], errors.CrossHostRedirect, "leads to"),
    "Location elsewhere on the second poll": Case(
        [accepted(), accepted("{elsewhere}/x")], errors.CrossHostRedirect, "The token was not sent there"
    ),
    "Location that is a file": Case([accepted("file:///etc/passwd")], errors.InvalidResponse, "Location is no address"),
    "Location of a length that no address has": Case(
        [accepted("/" + "x" * 60_000), accepted("/" + "y" * 70_000)], errors.InvalidResponse, "Location is no address"
    ),
    "Location that is no address": Case([accepted("http://[::1/x")], errors.InvalidResponse, "Location is no address"),
    "redirect of the start": Case([Answer(302, b"", {"Location": "{elsewhere}/x"})], errors.CrossHostRedirect, "never followed"),
    "redirect of a poll": Case(
        [accepted(), Answer(307, b"", {"Location": "{elsewhere}/x"})], errors.CrossHostRedirect, "never followed"
    ),
    # It never ends.
    "endless 202": Case([accepted()], errors.DeadlineExceeded, "no result within 1 s (it was still running)", 1),
    "202 that asks for a day": Case([accepted(Retry_After="86400")], errors.DeadlineExceeded, "still running", 0.5),
    "202 that asks for nonsense": Case([accepted(Retry_After="soon")], errors.DeadlineExceeded, "still running", 0.5),
    "429 for an hour": Case([Answer(429, b"", {"Retry-After": "3600"})], errors.DeadlineExceeded, "asks to wait 3600 s"),
    "429 for ever": Case(
        [error(429, "TooManyRequests", "Slow down.")], errors.DeadlineExceeded, "TooManyRequests: Slow down", 0.5
    ),
    "500 for ever": Case([error(500)], errors.DeadlineExceeded, "the last answer was HTTP 500", 0.5),
    "RetryableError for ever": Case([error(409, "RetryableError")], errors.DeadlineExceeded, "RetryableError", 0.5),
    "a body that trickles in": Case(
        [Answer(raw=HTTP + b"Content-Length: 100000\r\n\r\n{", drip=b" ")], errors.DeadlineExceeded, "no complete answer", 0.5
    ),
    "headers that trickle in": Case([Answer(raw=HTTP, drip=b"X: y\r\n")], errors.DeadlineExceeded, "no result within 0.5 s", 0.5),
    "nothing at all": Case([Answer(raw=b"")], errors.ArmError, "broke before the answer was complete"),
    "no HTTP": Case([Answer(raw=b"SSH-2.0-OpenSSH_9.6\r\n")], errors.ArmError, "broke before the answer was complete"),
    "half a body": Case([Answer(raw=HTTP + b"Content-Length: 100\r\n\r\n{")], errors.ArmError, "broke before"),
    # It finished, but there is no result.
    "202 without Location": Case([accepted(None)], errors.InvalidResponse, "without a Location"),
    "202 with an empty Location": Case([accepted("")], errors.InvalidResponse, "without a Location"),
    "202, then 204": Case([accepted(), Answer(204)], errors.InvalidResponse, "without a result"),
    "202, then nothing": Case([accepted(), Answer(200)], errors.InvalidResponse, "without a result"),
    "202, then null": Case([accepted(), Answer(200, b"null")], errors.InvalidResponse, "without a result"),
    "202, then 404": Case([accepted(), error(404, "ResourceNotFound")], errors.InvalidResponse, "not known (any more)"),
    "201": Case([Answer(201, CONNECTED)], errors.InvalidResponse, "without a result"),
    "an error in a success": Case([Answer(200, {"error": {"code": "Boom", "message": "No."}})], errors.ArmError, "Boom: No"),
    # What came is something else.
    "a login page": Case(
        [Answer(200, b"<!DOCTYPE html><html><title>Sign in to\nyour account</title>")],
        errors.InvalidResponse,
        "titled 'Sign in to",
    ),
    "an HTML page for a 403": Case([Answer(403, b"<html>blocked by your proxy")], errors.ArmError, "proxy stand in between"),
    "half of a JSON text": Case([Answer(200, b'{"connectionStatus": "Connected"')], errors.InvalidResponse, "is not JSON"),
    "bytes that are no text": Case([Answer(200, b'{"connectionStatus": "\xff\xfe"}')], errors.InvalidResponse, "is not JSON"),
    "a very deep JSON text": Case([Answer(200, b"[" * 100_000)], errors.InvalidResponse, "is not JSON"),
    "a list": Case([Answer(200, [CONNECTED])], errors.InvalidResponse, "not a JSON object"),
    "an empty object": Case([Answer(200, {})], errors.InvalidResponse, "connectionStatus: Field required"),
    "a status that is a number": Case([result({"connectionStatus": 1})], errors.InvalidResponse, "connectionStatus"),
    "an empty status": Case([result({"connectionStatus": ""})], errors.InvalidResponse, "connectionStatus"),
    "half of a surrogate pair": Case([result({"connectionStatus": "\ud800"})], errors.InvalidResponse, "connectionStatus"),
    "a latency in words": Case([result({"avgLatencyInMs": "fast"})], errors.InvalidResponse, "avgLatencyInMs"),
    "a latency below nothing": Case([result({"avgLatencyInMs": -1})], errors.InvalidResponse, "avgLatencyInMs"),
    "a latency that is no number": Case([result({"avgLatencyInMs": float("nan")})], errors.InvalidResponse, "avgLatencyInMs"),
    "endless latency": Case([result({"maxLatencyInMs": float("inf")})], errors.InvalidResponse, "maxLatencyInMs"),
    "more probes than there are atoms": Case([result({"probesSent": 10**400})], errors.InvalidResponse, "probesSent"),
    "probes that are true": Case([result({"probesFailed": True})], errors.InvalidResponse, "probesFailed"),
    "hops in one word": Case([result({"hops": "none"})], errors.InvalidResponse, "hops"),
    "a hop that is a number": Case([result({"hops": [1]})], errors.InvalidResponse, "hops.0"),
    "next hops that are numbers": Case([result({"hops": [{"nextHopIds": [1]}]})], errors.InvalidResponse, "hops.0.nextHopIds.0"),
    "issues that are texts": Case([result({"hops": [{"issues": ["Dns"]}]})], errors.InvalidResponse, "hops.0.issues.0"),
    "a huge body": Case([Answer(200, b" " * (3 * 1024**2))], errors.InvalidResponse, "larger than 2 MiB"),
    "a huge body, compressed": Case(
        [Answer(200, gzip.compress(b" " * (30 * 1024**2)), {"Content-Encoding": "gzip"})],
        errors.InvalidResponse,
        "larger than 2 MiB",
    ),
    "a body that is not compressed as it says": Case(
        [Answer(200, CONNECTED, {"Content-Encoding": "gzip"})], errors.InvalidResponse, "cannot be read"
    ),
    # Refusals.
    "a token that has expired": Case([error(401, "ExpiredAuthenticationToken")], errors.NotSignedIn, "has expired"),
    "no right": Case([error(403, "AuthorizationFailed")], errors.CheckUnavailable, "connectivityCheck/action"),
    "a tier without checks": Case([error(400, "MethodNotAllowedInPricingTier")], errors.CheckUnavailable, "pricing tier"),
    "no such service": Case([error(404, "ResourceNotFound")], errors.ArmError, "Check service_name"),
    "errors within errors": Case(
        [error(400, details=[{"code": "a", "details": [{"details": "x"}, 7]}, None])], errors.ArmError, "Code: Message; a."
    ),
    "an error that obeys nothing": Case([Answer(400, {"error": "no"})], errors.ArmError, "HTTP 400"),
    "an error with commands for the terminal": Case([error(400, message="\x1b[2J\nerror: all is well")], errors.ArmError, "?[2J"),
    # Results that are not what they seem.
    "a ring of hops": Case([Answer(200, RING)], False, "route table"),
    "a status that nobody knows": Case([result({"connectionStatus": "Excellent"})], False, "not one that is known to be good"),
    "connected, but all probes failed": Case([result({"probesFailed": 100})], False, "all 100 probes failed"),
    "a long chain of hops": Case(
        [
            Answer(
                200,
                {
                    **disconnected(),
                    "hops": [{"id": str(n), "nextHopIds": [str(n + 1)], "issues": [{"type": "Dns"}]} for n in range(5000)],
                },
            )
        ],
        False,
        "4980 further hops have issues",
    ),
    "fields that nobody knows": Case([result({"verdict": "fail", "hops": [{"color": 1}]})], True, "is Connected"),
    "only a status": Case([Answer(200, {"connectionStatus": "Reachable", "hops": None})], True, "is Reachable"),
    # What we sent comes back.
    "secrets in an error": Case(
        [error(400, message=f"Bad header Bearer {HEADER_SECRET} with {TOKEN}", target=TOKEN)], errors.ArmError, "[secret]"
    ),
    "secrets in a result": Case(
        [
            Answer(
                200, {**disconnected(), "hops": [{"address": TOKEN, "issues": [{"type": "X", "context": {"h": HEADER_SECRET}}]}]}
            )
        ],
        False,
        "[secret]",
    ),
    "secrets in a page": Case([Answer(400, f"<title>{HEADER_SECRET}</title>".encode())], errors.ArmError, "[secret]"),
    "secrets in a Location": Case([accepted(f"http://{HEADER_SECRET}/x")], errors.CrossHostRedirect, "[secret]"),
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_ends_in_a_clear_verdict_or_error(
    case: Case, arm: FakeArm, elsewhere: FakeArm, asks: ConnectivityClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)  # what a host shows at most
    places = {"elsewhere": elsewhere.endpoint, "arm": arm.endpoint, "arm_host": host(arm), "elsewhere_host": host(elsewhere)}
    arm.answers = [placed(answer, places) for answer in case.answers]
    try:
        found = asks.check(TARGET, request(), deadline_seconds=case.deadline)
    except root.W365Error as problem:
        ends: object = type(problem)
        text, shown = str(problem), repr(problem) + repr(vars(problem))
    else:
        judged = evaluate_result(found, address="chat.example.com", port=443)
        ends = judged.passed
        text, shown = judged.text, json.dumps(found.outputs()) + repr(judged)
    assert ends is case.ends, text
    assert case.says in text
    assert text.isprintable()
    assert "chat.example.com:443" in text
    assert len(text) < 12_000
    for secret in (TOKEN, HEADER_SECRET):
        assert secret not in text + shown + caplog.text
    assert not elsewhere.requests


def placed(answer: Answer, places: dict[str, str]) -> Answer:
    headers = {name: value.format(**places) for name, value in answer.headers.items()}
    return Answer(answer.status, answer.body, headers, answer.raw, answer.drip)


def host(server: FakeArm) -> str:
    return server.endpoint.removeprefix("http://")
