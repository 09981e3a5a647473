"""What an earlier version left in the state is taken on without harm, as the page about upgrades says."""

import pytest

from tests.components.websocket_api import world
from tests.components.websocket_api.world import World
from tests.docs import pages

PROGRAM = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
made = [
    am.Tag("beta", **there, tag_id="beta", display_name="Beta"),
    am.Product("partners", **there, product_id="partners", display_name="Partners"),
]
args = WebSocketApiArgs(**GIVEN, handshake=policies.Handshake(), tags=TAGS, products=["partners"])
WebSocketApi("chat", args, pulumi.ResourceOptions(depends_on=made))
"""
EARLIER = """
from pulumi_azure_native import apimanagement
from pulumi_workspace365_components.websocket_api import api_associations


def tag_by_api(self, label, given, opts):
    return apimanagement.TagByApi(f"{self.name}-{label}", tag_id=given, api_id=self.api.name, **self._service, opts=opts)


api_associations.ApiAssociations._tag = tag_by_api
api_associations.link_id = lambda group, api: api
"""
[COMMAND] = [block.text for block in pages.blocks(pages.ROOT / "docs/upgrading.md") if block.kind == "tags"]


def program(*tags: str) -> str:
    return f"TAGS = {list(tags)!r}\n{PROGRAM}"


def earlier(*tags: str) -> str:
    """The program with the resources of an earlier version."""
    return EARLIER + program(*tags)


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_tag_by_api_that_is_removed_takes_the_services_tag_along(here: World) -> None:
    here.up(earlier("beta"))
    here.cloud.management.clear_requests()
    here.up(earlier())
    assert here.changes() == ["DELETE tags"]
    assert not here.exists("tags/beta")


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_tag_stays_when_the_page_is_followed_and_a_product_offers_the_api_again(here: World) -> None:
    here.up(earlier("beta"))
    program_name, *arguments, urn = COMMAND.replace("production::workspace365::", "dev::chat::").split()
    assert [program_name, *arguments] == ["pulumi", "state", "delete"]
    assert urn.strip("'") == here.urn("chat-tag-beta")
    here.forget(urn.strip("'"))
    here.cloud.management.clear_requests()
    assert here.up(program("beta")).changes == {"same": 6, "create": 1, "replace": 1}
    links = [call for call in here.changes() if "products" in call]
    assert links == ["DELETE products/apiLinks", "PUT products/apiLinks"]
    assert sorted({*here.changes()} - {*links}) == ["PUT tags/apiLinks"]
    assert here.deployed("products/partners/apiLinks/partners--chat") == {"apiId": here.id("apis/chat")}
    assert here.deployed("apis/chat/tags/beta")["displayName"] == "Beta"
    assert here.up().changes == {"same": 8}
