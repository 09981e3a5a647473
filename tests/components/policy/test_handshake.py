"""Sections, deferred values, prefixes, fragments and named values of a handshake."""

import asyncio

import pulumi
import pytest
from pydantic import BaseModel, ConfigDict

from pulumi_workspace365_components.websocket_api import policy as policies
from tests.components.policy.later import Later

KEY = policies.NamedValue("backend-key", "s3cret")
SHARED = policies.Fragment("shared", [policies.set_header("X-Key", policies.named_value(KEY))], "adds the key")


def test_an_empty_handshake_runs_what_is_inherited() -> None:
    assert {name: [item.name for item in items] for name, items in policies.Handshake().sections().items()} == {
        "inbound": ["base"],
        "backend": ["base"],
        "outbound": ["base"],
        "on-error": ["base"],
    }


def test_base_is_first_unless_it_is_placed_or_refused() -> None:
    step = policies.set_variable("a", "b")
    base = policies.base()
    assert policies.Handshake(inbound=[step]).inbound == (base, step)
    assert policies.Handshake(inbound=[step, base]).inbound == (step, base)
    assert policies.Handshake(inbound=[step], inherit=False).inbound == (step,)
    assert policies.Handshake(backend=[step]).backend == (step, base)


def test_deferred_values_are_listed_once_in_order_and_never_looked_into() -> None:
    url, key, origin = Later(), Later(), Later()
    handshake = policies.Handshake(
        inbound=[
            policies.check_header(
                "Origin", origin, "b", origin, failed_check_httpcode=403, failed_check_error_message="No", ignore_case=True
            ),
            policies.choose(policies.when("@(true)", policies.set_backend_service(base_url=url))),
        ],
        fragments=[policies.Fragment("f", [policies.set_header("A", key)])],
    )
    assert handshake.deferred() == [origin, url, key]
    policies.rules.validate(handshake)
    handshake.probes()
    assert "…" in handshake.rawxml()
    with pytest.raises(policies.PolicyError, match="not known yet"):
        handshake.xml()


def test_values_are_resolved_by_list_mapping_and_function() -> None:
    url, calls = Later(), Later()
    handshake = policies.Handshake(
        inbound=[policies.set_backend_service(base_url=url), policies.rate_limit(calls=calls, renewal_period=60)]
    )
    known = policies.Handshake(
        inbound=[policies.set_backend_service(base_url="wss://a.example.com"), policies.rate_limit(calls=5, renewal_period=60)]
    )
    assert handshake.resolve(["wss://a.example.com", 5]) == known
    assert handshake.resolve({calls: 5, url: "wss://a.example.com"}) == known
    assert handshake.resolve(lambda value: 5 if value is calls else "wss://a.example.com") == known
    assert handshake.resolve({calls: 5}).deferred() == [url]


def test_wrong_values_for_deferred_ones_get_a_sentence() -> None:
    handshake = policies.Handshake(inbound=[policies.set_backend_service(base_url=Later())])
    for values, message in (([], "1 deferred values, not 0"), ([None], "missing"), ([["a"]], "not list")):
        with pytest.raises(policies.PolicyError, match=message):
            handshake.resolve(values)


def test_outputs_of_pulumi_resolve_to_the_policy() -> None:
    async def run() -> tuple[str, bool]:
        url = pulumi.Output.secret("wss://a.example.com")
        handshake = policies.Handshake(inbound=[policies.set_backend_service(base_url=url)])
        policy = pulumi.Output.all(*handshake.deferred()).apply(lambda values: handshake.resolve(values).xml())
        return await policy.future() or "", await policy.is_secret()

    xml, secret = asyncio.run(run())
    assert '<set-backend-service base-url="wss://a.example.com" />' in xml
    assert secret


def test_a_handshake_is_carried_unchanged_by_typed_arguments() -> None:
    class Args(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        handshake: policies.Handshake | str

    handshake = policies.Handshake(inbound=[policies.set_backend_service(base_url=Later())])
    assert Args(handshake=handshake).handshake is handshake


def test_a_text_beside_a_deferred_value_is_joined_once_it_is_known() -> None:
    key = Later()
    built = policies.element("value", "Bearer ", key)
    handshake = policies.Handshake(inbound=[policies.element("set-header", built, attributes={"name": "Authorization"})])
    assert handshake.resolve(["t"]).inbound[1] == policies.set_header("Authorization", "Bearer t")


def test_a_prefix_renames_what_the_handshake_brings_along_and_nothing_else() -> None:
    handshake = policies.Handshake(
        inbound=[
            policies.include_fragment(SHARED),
            policies.include_fragment("foreign"),
            policies.set_variable("a", policies.expression('"{{backend-key}}" + "{{foreign}}"')),
        ],
        named_values=[KEY],
        fragments=[SHARED],
    )
    prefixed = handshake.prefixed("chat-")
    assert [item.name for item in prefixed.named_values] == ["chat-backend-key"]
    assert prefixed.fragments[0].id == "chat-shared"
    assert "{{chat-backend-key}}" in prefixed.fragments[0].xml()
    text = prefixed.rawxml()
    assert 'fragment-id="chat-shared"' in text
    assert 'fragment-id="foreign"' in text
    assert '"{{chat-backend-key}}" + "{{foreign}}"' in text
    assert {finding.rule for finding in policies.rules.validate(prefixed)} == {"fragment-missing", "named-value-missing"}


def test_a_fragment_is_written_under_its_own_root_and_read_back() -> None:
    assert SHARED.xml().startswith("<fragment>\n\t<set-header")
    assert policies.Fragment.parse("shared", SHARED.xml(), "adds the key") == SHARED


def test_the_value_of_a_named_value_is_in_no_policy_and_no_representation() -> None:
    handshake = policies.Handshake(inbound=[policies.set_header("X-Key", policies.named_value(KEY))], named_values=[KEY])
    assert "s3cret" not in handshake.xml() + repr(handshake) + repr(KEY)


def test_combined_handshakes_run_in_order_with_one_base_and_forward_once() -> None:
    first = policies.Handshake(inbound=[policies.set_variable("a", "1")], named_values=[KEY])
    second = policies.Handshake(
        inbound=[policies.set_variable("b", "2")], backend=[policies.forward_request(timeout=9)], named_values=[KEY]
    )
    combined = policies.combine(first, second)
    assert [item.literal("name") or item.name for item in combined.inbound] == ["base", "a", "b"]
    assert [item.name for item in combined.backend] == ["forward-request"]
    assert combined.named_values == (KEY,)


def test_two_definitions_of_one_name_are_refused() -> None:
    other = policies.NamedValue("backend-key", "other")
    with pytest.raises(policies.PolicyError, match="more than one named value called backend-key"):
        policies.combine(policies.Handshake(named_values=[KEY]), policies.Handshake(named_values=[other]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<fragment />", "begins with <policies>"),
        ("<policies><inbond /></policies>", "<inbond> in <policies>"),
        ("<policies><inbound /><inbound /></policies>", "each once"),
        ("<policies>text</policies>", "text in <policies>"),
        ("<policies><inbound>text</inbound></policies>", "Text in <inbound>"),
        ("<policies><inbound></policies>", "not well-formed XML: mismatched tag, line 1, column"),
        ("", "no element found"),
        ("<!DOCTYPE a><policies />", "no document type"),
        ("<policies>" + "x" * 2_000_000, "512 KiB at most"),
        ('<policies><inbound><a b="@(" /></inbound></policies>', ""),
    ],
)
def test_a_document_that_is_none_gets_a_sentence(text: str, message: str) -> None:
    if not message:
        assert "broken-expression" in {finding.rule for finding in policies.rules.validate(policies.Handshake.parse(text))}
        return
    with pytest.raises(policies.PolicyError, match=message):
        policies.Handshake.parse(text)


def test_both_formats_of_the_service_give_the_same_handshake() -> None:
    raw = """<policies>
      <!-- as in the portal -->
      <inbound><base />
        <choose><when condition="@(context.Request.Headers.GetValueOrDefault("a", ")") == "<" && 1 < 2)">
          <set-header name='b'><value>@{ var x = "}"; // it's
             return x; }</value></set-header>
        </when></choose></inbound><backend><base /></backend></policies>"""
    handshake = policies.Handshake.parse(raw)
    assert handshake == policies.Handshake.parse(raw, format="rawxml") == policies.Handshake.parse(handshake.xml(), format="xml")
    assert policies.rules.validate(handshake, browsers=False)[0].severity == "advice"
    with pytest.raises(policies.PolicyError, match="not well-formed"):
        policies.Handshake.parse(raw, format="xml")


def test_parameters_that_carry_tokens_are_told_to_be_masked() -> None:
    token = policies.ready.jwt(openid_config="https://login.example.com/c", audiences=["chat"], query="access_token")
    assert token.secret_query_parameters() == ["access_token"]
    assert policies.Handshake().secret_query_parameters() == []
