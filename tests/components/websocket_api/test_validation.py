"""An `up` is green only when the gateway reaches the backend and the handshakes are answered as the policy says."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from pulumi_workspace365_components.websocket_api import validation
from tests import ports
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

POLICY = "apis/chat/operations/onHandshake/policies/policy"

GATED = """
WebSocketApi(
    "chat",
    WebSocketApiArgs(
        **GIVEN | dict(service_url="ws://127.0.0.1:PORT"),
        handshake=policies.Handshake(),
        subscription_required=False,
        validation=ValidationArgs(regions=REGIONS, probes=False),
    ),
)
"""
PROVEN = """
handshake = policies.combine(
    policies.ready.jwt(openid_config=OPENID, audiences=["chat"], query="access_token", ENDS),
    policies.Handshake(inbound=[policies.rate_limit_by_key(calls=50, renewal_period=60, counter_key="all")]),
)
WebSocketApi(
    "chat",
    WebSocketApiArgs(
        **GIVEN,
        handshake=handshake,
        probe_subscription=True,
        validation=ValidationArgs(regions=[], token=TOKEN, settle=SETTLE),
    ),
)
"""


def gated(port: int, regions: object = ("westeurope",)) -> str:
    return GATED.replace("PORT", str(port)).replace("REGIONS", repr(regions))


@contextmanager
def listening(port: int) -> Iterator[None]:
    with closing(socket.create_server(("127.0.0.1", port))):
        yield


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_an_up_stays_red_until_the_gateway_reaches_the_backend(here: World) -> None:
    port = ports.free()
    for _ in range(2):
        refused = here.up(gated(port), code=1)
        told = " ".join(item.message for item in refused.account.diagnostics)
        assert f"127.0.0.1:{port}" in told
        assert f"listens on port {port}" in told
        assert not here.exists("apis/chat")
    with listening(port):
        here.up()
        assert here.exists("apis/chat")
        assert set(here.up().changes) == {"same"}


@pytest.mark.slow
def test_an_api_is_not_switched_to_a_backend_that_is_not_reached(here: World) -> None:
    old, new = ports.free(), ports.free()
    with listening(old):
        here.up(gated(old, None))  # the regions are those that the service has
    here.up(gated(new, None), code=1)
    assert here.deployed("apis/chat")["serviceUrl"] == f"ws://127.0.0.1:{old}"
    with listening(new):
        here.up()
    assert here.deployed("apis/chat")["serviceUrl"] == f"ws://127.0.0.1:{new}"


def test_a_preview_of_a_gate_needs_neither_key_nor_network(here: World) -> None:
    for name in [name for name in here.environment if name.startswith(("ARM_", "AZURE_"))]:
        del here.environment[name]
    previewed = here.preview(
        gated(ports.free())
        .replace("probes=False", 'probes=False), gateway_url="https://gateway.example.com"', 1)
        .replace("),\n    ),", ",\n    ),")
    )
    assert previewed.changes["create"] == 5


def proven(here: World, *, settle: float = 20, ends: str = "", audience: str = "chat") -> str:
    given = {"OPENID": here.cloud.openid_config, "TOKEN": here.cloud.management.token(aud=audience), "SETTLE": settle}
    lines = [f"{name} = {value!r}" for name, value in given.items()]
    return "\n".join([*lines, PROVEN.replace("ENDS", ends)])


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_the_handshakes_of_a_policy_are_tried_once_it_is_deployed(here: World) -> None:
    result = here.up(proven(here))
    assert "5 of 5 checks passed" in " ".join(item.message for item in result.account.diagnostics)
    tried = [log.response_code for log in here.cloud.management.gateway_logs()]
    assert sorted(tried) == [101, 401, 401, 401, 401]


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_handshake_that_is_answered_wrongly_fails_the_up_and_the_message_says_how_to_make_that_last(here: World) -> None:
    refused = here.up(proven(here, settle=0, audience="another"), code=1)
    told = " ".join(item.message for item in refused.account.diagnostics)
    assert "chat, a good client: wss://" in told
    assert "answers the handshake with 401, not 101" in told
    assert "run `w365 check` in CI" in told
    assert here.key("chat-probe") not in told
    assert here.exists(POLICY)
    assert here.preview().exit_code == 0


def test_probes_without_a_key_are_refused_before_anything_is_sent(here: World) -> None:
    refused = here.preview(proven(here).replace("probe_subscription=True,", ""), code=1)
    assert "set probe_subscription" in " ".join([*refused.problems, refused.stderr, refused.stdout])


def test_with_w365_checks_warn_a_failed_probe_is_told_and_passes(here: World) -> None:
    here.environment["W365_CHECKS"] = "warn"
    result = here.up(proven(here, settle=0, audience="another"))
    assert "lets it pass" in " ".join(item.message for item in result.account.diagnostics)


@pytest.mark.parametrize(
    ("backend", "place"),
    [
        ("wss://chat.example.com/a/b", ("chat.example.com", 443)),
        ("ws://chat.example.com", ("chat.example.com", 80)),
        ("wss://chat.example.com:8443/", ("chat.example.com", 8443)),
        ("https://chat.example.com", ("chat.example.com", 443)),
        ("chat.example.com:9000", ("chat.example.com", 9000)),
        ("wss://[2001:db8::1]:1/", ("2001:db8::1", 1)),
    ],
)
def test_a_backend_is_checked_on_the_port_on_which_it_is_used(backend: str, place: tuple[str, int]) -> None:
    assert (validation._host(backend), validation._port(backend)) == place
