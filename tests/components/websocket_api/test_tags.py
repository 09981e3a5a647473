"""The tags of an API: put on it, taken off, put back, and gone with it."""

import pytest

from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

PROGRAM = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
made = {name: am.Tag(name, **there, tag_id=name, display_name=name.title()) for name in ("chat", "partners", "beta")}
args = WebSocketApiArgs(**GIVEN, handshake=policies.Handshake(), tags=TAGS)
WebSocketApi("chat", args, pulumi.ResourceOptions(depends_on=list(made.values())))
"""


def tagged(*names: str) -> str:
    return f"TAGS = {list(names)!r}\n{PROGRAM}"


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_tags_come_stay_change_are_put_back_and_go_with_the_api(here: World) -> None:
    here.up(tagged("chat", "partners"))
    assert here.exists("apis/chat/tags/chat")
    assert here.deployed("apis/chat/tags/partners")["displayName"] == "Partners"
    assert here.up().changes == {"same": 9}

    here.cloud.management.clear_requests()
    assert here.up(tagged("partners", "beta")).changes == {"same": 8, "create": 1, "delete": 1}
    assert sorted(here.changes()) == ["DELETE apis/tags", "PUT apis/tags"]
    assert [here.exists(f"apis/chat/tags/{name}") for name in ("chat", "partners", "beta")] == [False, True, True]

    here.cloud.management.delete(here.id("apis/chat/tags/beta"))
    here.run("refresh")
    assert here.up().changes == {"same": 8, "create": 1}
    assert here.exists("apis/chat/tags/beta")

    here.cloud.management.clear_requests()
    here.run("destroy")
    assert "DELETE apis/tags" not in here.changes()
    assert [here.exists(tail) for tail in ("apis/chat", "apis/chat/tags/beta", "tags/beta")] == [False] * 3


def test_a_tag_that_the_service_does_not_have_is_told(here: World) -> None:
    result = here.up(PROGRAM.replace("=TAGS", "=['nowhere']"), code=1)
    assert any("Tag not found" in problem for problem in result.problems)
