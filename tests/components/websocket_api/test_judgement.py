"""What the rules stop when a program names an API, without any engine."""

from typing import Any

import pulumi
import pytest

from pulumi_workspace365_components import WebSocketApiArgs, policies
from pulumi_workspace365_components.websocket_api.judgement import Judgement
from tests.components.websocket_api.test_arguments import GIVEN


def judged(handshake: Any, **more: Any) -> Judgement:
    return Judgement("chat", WebSocketApiArgs(**{**GIVEN, **more}, handshake=handshake))


def test_each_error_is_listed_with_its_rule_its_place_and_a_remedy() -> None:
    handshake = policies.Handshake(inbound=[policies.set_header("Host", "x"), policies.raw("<cors />")])
    with pytest.raises(pulumi.RunError) as refusal:
        judged(handshake)
    first, *findings = str(refusal.value).splitlines()
    assert first == "WebSocketApi 'chat' is not deployed, its handshake cannot work (rules: docs/rules.md):"
    assert [line.split(":")[0].strip() for line in findings] == [
        "unsupported-policy at inbound/cors",
        "protected-header at inbound/set-header",
    ]
    assert all(line.endswith(".") and line.count(". ") >= 1 for line in findings)


@pytest.mark.parametrize(
    ("more", "rule"),
    [({"service_url": "https://chat.example.com"}, "service-url"), ({"sku": "Consumption"}, "tier")],
)
def test_the_api_itself_is_judged_with_and_without_a_policy(more: dict[str, str], rule: str) -> None:
    for handshake in (None, policies.Handshake(), pulumi.Output.from_input("<policies />")):
        with pytest.raises(pulumi.RunError, match=rule):
            judged(handshake, **more)


def test_a_text_that_is_no_policy_document_is_refused_with_the_place() -> None:
    with pytest.raises(pulumi.RunError, match=r"^WebSocketApi 'chat': handshake: The policy is not well-formed XML: .*line 1"):
        judged("<policies><inbound></policies>")


def test_what_is_known_later_does_not_stop_a_program() -> None:
    later = pulumi.Output.from_input("Host")
    handshake = policies.Handshake(inbound=[policies.set_header(later, "x")])
    judgement = judged(handshake, sku=later, service_url=later)
    assert policies.rules.errors(judgement.findings) == []


def test_nothing_is_told_of_a_policy_that_is_wholly_unknown() -> None:
    assert judged(pulumi.Output.from_input("<policies />")).findings == []


def test_a_policy_read_from_text_means_what_the_text_means() -> None:
    text = '<policies><inbound><rate-limit renewal-period="60"\n calls="5"/><base/></inbound></policies>'
    assert policies.same(judged(text).handshake, text)
