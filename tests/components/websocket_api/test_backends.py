"""A backend of the handshake: deployed before the policy, with credentials that reach the backend and no state."""

from typing import Any

import pulumi
import pytest

from pulumi_workspace365_components import HandshakeArgs, policies
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

PROGRAM = """
key = policies.NamedValue("key", "sesame-street")
main = policies.Backend(
    "main", GIVEN["service_url"] + "/rooms", headers={"X-Key": policies.named_value(key), "X-Site": pulumi.Output.secret("north-gate")},
    query={"version": "VERSION"},
)
handshake = policies.Handshake(
    inbound=[policies.set_backend_service(backend_id=main)], named_values=[key], backends=[main]
)
given = GIVEN | {"service_url": "wss://set-by-policy.invalid", "api_id": "chat.v1"}
WebSocketApi("chat", WebSocketApiArgs(**given, subscription_required=False, handshake=handshake))
"""
WITHOUT = """
given = GIVEN | {"api_id": "chat.v1"}
WebSocketApi("chat", WebSocketApiArgs(**given, subscription_required=False, handshake=policies.Handshake()))
"""
BACKEND = "backends/chat-v1-main"


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_backend_lives_with_the_policy_that_leads_to_it(here: World) -> None:
    assert here.preview(PROGRAM.replace("VERSION", "1")).changes["create"] == 6
    here.up()
    made = here.changes()
    assert made == ["PUT namedValues", "PUT backends", "PUT apis", "PUT apis/operations/policies"]
    deployed = here.deployed(BACKEND)
    assert deployed["protocol"] == "http"
    assert deployed["credentials"] == {
        "header": {"X-Key": ["{{chat-v1-key}}"], "X-Site": ["north-gate"]},
        "query": {"version": ["1"]},
    }
    assert not [secret for secret in ("sesame-street", "north-gate") if secret in here.state()]
    with here.connected(headers={"X-Key": "the client's"}):
        pass
    request = here.cloud.management.backend_requests()[-1]
    assert request.path.startswith("/rooms")
    assert {name: request.headers[name] for name in ("x-key", "x-site")} == {"x-key": "sesame-street", "x-site": "north-gate"}
    assert "version=1" in request.query

    here.cloud.management.clear_requests()
    assert here.up().changes == {"same": 6}
    assert here.up(PROGRAM.replace("VERSION", "2")).changes == {"same": 5, "update": 1}
    assert here.changes() == ["PUT backends"]
    here.cloud.management.change(here.id(BACKEND), url="wss://elsewhere.example.com")
    here.run("refresh")
    here.up()
    assert here.deployed(BACKEND)["url"].endswith("/rooms")
    assert not [secret for secret in ("sesame-street", "north-gate") if secret in here.state()]

    here.cloud.management.clear_requests()
    here.up(WITHOUT)
    gone = here.changes()
    assert gone.index("PUT apis/operations/policies") < gone.index("DELETE backends")


def test_expressions_name_backends_too() -> None:
    chosen = '@(context.Region == "North" ? "north" : "shared")'
    document = f"<policies><inbound><set-backend-service backend-id='{chosen}' /></inbound></policies>"
    north = policies.Backend("north", "wss://north.example.com")
    handshake = policies.Handshake.parse(document, backends=[north])
    assert policies.rules.validate(handshake) == policies.rules.validate(policies.Handshake.parse(document))
    assert '"chat-north" : "shared"' in handshake.prefixed("chat-").rawxml()
    assert handshake.prefixed("chat-").backends == (policies.Backend("chat-north", "wss://north.example.com"),)


def test_handshakes_are_joined_with_their_backends() -> None:
    one, other = (
        policies.Backend("one", "wss://a.example.com", headers={"X": "y"}),
        policies.Backend("other", "wss://b.example.com"),
    )
    joined = policies.combine(policies.Handshake(backends=[one]), policies.Handshake(backends=[one, other]))
    assert joined.backends == (one, other)
    with pytest.raises(policies.PolicyError, match="more than one backend called one"):
        policies.combine(joined, policies.Handshake(backends=[policies.Backend("one", "wss://c.example.com")]))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "https://a.example.com"}, "its url begins with ws:// or wss://"),
        ({"url": "wss://"}, "and has a host"),
        ({"name": "a b"}, "'a b' cannot name a backend"),
    ],
)
def test_a_wrong_backend_is_told(given: dict[str, Any], said: str) -> None:
    with pytest.raises(policies.PolicyError, match=said):
        policies.Backend(**{"name": "main", "url": "wss://a.example.com"} | given)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pool", "a WebSocket session cannot be distributed"),
        ("circuit_breaker", "the service's documentation does not say that circuit breakers consider handshakes"),
        ("tls", "the service always checks the certificate of a wss backend"),
    ],
)
def test_what_is_not_known_to_act_on_handshakes_is_refused_with_the_reason(name: str, reason: str) -> None:
    backend: dict[str, Any] = {"name": "main", "url": "wss://a.example.com", name: {}}
    with pytest.raises(pulumi.RunError, match=f"backends.0: {name}: backends of a WebSocketApi do not support it: {reason}"):
        HandshakeArgs(backends=[backend])


def test_credentials_are_shown_nowhere() -> None:
    built = HandshakeArgs(
        xml='<policies><inbound><set-backend-service backend-id="main" /></inbound></policies>',
        backends=[
            {"name": "main", "url": "wss://a.example.com", "headers": {"X": "hunter2"}, "query": {"y": pulumi.Output.secret("z")}}
        ],
    )
    assert "hunter2" not in repr(built) + repr(built.built())
