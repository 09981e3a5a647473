"""The verdict: what passes under which requirement, and what a person reads when it does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365.apim.models import ConnectivityResult, Hop
from pulumi_workspace365.apim.verdicts import Evaluation, Require, evaluate_result, in_path_order
from tests.providers.apim.fake_arm import CONNECTED, disconnected

ISSUE_TYPES = (
    "AgentStopped",
    "DnsResolution",
    "GuestFirewall",
    "NetworkSecurityRule",
    "Platform",
    "PortThrottled",
    "SocketBind",
    "UserDefinedRoute",
)


def judged(body: dict[str, Any], **required: Any) -> Evaluation:
    return evaluate_result(ConnectivityResult.from_wire(body), address="chat.example.com", port=443, **required)


@pytest.mark.parametrize(
    ("status", "connected", "degraded"),
    [
        ("Connected", True, True),
        ("connected", True, True),
        ("Reachable", True, True),
        ("Degraded", False, True),
        ("Disconnected", False, False),
        ("Unreachable", False, False),
        ("Unknown", False, False),
        ("NotConnected", False, False),
        ("Connected-ish", False, False),
    ],
)
def test_the_status_in_the_body_decides(status: str, *, connected: bool, degraded: bool) -> None:
    body = {"connectionStatus": status}
    assert judged(body).passed is connected
    assert judged(body, require="degraded").passed is degraded
    assert judged(body, require="report").passed
    assert connected or status in judged(body).text


@pytest.mark.parametrize(
    ("average", "limit", "passes"), [(10, 10, True), (10.5, 10, False), (None, 10, False), (None, None, True)]
)
def test_a_latency_limit_decides_too(average: float | None, limit: float | None, *, passes: bool) -> None:
    found = judged({**CONNECTED, "avgLatencyInMs": average}, max_average_latency_ms=limit)
    assert found.passed is passes
    assert passes or "max_average_latency_ms=10" in found.text


def test_a_connection_of_which_all_probes_failed_is_none() -> None:
    assert not judged({**CONNECTED, "probesFailed": 100}, require="degraded").passed


def test_a_single_lost_probe_passes_and_is_told() -> None:
    found = judged({**CONNECTED, "probesFailed": 1})
    assert found.passed
    assert found.summary == "chat.example.com:443 is Connected (100 probes, 1 failed; average latency 1 ms, 1 to 4 ms)"


@pytest.mark.parametrize("probes", [{}, {"probesSent": 0, "probesFailed": 0}, {"probesSent": 3, "probesFailed": 0}])
def test_an_unknown_status_without_a_failed_probe_cannot_be_told(probes: dict[str, Any]) -> None:
    found = judged({"connectionStatus": "Unknown", **probes})
    assert (found.passed, found.is_explained) == (False, False)
    assert "it is not known whether the gateway reaches chat.example.com:443" in found.text
    assert "does not reach" not in found.text
    assert judged({"connectionStatus": "Unknown", "probesSent": 3, "probesFailed": 1}).is_explained


@pytest.mark.parametrize("issue", ISSUE_TYPES)
def test_each_issue_type_has_a_cause_and_a_remedy_of_its_own(issue: str) -> None:
    others = [remedy for other in ISSUE_TYPES if other != issue for remedy in judged(disconnected(other)).remedies]
    (remedy,) = judged(disconnected(issue)).remedies
    assert remedy.startswith("Likely cause: ")
    assert "What to do: " in remedy
    assert remedy not in others


@pytest.mark.parametrize("body", [disconnected("Quantum"), disconnected("Unknown"), {"connectionStatus": "Disconnected"}])
def test_what_nobody_explains_has_a_remedy_that_names_backend_and_port(body: dict[str, Any]) -> None:
    (remedy,) = judged(body).remedies
    assert "chat.example.com:443" in remedy
    assert "port 443" in remedy


def test_the_text_names_hop_issue_context_backend_and_port_in_one_line() -> None:
    text = judged(disconnected()).text
    for word in ("Source 10.1.1.4", "NetworkSecurityRule", "outbound error", "RuleName=Deny443", "100 failed", "TCP port 443"):
        assert word in text
    assert text.isprintable()


def test_an_issue_of_a_check_that_passed_is_told() -> None:
    found = judged({**disconnected("DnsResolution"), "connectionStatus": "Connected", "probesFailed": 0})
    assert found.passed
    assert any("DnsResolution" in problem for problem in found.problems)


def test_a_url_is_named_without_its_path_and_query() -> None:
    result = ConnectivityResult.from_wire(disconnected())
    text = evaluate_result(result, address="https://u.example.com/hook?code=not-for-logs", port=8443).text
    assert "u.example.com:8443" in text
    assert "not-for-logs" not in text


def test_hops_are_told_in_the_order_of_the_way() -> None:
    ids = [("c", []), ("s", ["b"]), ("b", ["c", "b", "s", "lost"]), ("x", [])]
    hops = tuple(Hop.model_validate({"id": name, "type": "Source" if name == "s" else "", "nextHopIds": to}) for name, to in ids)
    assert [hop.id for hop in in_path_order(hops)] == ["s", "b", "c", "x"]


texts = st.text(max_size=8) | st.sampled_from(["a", "b", "Source", "DnsResolution", "\x1b[2J", "\n"])
issues = st.fixed_dictionaries(
    {},
    optional={"type": texts, "origin": texts, "severity": texts, "context": st.lists(st.dictionaries(texts, texts), max_size=2)},
)
hops = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from("abcd"),
        "type": texts,
        "address": texts,
        "nextHopIds": st.lists(st.sampled_from("abcdx"), max_size=4),
        "issues": st.lists(issues, max_size=2),
    },
)
bodies = st.fixed_dictionaries(
    {"connectionStatus": st.text(min_size=1) | st.sampled_from(["Connected", "Degraded", "Disconnected"])},
    optional={
        "avgLatencyInMs": st.none() | st.integers(0, 10_000) | st.floats(0, 1e6),
        "probesSent": st.none() | st.integers(0, 1000),
        "probesFailed": st.none() | st.integers(0, 1000),
        "hops": st.lists(hops, max_size=30),
    },
)


@given(bodies, st.sampled_from(["connected", "degraded", "report"]), st.none() | st.floats(0.1, 1e4))
def test_any_graph_of_hops_gets_a_verdict_with_reasons(body: dict[str, Any], require: Require, limit: float | None) -> None:
    found = judged(body, require=require, max_average_latency_ms=limit)
    assert found.passed or (found.problems and found.remedies)
    assert found.text.isprintable()
    if found.passed and require != "report":
        assert body["connectionStatus"].strip().casefold() in {"connected", "reachable", "degraded"}
    assert judged(body, require="report").passed


@given(st.lists(hops, max_size=30))
def test_every_hop_is_ordered_exactly_once(raw: list[dict[str, Any]]) -> None:
    given_hops = ConnectivityResult.from_wire({"connectionStatus": "Unknown", "hops": raw}).hops
    assert sorted(map(id, in_path_order(given_hops))) == sorted(map(id, given_hops))
