"""A handshake's proofs: what a good client sends, what must be refused and how."""

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies
from tests.components.policy.later import Later

CLIENT = policies.Client(token="good.jwt.token", subscription_key="key")
OPENID = "https://login.example.com/c"


def table(found: list[policies.Probe]) -> list[tuple[str, int, int]]:
    return [(probe.name, probe.expected_status, probe.repeat) for probe in found]


def test_a_token_in_the_header_is_proved_by_its_absence_and_by_a_forged_one() -> None:
    found = policies.ready.jwt(openid_config=OPENID, audiences=["chat"]).probes(policies.Client(token="good.jwt.token"))
    assert table(found) == [("a good client", 101, 1), ("without a token", 401, 1), ("with a wrong token", 401, 1)]
    assert [probe.headers.get("Authorization") for probe in found] == ["Bearer good.jwt.token", None, "Bearer bm90.YQ.dG9rZW4"]


def test_a_token_in_the_query_goes_there_without_a_scheme() -> None:
    found = policies.ready.jwt(openid_config=OPENID, audiences=["chat"], query="access_token").probes(CLIENT)
    assert found[0].query == {"access_token": "good.jwt.token"}
    assert found[0].headers == {"Ocp-Apim-Subscription-Key": "key"}


def test_each_attempt_has_one_defect_and_the_limit_comes_last() -> None:
    handshake = policies.combine(
        policies.ready.allowed_origins("https://a.example.com", "https://b.example.com", status=404),
        policies.ready.jwt(openid_config=OPENID, audiences=["chat"]),
        policies.Handshake(inbound=[policies.rate_limit(calls=20, renewal_period=60)]),
    )
    found = handshake.probes(CLIENT)
    assert table(found) == [
        ("a good client", 101, 1),
        ("without a subscription key", 401, 1),
        ("with a wrong subscription key", 401, 1),
        ("without Origin", 404, 1),
        ("with a wrong Origin", 404, 1),
        ("without a token", 401, 1),
        ("with a wrong token", 401, 1),
        ("over the limit", 429, 21),
    ]
    good = found[0].headers
    assert good == {
        "Ocp-Apim-Subscription-Key": "key",
        "Origin": "https://a.example.com",
        "Authorization": "Bearer good.jwt.token",
    }
    for probe in found[1:-1]:
        changed = {name for name in good if probe.headers.get(name) != good[name]}
        assert len(changed) == 1


def test_without_a_token_only_refusals_can_be_proved() -> None:
    handshake = policies.Handshake(
        inbound=[
            policies.rate_limit_by_key(calls=5, renewal_period=60, counter_key="a"),
            policies.validate_jwt(header_name="X-Token", openid_configs=[OPENID], failed_validation_httpcode=403),
        ]
    )
    assert table(handshake.probes()) == [("without a token", 403, 1), ("with a wrong token", 403, 1)]
    assert handshake.probes()[1].headers == {"X-Token": "bm90.YQ.dG9rZW4"}


def test_attempts_behind_a_small_limit_do_not_use_it_up_before_its_own_turn() -> None:
    limit = policies.rate_limit_by_key(calls=2, renewal_period=60, counter_key="a")
    token = policies.validate_jwt(header_name="Authorization", openid_configs=[OPENID])
    assert table(policies.Handshake(inbound=[limit, token]).probes(CLIENT))[-1] == ("over the limit", 429, 3)
    assert len(policies.Handshake(inbound=[limit, token]).probes(policies.Client(token="t"))) == 3
    assert len(policies.Handshake(inbound=[token, limit]).probes(policies.Client(token="t"))) == 4


@pytest.mark.parametrize(
    "limit",
    [
        policies.rate_limit(calls=5, renewal_period=60),
        policies.rate_limit_by_key(calls=1000, renewal_period=60, counter_key="a"),
        policies.rate_limit_by_key(calls="@(5)", renewal_period=60, counter_key="a"),
        policies.rate_limit_by_key(calls="{{calls}}", renewal_period=60, counter_key="a"),
        policies.rate_limit_by_key(calls=Later(), renewal_period=60, counter_key="a"),
        policies.rate_limit_by_key(calls=5, renewal_period=60, counter_key="a", increment_condition="@(false)"),
        policies.choose(policies.when("@(true)", policies.rate_limit_by_key(calls=5, renewal_period=60, counter_key="a"))),
        policies.quota_by_key(calls=5, renewal_period=3600, counter_key="a"),
    ],
    ids=["no subscription key", "too many", "expression", "named value", "deferred", "condition", "choose", "quota"],
)
def test_a_limit_that_cannot_be_met_for_sure_is_not_tried(limit: policies.Element) -> None:
    assert table(policies.Handshake(inbound=[limit]).probes()) == [("a good client", 101, 1)]


def test_checks_in_an_included_fragment_count() -> None:
    check = policies.check_header("X-Room", failed_check_httpcode=400, failed_check_error_message="Room", ignore_case=True)
    fragment = policies.Fragment("checks", [check])
    handshake = policies.Handshake(inbound=[policies.include_fragment(fragment)], fragments=[fragment])
    assert table(handshake.probes()) == [("a good client", 101, 1), ("without X-Room", 400, 1)]
    assert handshake.probes()[0].headers == {"X-Room": "any"}


def test_a_header_whose_values_are_not_literal_is_the_clients_to_give() -> None:
    check = policies.check_header(
        "X-Room", "{{room}}", failed_check_httpcode=400, failed_check_error_message="Room", ignore_case=True
    )
    handshake = policies.Handshake(inbound=[check])
    assert table(handshake.probes()) == [("without X-Room", 400, 1), ("with a wrong X-Room", 400, 1)]
    assert table(handshake.probes(policies.Client(headers={"x-room": "a"})))[0] == ("a good client", 101, 1)


def test_no_representation_shows_a_key_or_a_token() -> None:
    found = policies.ready.jwt(openid_config=OPENID, audiences=["chat"]).probes(CLIENT)
    assert "good.jwt.token" not in repr(found) + repr(CLIENT)
