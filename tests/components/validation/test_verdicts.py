"""Verdicts are functions of a check and what was seen: what passes, what fails, and that each says what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365.apim.models import ConnectivityResult
from pulumi_workspace365_components.validation import checks, verdicts
from pulumi_workspace365_components.validation.observations import (
    ClientError,
    ComponentObservation,
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

CONNECTIVITY: dict[str, object] = {
    "resource_group_name": "rg",
    "service_name": "apim",
    "region": "westeurope",
    "address": "chat.example.com",
    "port": 443,
}
KINDS: dict[str, dict[str, object]] = {
    "websocket": {"url": "wss://chat.example.com/a"},
    "http": {"url": "https://chat.example.com/a"},
    "health": {},
    "connectivity": CONNECTIVITY,
}


def check(kind: str, **fields: object) -> checks.Check:
    return checks.parse_check({"name": "asked", "kind": kind, **KINDS[kind], **fields})


def healthy(*components: tuple[str, str], overall: str = "OK") -> HealthObservation:
    return HealthObservation("https://portal.example.com", overall, [ComponentObservation(*item) for item in components])


NEVER_GOOD: st.SearchStrategy[Observation] = st.one_of(
    st.builds(
        ConnectFailed,
        st.sampled_from(["dns", "refused", "timeout", "no route"]),
        st.just("h"),
        st.integers(1, 65535),
        st.booleans(),
    ),
    st.builds(ProtocolFailed, st.just("it went"), st.booleans()),
    st.builds(TimedOut, st.floats(0.1, 100)),
    st.just(ClientError("It went wrong.")),
    st.just(NotRun("There is no right.", "Get it.")),
)


@given(st.sampled_from(sorted(KINDS)), NEVER_GOOD)
def test_what_answered_nothing_never_passes_and_is_told_in_one_line(kind: str, seen: Observation) -> None:
    verdict = verdicts.evaluate(check(kind), seen)
    assert verdict.state != "passed"
    assert verdict.is_failure
    assert verdict.message.endswith(".")
    assert "\n" not in verdict.advice


@given(st.integers(100, 599), st.integers(100, 599))
def test_a_handshake_passes_with_the_expected_status_and_no_other(status: int, expected: int) -> None:
    verdict = verdicts.evaluate(check("websocket", expect_status=expected), HandshakeObservation(status))
    assert (verdict.state == "passed") == (status == expected)
    assert verdict.state == "passed" or verdict.remedy


@given(st.integers(100, 599), st.lists(st.integers(100, 599), min_size=1, max_size=4))
def test_a_get_passes_with_one_of_the_expected_statuses(status: int, expected: list[int]) -> None:
    verdict = verdicts.evaluate(check("http", expect_status=expected), HttpObservation(status))
    assert (verdict.state == "passed") == (status in expected)


@pytest.mark.parametrize(("status", "advice"), [(200, "check the path"), (404, "check the path"), (500, "look into its log")])
def test_the_remedy_of_a_plain_request_speaks_of_no_websocket(status: int, advice: str) -> None:
    verdict = verdicts.evaluate(check("http", expect_status=[204]), HttpObservation(status))
    assert advice in verdict.remedy
    assert not any(word in verdict.remedy for word in ("WebSocket", "handshake", "gateway's log"))


def test_a_text_that_is_not_in_the_answer_fails_it() -> None:
    asked = check("http", contains="jwks_uri")
    assert verdicts.evaluate(asked, HttpObservation(200, '{"jwks_uri": 1}')).state == "passed"
    assert verdicts.evaluate(asked, HttpObservation(200, "<html>")).state == "failed"


@given(
    st.lists(st.tuples(st.text("abcR", min_size=1, max_size=5), st.text("OKFAILnotappl_ ", max_size=14))),
    st.sampled_from(["OK", "FAIL", "", "ok", "DEGRADED"]),
)
def test_health_passes_only_where_all_of_it_is_known_to_be_good(components: list[tuple[str, str]], overall: str) -> None:
    verdict = verdicts.evaluate(check("health"), healthy(*components, overall=overall))
    good = overall == "OK" and all(status in {"OK", "NOT_APPLICABLE"} for _, status in components)
    assert (verdict.state == "passed") == good
    assert [part.passed for part in verdict.parts] == [status in {"OK", "NOT_APPLICABLE"} for _, status in components]


def test_each_component_is_told_and_the_usual_cause_of_rabbitmq_named() -> None:
    seen = healthy(("Database", "OK"), ("RabbitMq", "TIMEOUT"), ("Redis", "PURPLE"), overall="FAIL")
    verdict = verdicts.evaluate(check("health"), seen)
    assert "RabbitMq TIMEOUT, Redis PURPLE" in verdict.message
    assert all(part in verdict.remedy for part in ("5672", "AllowCrossSiteMove", "not documented"))


@pytest.mark.parametrize(
    ("status", "fields", "passed"),
    [
        ("Connected", {}, True),
        ("Reachable", {}, True),
        ("Degraded", {}, False),
        ("Degraded", {"require": "degraded"}, True),
        ("Disconnected", {}, False),
        ("Disconnected", {"require": "report"}, True),
        ("Unknown", {}, False),
        ("Blooming", {}, False),
        ("Connected", {"max_average_latency_ms": 5}, False),
    ],
)
def test_connectivity_is_judged_as_the_resource_judges_it(status: str, fields: dict[str, object], passed: bool) -> None:
    result = ConnectivityResult(connection_status=status, average_latency_ms=7)
    verdict = verdicts.evaluate(check("connectivity", **fields), ConnectivityObservation(result))
    assert (verdict.state == "passed") == passed
    assert "chat.example.com:443" in verdict.message


def test_an_unknown_status_without_a_failed_probe_is_not_verifiable() -> None:
    result = ConnectivityResult(connection_status="Unknown", probes_sent=3, probes_failed=0)
    verdict = verdicts.evaluate(check("connectivity"), ConnectivityObservation(result))
    assert (verdict.state, verdict.is_failure) == ("not verifiable", True)


def test_what_a_service_cannot_run_is_not_verifiable_and_may_be_no_failure_but_never_a_pass() -> None:
    seen = NotRun("The tier cannot run it.")
    for fields, is_failure in (({}, True), ({"on_unsupported": "warn"}, False)):
        verdict = verdicts.evaluate(check("connectivity", **fields), seen)
        assert (verdict.state, verdict.is_failure) == ("not verifiable", is_failure)


def test_a_private_address_says_where_to_run_the_check() -> None:
    verdict = verdicts.evaluate(check("websocket"), ConnectFailed("timeout", "chat.internal", 443, private=True))
    assert "chat.internal is a private address: run the check inside that network" in verdict.remedy
