"""From a typed policy to a WebSocket through the gateway."""

import pytest

from pulumi_workspace365_components import policies
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

GUARDED = """
handshake = policies.combine(
    policies.ready.allowed_origins("https://app.example.com"),
    policies.ready.jwt(openid_config=OPENID, audiences=["chat"], query="access_token"),
    policies.Handshake(inbound=[policies.rate_limit_by_key(calls=20, renewal_period=60, counter_key="all")]),
)
"""


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_handshake_proves_itself(here: World) -> None:
    names: dict[str, object] = {"policies": policies, "OPENID": here.cloud.openid_config}
    exec(GUARDED, names)
    handshake = names["handshake"]
    assert isinstance(handshake, policies.Handshake)
    result = here.up(
        f"OPENID = {here.cloud.openid_config!r}\n{GUARDED}\n"
        'api = WebSocketApi("chat", WebSocketApiArgs(**GIVEN, handshake=handshake, sku="Developer"))\n'
        'pulumi.export("url", api.websocket_url)'
    )
    assert result.outputs["url"] == f"{here.cloud.websocket_url}/chat"
    client = policies.Client(token=here.cloud.management.token(aud="chat"), subscription_key=here.key())
    probes = handshake.probes(client)
    assert {probe.expected_status for probe in probes} == {101, 401, 403, 429}
    assert {probe.name: here.attempt(probe) for probe in probes} == {probe.name: probe.expected_status for probe in probes}
    assert here.attempt(probes[0], path="nobody") == 404
