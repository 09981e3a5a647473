"""What the rules stop when a program names an API, without any engine."""

from typing import Any

import pulumi
import pytest

from pulumi_workspace365_components import DiagnosticsArgs, WebSocketApiArgs, policies
from pulumi_workspace365_components.websocket_api.policy_check import PolicyCheck, ValidatedHandshake
from tests.components.websocket_api.test_arguments import GIVEN


def check(handshake: Any, **more: Any) -> PolicyCheck:
    return PolicyCheck("chat", WebSocketApiArgs(**{**GIVEN, **more}, handshake=handshake))


def judged(handshake: Any, **more: Any) -> ValidatedHandshake:
    return check(handshake, **more).check_declared()


def fitting(api_id: str, handshake: Any, **more: Any) -> Any:
    return check(handshake, **more).check_api_id(api_id, judged(handshake, **more).handshake)


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


FRAGMENT = policies.Handshake(fragments=[policies.Fragment("mark", [policies.set_header("X", "y")])])
KEY = policies.Handshake(named_values=[policies.NamedValue("key", "open")])


@pytest.mark.parametrize(
    ("longest", "handshake", "more", "says"),
    [
        (80, None, {"diagnostics": DiagnosticsArgs()}, "an API with diagnostics: at most 80"),
        (80, None, {"gateways": ["edge"]}, "an API of a self-hosted gateway: at most 80"),
        (250, None, {"probe_subscription": True}, "the subscription for probes, which is named after it: at most 256"),
        (75, FRAGMENT, {}, "the fragment 'mark', whose id begins with it: at most 80"),
        (252, KEY, {}, "the named value 'key', whose name begins with it: at most 256"),
        (256, None, {"diagnostics": DiagnosticsArgs(azure_monitor="")}, "a name has 1 to 256"),
    ],
)
def test_an_id_has_to_fit_wherever_it_stands(longest: int, handshake: Any, more: dict[str, Any], says: str) -> None:
    assert fitting("a" * longest, handshake, **more) == "a" * longest
    with pytest.raises(pulumi.RunError, match="WebSocketApi 'chat': api_id: ") as refusal:
        fitting("a" * (longest + 1), handshake, **more)
    assert says in str(refusal.value)


def test_the_ids_of_fragments_begin_with_a_letter() -> None:
    assert fitting(".chat", KEY) == ".chat"
    with pytest.raises(pulumi.RunError, match="it must begin with a letter, a digit or _"):
        fitting(".chat", FRAGMENT)


def test_a_text_that_is_no_policy_document_is_refused_with_the_place() -> None:
    with pytest.raises(pulumi.RunError, match=r"^WebSocketApi 'chat': handshake: The policy is not well-formed XML: .*line 1"):
        judged("<policies><inbound></policies>")


def test_what_is_known_later_does_not_stop_a_program() -> None:
    later = pulumi.Output.from_input("Host")
    handshake = policies.Handshake(inbound=[policies.set_header(later, "x")])
    judgement = judged(handshake, sku=later, service_url=later)
    assert policies.rules.errors(list(judgement.findings)) == []


def test_nothing_is_told_of_a_policy_that_is_wholly_unknown() -> None:
    assert judged(pulumi.Output.from_input("<policies />")).findings == ()


def test_a_policy_read_from_text_means_what_the_text_means() -> None:
    text = '<policies><inbound><rate-limit renewal-period="60"\n calls="5"/><base/></inbound></policies>'
    assert policies.equivalent(judged(text).handshake, text)
