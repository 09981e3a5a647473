"""The ready-made handshakes: no rule has an objection, and wrong use gets a sentence."""

from collections.abc import Callable

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies

ready = policies.ready
OPENID = "https://login.example.com/.well-known/openid-configuration"
KEY = ready.SubscriptionKey(header="api-key", query="api-key")


@pytest.mark.parametrize(
    "handshake",
    [
        ready.jwt(openid_config=OPENID, audiences=["chat"]),
        ready.jwt(openid_config=OPENID, audiences=["chat"], header="X-Token", forward_token=False),
        ready.jwt(issuer_signing_keys=[policies.key(n="a", e="AQAB")], audiences=["chat"], issuers=["me"]),
        ready.allowed_origins("https://a.example.com", "http://localhost:3000", "{{origin}}"),
        ready.managed_identity("https://cognitiveservices.azure.com", backend_url="wss://a.example.com/openai"),
        ready.managed_identity("api://chat", backend_id="chat", client_id="{{identity}}"),
        KEY.handshake(),
        policies.combine(
            ready.allowed_origins("https://a.example.com"),
            ready.jwt(openid_config=OPENID, audiences=["chat"], forward_token=False),
            KEY.handshake(),
            ready.managed_identity("api://chat", backend_url="wss://a.example.com"),
        ),
    ],
)
def test_no_rule_objects(handshake: policies.Handshake) -> None:
    findings = policies.rules.validate(handshake, sku="StandardV2", service_url="wss://a.example.com", browsers=False)
    assert {finding.rule for finding in findings} <= {"named-value-missing"}


def test_a_query_token_is_advised_on_and_removed_on_request() -> None:
    handshake = ready.jwt(openid_config=OPENID, audiences=["chat"], query="access_token", forward_token=False)
    assert handshake.inbound[-1] == policies.set_query_parameter("access_token", exists_action="delete")
    assert {finding.rule for finding in policies.rules.validate(handshake)} == {"token-in-query", "origin-check"}


def test_the_bearer_scheme_is_asked_for_in_authorization_only() -> None:
    schemes = [
        ready.jwt(openid_config=OPENID, audiences=["a"], header=header).inbound[1].get("require-scheme")
        for header in ("Authorization", "authorization", "X-Token")
    ]
    assert schemes == ["Bearer", "Bearer", None]


def test_the_managed_identity_signs_after_the_clients_credentials_are_gone() -> None:
    names = [item.name for item in ready.managed_identity("api://chat", backend_url="wss://a.example.com").inbound]
    assert names == [
        "base",
        "set-header",
        "set-header",
        "set-query-parameter",
        "authentication-managed-identity",
        "set-backend-service",
    ]


def test_a_renamed_subscription_key_tells_what_the_api_must_say() -> None:
    assert KEY.names == {"header": "api-key", "query": "api-key"}
    assert KEY.handshake().inbound[1:] == (
        policies.set_header("api-key", exists_action="delete"),
        policies.set_query_parameter("api-key", exists_action="delete"),
    )


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: ready.jwt(openid_config=OPENID, audiences=["a"], header="A", query="b"), "give header or query"),
        (lambda: ready.jwt(openid_config=OPENID, audiences=[]), "give the audiences"),
        (lambda: ready.jwt(audiences=["a"]), "give openid_config or issuer_signing_keys"),
        (ready.allowed_origins, "at least one origin"),
        (lambda: ready.allowed_origins("*"), "'\\*' is no origin"),
        (lambda: ready.allowed_origins("https://a.example.com/"), "not of the form"),
        (lambda: ready.allowed_origins("a.example.com"), "not of the form"),
        (lambda: ready.managed_identity("a", backend_url="wss://a.example.com", backend_id="b"), "backend_url or backend_id"),
    ],
)
def test_wrong_use_gets_a_sentence(use: Callable[[], object], message: str) -> None:
    with pytest.raises(policies.PolicyError, match=message):
        use()
