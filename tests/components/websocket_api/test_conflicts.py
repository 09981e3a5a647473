"""An API whose id is taken, and APIs that want each other's paths, are told in one sentence, before anything is sent for them."""

from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.azure import faults
from pulumi_workspace365_sandbox.runner.deployment import Result
from tests.components.websocket_api import programs, world
from tests.components.websocket_api.world import World

TAKEN = "WebSocketApi 'chat': the service {service} already has an API 'chat'"
SEVERAL = """
for name, path in {paths!r}.items():
    WebSocketApi(name, WebSocketApiArgs(**{{**GIVEN, "path": path}}, subscription_required=False, handshake=policies.Handshake()))
"""
ORDERED = """
old = WebSocketApi("old", WebSocketApiArgs(**{**GIVEN, "path": "moved"}, handshake=policies.Handshake()))
path = old.api_id.apply(lambda _: "chat")
WebSocketApi("new", WebSocketApiArgs(**{**GIVEN, "path": path}, handshake=policies.Handshake()))
"""


def several(**paths: str) -> str:
    return SEVERAL.format(paths=paths)


def told(result: Result) -> str:
    return " ".join([*(item.message for item in result.account.diagnostics), *result.problems])


def paths(here: World, *names: str) -> list[str]:
    return [here.deployed(f"apis/{name}")["path"] for name in names]


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_an_api_that_exists_is_told_at_preview_and_refused_with_the_way_to_take_it_over(here: World, tmp_path: Path) -> None:
    here.another(tmp_path / "other").up(programs.OPEN)
    here.cloud.management.clear_requests()
    taken = TAKEN.format(service=here.cloud.service_name)
    assert f"{taken}, so `pulumi up` will fail unless it deletes that API first" in told(here.preview(programs.OPEN))
    refused = told(here.up(code=1))
    assert f"{taken}, so it cannot be created: set import_existing=True to import it (docs/websocket-api.md" in refused
    assert here.changes() == []


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_new_api_is_looked_for_and_a_known_one_is_not(here: World) -> None:
    assert "already has" not in told(here.preview(programs.OPEN))
    here.up()
    here.cloud.management.clear_requests()
    here.preview()
    here.up()
    looks = [request.operation for request in here.cloud.management.requests() if request.operation == "GET apis"]
    assert looks == ["GET apis"] * 2  # those of the refresh that comes with each of the two


def test_an_api_that_cannot_be_looked_for_is_created(here: World) -> None:
    here.cloud.management.inject(faults.Status(operation="GET apis", status=403, times=1))
    here.up(programs.OPEN)
    assert here.exists("apis/chat")


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_replacement_under_the_same_id_is_no_conflict(here: World) -> None:
    here.up(programs.OPEN)
    api = "urn:pulumi:dev::chat::workspace365:index:WebSocketApi$azure-native:apimanagement:Api::chat"
    here.cloud.management.clear_requests()
    here.command("up", "--replace", api)
    assert here.changes()[:2] == ["DELETE apis", "PUT apis"]


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
@pytest.mark.parametrize("names", [("a", "b"), pytest.param(("a", "b", "c"), marks=pytest.mark.slow)])
def test_apis_that_take_each_others_paths_are_refused_at_preview(here: World, names: tuple[str, ...]) -> None:
    before = dict(zip(names, names, strict=True))
    around = dict(zip(names, (*names[1:], names[0]), strict=True))
    here.up(several(**before))
    here.cloud.management.clear_requests()
    refused = told(here.preview(several(**around), code=1))
    assert "exchange their paths in this run, but the service never lets two APIs have the same path" in refused
    assert all(repr(name) in refused for name in names)
    assert here.changes() == []
    free = before | {names[0]: "aside"}
    here.up(several(**free))
    for name in reversed(names):
        free[name] = around[name]
        here.up(several(**free))
    assert paths(here, *names) == list(around.values())


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_path_that_is_left_and_taken_in_one_run_is_told_and_may_be_put_in_order(here: World) -> None:
    here.up(several(old="chat"))
    warned = told(here.preview(several(old="moved", new="chat")))
    assert "WebSocketApi 'new': it takes the path 'chat' from 'old', which leaves it in the same run" in warned
    assert "leaves it" not in told(here.preview(ORDERED))
    here.up()
    assert paths(here, "old", "new") == ["moved", "chat"]
