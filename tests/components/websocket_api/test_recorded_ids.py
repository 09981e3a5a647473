"""What the service answers as the id of a resource is what would be deleted later: an id that is another's ends the run."""

import pytest

from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

PROGRAM = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
made = [
    am.Tag("beta", **there, tag_id="beta", display_name="Beta"),
    am.Product("partners", **there, product_id="partners", display_name="Partners"),
    am.Gateway("edge", **there, gateway_id="edge"),
]
key = policies.NamedValue("key", "open")
fragment = policies.Fragment("mark", [policies.set_header("X-Marked", "yes")])
handshake = policies.Handshake(
    inbound=[policies.set_header("X-Key", policies.named_value(key)), policies.include_fragment("mark")],
    named_values=[key],
    fragments=[fragment],
)
args = dict(tags=["beta"], products=["partners"], gateways=["edge"], diagnostics=DiagnosticsArgs(), probe_subscription=True)
args = {name: value for name, value in args.items() if name not in WITHOUT}
WebSocketApi("chat", WebSocketApiArgs(**GIVEN, handshake=handshake, **args), pulumi.ResourceOptions(depends_on=made))
"""
KINDS = {
    "tags/apiLinks": ("tags/beta", "link to a tag", "chat-tag-beta", "tags"),
    "products/apiLinks": ("products/partners", "link to a product", "chat-product-partners", "products"),
    "gateways/apis": ("apis/chat", "link to a gateway", "chat-gateway-edge", "gateways"),
    "subscriptions": ("subscriptions/master", "subscription for probes", "chat-probe", "probe_subscription"),
    "apis/diagnostics": ("apis/chat", "diagnostic", "chat-azuremonitor", "diagnostics"),
    "apis/operations/policies": ("policies/policy", "policy", "chat", ""),
    "namedValues": ("tags/beta", "named value", "chat-key", ""),
    "policyFragments": ("products/partners", "fragment", "chat-mark", ""),
    "apis": ("products/partners", "API", "chat", ""),
}


def program(*without: str) -> str:
    return f"WITHOUT = {without!r}\n{PROGRAM}"


LINKS = {"tags/apiLinks", "products/apiLinks", "gateways/apis"}


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[] if kind in LINKS else [pytest.mark.slow]) for kind in KINDS])
def test_an_id_of_something_else_ends_the_run_in_one_sentence(here: World, kind: str) -> None:
    foreign, label, name, _ = KINDS[kind]
    here.cloud.management.set_options(foreign_ids={kind: foreign})
    [problem] = here.up(program(), code=1).problems
    assert problem.startswith(
        f"WebSocketApi 'chat': the service gave the {label} the id {here.id(foreign)}, which is not its own"
    )
    assert f"::{name}'" in problem
    assert "\n" not in problem
    assert [call for call in here.changes() if call.startswith("DELETE")] == []


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_nothing_is_written_into_an_api_whose_id_is_another_ones(here: World) -> None:
    here.cloud.management.set_options(foreign_ids={"apis": "apis/other"})
    [problem] = here.up(program(), code=1).problems
    assert "which is not its own" in problem
    assert here.changes()[-1] == "PUT apis"


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
@pytest.mark.parametrize("kind", sorted(LINKS))
def test_what_has_the_other_id_is_kept_by_doing_as_the_sentence_says(here: World, kind: str) -> None:
    foreign, _, name, argument = KINDS[kind]
    here.cloud.management.set_options(foreign_ids={kind: foreign})
    [first] = here.up(program(), code=1).problems
    assert here.preview(code=1).problems == [first]
    assert here.up(code=1).problems == [first]
    assert f"pulumi state delete '{here.urn(name)}'" in first
    here.forget(here.urn(name))
    here.up(program(argument))
    assert [call for call in here.changes() if call.startswith("DELETE")] == []
    assert here.exists(foreign)
