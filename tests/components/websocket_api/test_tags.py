"""The tags of an API: put on it, taken off, put back, and gone with it; the service's tags stay whatever happens."""

import pytest

from pulumi_workspace365_components.websocket_api.api_associations import link_id
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

PROGRAM = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
made = [am.Tag(f"tag {name}", **there, tag_id=name, display_name=name.title()) for name in MADE]
for name in APIS:
    WebSocketApi(
        name,
        WebSocketApiArgs(**GIVEN | {"path": name}, handshake=policies.Handshake(), tags=TAGS),
        pulumi.ResourceOptions(depends_on=made),
    )
"""
THREE = ("chat", "partners", "beta")


def tagged(*names: str, made: tuple[str, ...] = THREE, apis: tuple[str, ...] = ("chat",)) -> str:
    return f"TAGS, MADE, APIS = {list(names)!r}, {list(made)!r}, {list(apis)!r}\n{PROGRAM}"


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_tags_come_stay_change_are_put_back_and_go_with_the_api(here: World) -> None:
    here.up(tagged("chat", "partners"))
    assert here.deployed("tags/chat/apiLinks/chat--chat") == {"apiId": here.id("apis/chat")}
    assert here.deployed("apis/chat/tags/partners")["displayName"] == "Partners"
    assert here.up().changes == {"same": 9}

    here.cloud.management.clear_requests()
    assert here.up(tagged("partners", "beta")).changes == {"same": 8, "create": 1, "delete": 1}
    assert sorted(here.changes()) == ["DELETE tags/apiLinks", "PUT tags/apiLinks"]
    assert [here.exists(f"apis/chat/tags/{name}") for name in THREE] == [False, True, True]
    assert [here.exists(f"tags/{name}") for name in THREE] == [True, True, True]

    here.cloud.management.delete(here.id("apis/chat/tags/beta"))  # as a person detaches a tag
    refreshed = here.run("refresh")
    assert [step.urn.rpartition("::")[2] for step in refreshed.account.done if step.gone] == ["chat-tag-beta"]
    assert here.up().changes == {"same": 8, "create": 1}
    assert here.exists("apis/chat/tags/beta")

    here.cloud.management.delete(here.id("apis/chat"))
    here.run("refresh")
    assert here.up().changes == {"same": 5, "create": 4}
    assert [here.exists(f"apis/chat/tags/{name}") for name in THREE] == [False, True, True]

    here.cloud.management.clear_requests()
    here.run("destroy")
    assert "DELETE tags/apiLinks" not in here.changes()
    assert [here.exists(tail) for tail in ("apis/chat", "apis/chat/tags/beta", "tags/beta")] == [False] * 3


@pytest.mark.slow
def test_two_apis_have_one_tag_and_each_lets_go_of_its_own(here: World) -> None:
    here.up(tagged("chat", "beta", apis=("chat", "talk")))
    assert here.up(tagged("beta", apis=("chat", "talk"))).changes == {"same": 12, "delete": 2}
    here.cloud.management.clear_requests()
    here.up(tagged("beta", apis=("talk",)))
    assert here.changes() == ["DELETE apis"]
    assert here.deployed("tags/beta/apiLinks/beta--talk") == {"apiId": here.id("apis/talk")}
    assert [here.exists(f"tags/{name}") for name in THREE] == [True, True, True]


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_names_may_be_long_and_have_any_letter_that_the_service_takes(here: World) -> None:
    names = ("with blank", "Größe, 日本; (x)=@!~'", "t" * 80, "a--b-", "c.d_e")
    apis = ("x" * 256, "chat")
    here.up(tagged(*names, made=names, apis=apis))
    assert here.up().changes == {"same": 1 + len(names) + len(apis) * (3 + len(names))}
    for api in apis:
        assert [here.exists(f"apis/{api}/tags/{name}") for name in names] == [True] * len(names)
    here.cloud.management.clear_requests()
    here.up(tagged(made=names, apis=apis))
    assert here.changes() == ["DELETE tags/apiLinks"] * 2 * len(names)
    assert [here.exists(f"tags/{name}") for name in names] == [True] * len(names)


def test_ids_of_links_are_short_and_no_two_pairs_have_one() -> None:
    names = ["a", "a-", "-a", "a-b", "a--b", "b", "b--c", "c", "-", "--", "---", "a b", "a.b", "ä", "A", "x" * 80, "x" * 79 + "y"]
    names += [name * 3 for name in names]
    ids = {(group, api): link_id(group, api) for group in names for api in names}
    assert len(set(ids.values())) == len(ids)
    assert all(1 <= len(made) <= 80 for made in ids.values())
    assert all(made.isascii() and not set(made) & set("*#&+:<>?/% ") for made in ids.values())
    assert ids["a", "b"] == "a--b"
    assert link_id("x" * 80, "chat") == f"{'x' * 53}---ac81364c7da4fad8c064a801"


def test_a_tag_that_the_service_does_not_have_is_told(here: World) -> None:
    result = here.up(tagged("nowhere", made=()), code=1)
    assert any("Tag not found" in problem for problem in result.problems)
