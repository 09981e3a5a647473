"""Every rule against the two examples that stand beside it, and judge() on whole handshakes."""

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy.expressions import parse_expression
from pulumi_workspace365_components.websocket_api.policy.rules import RULES, Example, Finding, Rule, errors, validate
from pulumi_workspace365_components.websocket_api.policy.schema import UNSUPPORTED
from tests.components.policy.later import Later


def judged(example: Example) -> list[Finding]:
    return validate(example.handshake(), **example.context)  # type: ignore[arg-type]  # the examples' context is checked by running it


def ids(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def document(inbound: str = "", backend: str = "<base />", outbound: str = "<base />") -> policies.Handshake:
    return policies.Handshake.parse(
        f"<policies><inbound><base />{inbound}</inbound><backend>{backend}</backend><outbound>{outbound}</outbound></policies>"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_failing_example(rule: Rule) -> None:
    found = [finding for finding in judged(rule.fails) if finding.rule == rule.id]
    assert found
    assert {finding.severity for finding in found} == {rule.severity}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_passes_its_passing_example_which_no_rule_calls_an_error(rule: Rule) -> None:
    found = judged(rule.passes)
    assert rule.id not in ids(found)
    assert errors(found) == []


def test_an_expression_is_taken_apart_once_for_all_rules_and_for_every_judgement() -> None:
    long = document('<set-variable name="a" value="@{' + "a + (b);" * 2_000 + ' return 1;}" />')
    parse_expression.cache_clear()
    validate(long)
    validate(long)
    assert parse_expression.cache_info().misses == 1


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("@(a) don't", {"mixed-expression"}),
        ("@(a + 'b)", {"broken-expression"}),
        ("@(a))", {"mixed-expression"}),
        ("@(a]", {"broken-expression"}),
        ("@{ var a = 1; } // return", {"mixed-expression"}),
        ('@{ /* return */ var a = "return"; }', {"missing-return"}),
    ],
)
def test_what_follows_an_expression_is_not_part_of_it(code: str, rules: set[str]) -> None:
    found = validate(document(f"<set-header name='a'><value>{code}</value></set-header>"))
    assert {item.rule for item in found if item.severity == "error"} == rules


def test_rule_ids_are_unique_words() -> None:
    names = [rule.id for rule in RULES]
    assert len(set(names)) == len(names) > 40
    assert all(name.replace("-", "").isalpha() and name.islower() for name in names)


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        '<choose><when condition="@(true)">{}</when></choose>',
        '<choose><when condition="@(true)"><base /></when><otherwise>{}</otherwise></choose>',
        '<retry condition="@(true)" count="1" interval="1">{}</retry>',
        '<limit-concurrency key="a" max-count="1">{}</limit-concurrency>',
        "<wait>{}</wait>",
        '<wait><choose><when condition="@(true)">{}</when></choose></wait>',
    ],
)
def test_each_unsupported_policy_is_found_wherever_policies_run(name: str, around: str) -> None:
    found = [finding for finding in validate(document(around.format(f"<{name} />"))) if finding.rule == "unsupported-policy"]
    assert [finding.path.rsplit("/", 1)[1] for finding in found] == [name]


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_each_unsupported_policy_is_found_in_an_included_and_in_an_unused_fragment(name: str) -> None:
    fragment = policies.Fragment.parse("f", f"<fragment><{name} /></fragment>")
    included = policies.Handshake(inbound=[policies.include_fragment(fragment)], fragments=[fragment])
    paths = {finding.path for finding in errors(validate(included)) if finding.rule == "unsupported-policy"}
    assert paths == {f"inbound/include-fragment/fragment[f]/{name}"}
    assert "unsupported-policy" in ids(validate(policies.Handshake(fragments=[fragment])))


def test_the_parts_of_a_request_to_others_are_no_policies_of_the_handshake() -> None:
    asking = policies.send_request(
        "answer",
        "https://auth.example.com/check",
        "POST",
        headers=[policies.set_header("Host", "auth.example.com")],
        body=policies.expression('"token=" + context.Request.Url.Query.GetValueOrDefault("token", "")'),
        authentication=policies.authentication_managed_identity("api://auth"),
        timeout=5,
    )
    assert validate(policies.Handshake(inbound=[asking])) == []


@pytest.mark.parametrize(
    "header",
    [
        "Host",
        "host",
        "Connection",
        "Content-Length",
        "Keep-Alive",
        "Transfer-Encoding",
        "Upgrade",
        "Sec-WebSocket-Key",
        "SEC-WEBSOCKET-VERSION",
    ],
)
def test_a_protected_header_is_an_error_in_any_spelling(header: str) -> None:
    assert "protected-header" in ids(errors(validate(policies.Handshake(inbound=[policies.set_header(header, "a")]))))


def test_the_answer_of_a_refusal_may_not_touch_the_connection_either() -> None:
    refusal = policies.return_response(403, "No", headers=[policies.set_header("Connection", "close")])
    assert "protected-header" in ids(validate(policies.Handshake(inbound=[refusal])))


def test_the_documented_order_of_validate_jwt_is_the_one_the_builder_writes() -> None:
    built = policies.validate_jwt(
        header_name="Authorization",
        required_claims=[policies.claim("role", "chat", "admin", match="any", separator=",")],
        issuers=["https://login.example.com"],
        audiences=["chat"],
        decryption_keys=[policies.key(certificate_id="decrypt")],
        issuer_signing_keys=[policies.key(n="abc", e="AQAB", id="1")],
        openid_configs=["https://login.example.com/.well-known/openid-configuration"],
        clock_skew=30,
        require_scheme="Bearer",
    )
    assert validate(policies.Handshake(inbound=[built])) == []


def test_what_is_deferred_is_not_judged_until_it_is_known() -> None:
    period = Later()
    handshake = policies.Handshake(inbound=[policies.rate_limit(calls=5, renewal_period=period)])
    assert validate(handshake) == []
    assert ids(validate(handshake.resolve([301]))) == {"attribute-value"}
    assert validate(handshake.resolve([300])) == []


def test_a_deferred_sku_or_service_url_is_not_judged() -> None:
    unknown = Later()
    assert validate(policies.Handshake(), sku=unknown, service_url=unknown) == []


def test_named_values_stand_for_any_value() -> None:
    limit = policies.rate_limit(calls=policies.named_value("calls"), renewal_period="{{period}}")
    assert ids(validate(policies.Handshake(inbound=[limit]))) == {"named-value-missing"}


@pytest.mark.parametrize("url", ["wss://a.example.com", "ws://127.0.0.1:8080/chat", "WSS://A.example.com"])
def test_a_service_url_of_a_websocket_passes(url: str) -> None:
    assert validate(policies.Handshake(), service_url=url) == []


@pytest.mark.parametrize("url", ["", "https://a.example.com", "a.example.com", "wss://", "wss:///chat"])
def test_another_service_url_is_an_error(url: str) -> None:
    assert ids(errors(validate(policies.Handshake(), service_url=url))) == {"service-url"}


@pytest.mark.parametrize("sku", ["BasicV2", "StandardV2", "PremiumV2"])
def test_the_v2_tiers_have_no_quota_by_key(sku: str) -> None:
    quota = policies.quota_by_key(counter_key="a", renewal_period=300, calls=1)
    assert ids(validate(policies.Handshake(inbound=[quota]), sku=sku)) == {"tier-policy"}


@pytest.mark.parametrize("sku", [None, "Developer", "Basic", "Standard", "Premium"])
def test_the_classic_tiers_have_quota_by_key(sku: str | None) -> None:
    quota = policies.quota_by_key(counter_key="a", renewal_period=300, calls=1)
    assert validate(policies.Handshake(inbound=[quota]), sku=sku) == []


def test_browsers_are_expected_where_the_token_is_in_the_query() -> None:
    token = policies.ready.jwt(openid_config="https://login.example.com/c", audiences=["chat"], query="access_token")
    assert "origin-check" in ids(validate(token))
    assert "origin-check" not in ids(validate(token, browsers=False))
    assert "origin-check" not in ids(validate(policies.combine(policies.ready.allowed_origins("https://a.example.com"), token)))


def test_an_origin_that_a_condition_judges_is_checked() -> None:
    refused = policies.when(
        policies.expression('!context.Request.Headers.GetValueOrDefault("Origin", "").EndsWith(".example.com")'),
        policies.return_response(403, "Forbidden"),
    )
    assert validate(policies.Handshake(inbound=[policies.choose(refused)]), browsers=True) == []


def test_errors_come_first_and_a_finding_is_one_line_that_shows_no_value() -> None:
    handshake = policies.Handshake(
        inbound=[policies.authentication_basic("user", "hunter2"), policies.rate_limit(calls="hunter3", renewal_period=60)]
    )
    found = validate(handshake)
    assert [finding.severity for finding in found] == ["error", "warning"]
    lines = "".join(map(str, found))
    assert "\n" not in lines
    assert "hunter" not in lines
    assert str(found[0]).startswith("error attribute-value at inbound/rate-limit: calls of <rate-limit> must be")


def test_a_path_counts_siblings_of_one_name() -> None:
    branches = [policies.when("@(true)", policies.set_variable("a", 1)), policies.when("@(true)", policies.raw("<cors />"))]
    found = errors(validate(policies.Handshake(inbound=[policies.choose(*branches)])))
    assert [finding.path for finding in found] == ["inbound/choose/when[2]/cors"]


@pytest.mark.parametrize(
    ("inherited", "skipped"),
    [
        ("<policies><inbound><cors /><set-body>a</set-body></inbound></policies>", ["cors", "set-body"]),
        (
            '<policies><inbound><send-request response-variable-name="a"><set-body>a</set-body></send-request></inbound></policies>',
            [],
        ),
    ],
)
def test_inherited_policies_that_will_be_skipped_are_named(inherited: str, skipped: list[str]) -> None:
    messages = [finding.message for finding in validate(policies.Handshake(), inherited=[inherited])]
    assert [message.split("<")[1].split(">")[0] for message in messages] == skipped
