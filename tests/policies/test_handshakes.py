"""What every client has to pass in an onHandshake policy."""

import pytest

from pulumi_workspace365_components import policies
from pulumi_workspace365_policies import handshakes
from pulumi_workspace365_policies.handshakes import Requirements

JWT = "<validate-jwt header-name='Authorization' />"
REFUSE = "<return-response><set-status code='403' /></return-response>"
ORIGIN = "<check-header name='Origin'><value>https://app.example.com</value></check-header>"


def required(inbound: str, **fragments: str) -> Requirements:
    return handshakes.requirements(
        f"<policies><inbound><base />{inbound}</inbound><backend><base /></backend></policies>", fragments
    )


def when(condition: str, *content: str) -> str:
    return f"<when condition='{condition}'>{''.join(content)}</when>"


def choose(*branches: str) -> str:
    return f"<choose>{''.join(branches)}</choose>"


def otherwise(*content: str) -> str:
    return f"<otherwise>{''.join(content)}</otherwise>"


@pytest.mark.parametrize(
    ("inbound", "found"),
    [
        ("", False),
        (JWT, True),
        (f"<limit-concurrency key='a' max-count='1'>{JWT}</limit-concurrency>", True),
        (choose(when("@(true)", JWT)), False),
        (choose(when("@(true)", JWT), otherwise(JWT)), True),
        (choose(when("@(true)", JWT), otherwise("<trace source='a' />")), False),
        (choose(when("@(true)", JWT), otherwise(REFUSE)), True),
        (choose(when("@(true)", JWT), when("@(false)"), otherwise(REFUSE)), False),
        (choose(when("@(true)", choose(when("@(true)", JWT), otherwise(JWT))), otherwise(JWT)), True),
    ],
)
def test_a_statement_counts_where_every_client_passes_it(inbound: str, found: bool) -> None:
    assert ("validate-jwt" in required(inbound).statements) is found


def test_a_statement_of_another_section_does_not_count() -> None:
    text = f"<policies><inbound><base /></inbound><backend>{JWT}</backend></policies>"
    assert "validate-jwt" not in handshakes.requirements(text, {}).statements
    assert handshakes.requirements("<policies />", {}).statements == frozenset()


@pytest.mark.parametrize(
    ("inbound", "found"),
    [
        (ORIGIN, True),
        ("<check-header name='Host' />", False),
        (choose(when('@(context.Request.Headers.GetValueOrDefault("Origin","") != "https://a.example")', REFUSE)), True),
        (
            choose(when('@(context.Request.Headers.GetValueOrDefault("Origin","") == "https://a.example")'), otherwise(REFUSE)),
            True,
        ),
        (choose(when('@(context.Request.Headers.GetValueOrDefault("Origin","") == "")', "<trace source='a' />")), False),
        (choose(when('@(context.Request.Headers.GetValueOrDefault("Host","") == "")', REFUSE)), False),
        ("<set-header name='Origin'><value>x</value></set-header>", False),
    ],
)
def test_a_rule_about_origin_is_one_that_can_refuse(inbound: str, found: bool) -> None:
    assert (handshakes.ORIGIN in required(inbound).statements) is found


def test_a_fragment_is_read_where_its_text_is_known() -> None:
    include = "<include-fragment fragment-id='company' />"
    assert required(include, company=f"<fragment>{JWT}</fragment>").statements >= {"validate-jwt"}
    assert required(include) == Requirements(frozenset({"base"}), complete=False)
    assert not required(choose(when("@(true)", include), otherwise(JWT))).complete


def test_fragments_that_include_each_other_end() -> None:
    mutual = {
        "a": "<fragment><include-fragment fragment-id='b' /></fragment>",
        "b": "<fragment><include-fragment fragment-id='a' /></fragment>",
    }
    assert not required("<include-fragment fragment-id='a' />", **mutual).complete


def test_what_is_no_xml_is_told() -> None:
    with pytest.raises(handshakes.Unreadable):
        handshakes.requirements('<policies><inbound><when condition="@("a" == "b")" />', {})


def test_what_the_product_builds_is_understood() -> None:
    built = policies.combine(
        policies.ready.allowed_origins("https://app.example.com"),
        policies.ready.jwt(openid_config="https://login.example.com/.well-known/openid-configuration", audiences=["chat"]),
    )
    assert handshakes.requirements(built.xml(), {}).statements >= {"validate-jwt", handshakes.ORIGIN}
