"""The page about WebSocket APIs: its programs run, its file is one that the stack reads."""

import yaml

from pulumi_workspace365_components import HandshakeArgs
from pulumi_workspace365_components.stack_files.websocket_apis import WebSocketFile
from tests.components.websocket_api.world import World
from tests.docs import pages

BLOCKS = list(pages.blocks(pages.ROOT / "docs/websocket-api.md"))
THERE = """
from pulumi_azure_native import apimanagement as am
given = dict(resource_group_name="RESOURCE_GROUP", service_name="SERVICE")
partners = am.Product("partners", **given, product_id="partners", display_name="Partners")
"""


def test_the_pages_programs_run_together(here: World) -> None:
    program = THERE + "\n".join(block.text for block in BLOCKS if block.kind == "websocket")
    names = {"RESOURCE_GROUP": here.cloud.resource_group_name, "SERVICE": here.cloud.service_name}
    names |= {"platform": names["RESOURCE_GROUP"], "contoso-apim": names["SERVICE"], "StandardV2": "Developer"}
    for name, value in names.items():
        program = program.replace(name, value)
    program = program.replace('products=["partners"]', "products=[partners.name]")
    assert here.up(program).outputs["url"] == f"{here.cloud.websocket_url}/chat"
    assert here.deployed("products/partners/apiLinks/partners--chat")["apiId"] == here.id("apis/chat")


def test_the_pages_file_is_one_that_the_stack_reads() -> None:
    [block] = [block for block in BLOCKS if block.language == "yaml"]
    args = WebSocketFile.model_validate(yaml.safe_load(block.text)).component_args()
    assert (args.path, args.products, args.sku) == ("chat", ("partners",), "StandardV2")
    assert isinstance(args.handshake, HandshakeArgs)
    assert [node.name for node in args.handshake.built().inbound] == ["base", "check-header", "validate-jwt", "rate-limit-by-key"]
