"""What stops a run, when, and what is then at the service: nothing."""

import json

import pytest

from tests.components.websocket_api import programs, world
from tests.components.websocket_api.world import World

CORS = "<policies><inbound><cors /></inbound></policies>"
LATER = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
product = am.Product("host", **there, product_id="Host", display_name="Host")
WebSocketApi("chat", WebSocketApiArgs(**GIVEN, handshake=policies.Handshake(inbound=[policies.set_header(product.name, "x")])))
"""


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_policy_that_the_service_would_refuse_stops_the_preview(here: World) -> None:
    stopped = here.preview(programs.written(CORS), code=1)
    assert "unsupported-policy at inbound/cors: " in stopped.problems[0]
    assert "Traceback" not in stopped.stdout + stopped.stderr
    assert here.cloud.management.requests() == []


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_value_that_is_known_late_is_judged_before_the_api_is_open(here: World) -> None:
    assert here.preview(LATER).changes["create"] == 5
    stopped = here.up(code=1)
    assert any("protected-header at inbound/set-header" in problem for problem in stopped.problems)
    assert "Traceback" not in json.dumps(stopped.problems)
    assert here.changes() == ["PUT products"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("tags=[pulumi.Output.from_input('..')]", "WebSocketApi 'chat': tags: a name has 1 to 80 characters"),
        ("products=[pulumi.Output.from_input('a/b')]", "WebSocketApi 'chat': products: it is a name, or an ARM id"),
        ("api_id=pulumi.Output.from_input('..')", "WebSocketApi 'chat': api_id: a name has 1 to 256 characters"),
    ],
)
def test_a_name_that_leads_to_another_path_stops_the_preview(here: World, arguments: str, says: str) -> None:
    [problem] = here.preview(programs.OPEN.replace("**GIVEN", f"**GIVEN, {arguments}"), code=1).problems
    assert says in problem
    assert here.up(code=1).problems == [problem]
    assert not [call for call in here.changes() if call not in {"PUT apis", "PUT apis/operations/policies"}]


def test_an_id_that_is_too_long_for_what_belongs_to_the_api_stops_the_preview(here: World) -> None:
    for length, code in ((80, 0), (81, 1)):
        arguments = f"api_id=pulumi.Output.from_input('a' * {length}), diagnostics=DiagnosticsArgs()"
        stopped = here.preview(programs.OPEN.replace("**GIVEN", f"**GIVEN, {arguments}"), code=code)
    assert stopped.problems == [
        "WebSocketApi 'chat': api_id: it is too long by 1 for an API with diagnostics: at most 80 characters."
    ]


def test_advice_is_told_once_and_stops_nothing(here: World) -> None:
    jwt = f"policies.ready.jwt(openid_config={here.cloud.openid_config!r}, audiences=['chat'], query='token')"
    told = here.up(f"WebSocketApi('chat', WebSocketApiArgs(**GIVEN, handshake={jwt}))").account.diagnostics
    assert [str(item).split(":")[1].split(" at ")[0].strip() for item in told] == ["token-in-query", "origin-check"]


def test_what_the_service_refuses_is_told_in_its_words(here: World) -> None:
    here.up(programs.written("<policies />"))
    twin = "\nWebSocketApi('twin', WebSocketApiArgs(**GIVEN, subscription_required=False))"
    stopped = here.up(programs.written("<policies />") + twin, code=1)
    assert "Cannot create an API with the same Path" in " ".join(stopped.problems)
