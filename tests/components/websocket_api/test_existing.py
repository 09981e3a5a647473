"""An API that exists is taken over in one run, as the page says; what matches stays, what differs is changed in place."""

import json
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.azure import faults
from pulumi_workspace365_sandbox.runner.deployment import Result
from tests.components.websocket_api import programs, world
from tests.components.websocket_api.world import World

POLICY = "apis/chat/operations/onHandshake/policies/policy"
WHOLE = """
there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
key = policies.NamedValue("key", "sesame-street")
main = policies.Backend("main", GIVEN["service_url"], headers={"X-Key": policies.named_value(key)})
inbound = [policies.include_fragment("mark"), policies.set_backend_service(backend_id=main)]
WebSocketApi(
    "chat",
    WebSocketApiArgs(
        **GIVEN,
        display_name=DISPLAY,
        products=["partners"],
        tags=["beta"],
        probe_subscription=True,
        diagnostics=DiagnosticsArgs(),
        handshake=policies.Handshake(
            inbound=inbound,
            named_values=[key],
            fragments=[policies.Fragment("mark", [policies.set_header("X-Marked", "yes")])],
            backends=[main],
        ),
        import_existing=IMPORT,
    ),
)
"""
NEEDED = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
am.Product("partners", **there, product_id="partners", display_name="Partners", state="published")
am.Tag("beta", **there, tag_id="beta", display_name="beta")
"""
PLAIN = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
am.Api("chat", **there, api_id="chat", display_name="Chat", path="chat", protocols=["https"], service_url="https://example.com")
"""
CHILDREN = 9
PATHS = (
    "apis/chat",
    POLICY,
    "policyFragments/chat-mark",
    "backends/chat-main",
    "subscriptions/chat-probe",
    "apis/chat/diagnostics/azuremonitor",
)


def whole(*, takes_over: bool, display: str = "Chat") -> str:
    return WHOLE.replace("IMPORT", repr(takes_over)).replace("DISPLAY", repr(display))


def told(result: Result) -> str:
    return " ".join([*(item.message for item in result.account.diagnostics), *result.problems])


def lost(here: World, other: World) -> None:
    """The same API, of which this project has no state."""
    other.up(NEEDED)
    other.up(NEEDED + whole(takes_over=False))
    here.cloud.management.clear_requests()


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_whole_api_is_taken_over_changed_and_deleted(here: World, tmp_path: Path) -> None:
    lost(here, here.another(tmp_path / "other"))
    was = {path: here.deployed(path) for path in PATHS}
    assert here.preview(whole(takes_over=True)).changes["import"] == CHILDREN
    assert here.changes() == []
    taken = here.up()
    assert "create" not in {step.op for step in taken.account.done if "azure-native:apimanagement" in step.urn}
    assert not [call for call in here.changes() if not call.startswith("PUT")]
    assert {path: here.deployed(path) for path in PATHS} == was
    assert "sesame-street" not in here.state()
    assert here.preview().changes == {"same": CHILDREN + 2}

    here.cloud.management.clear_requests()
    assert here.up(whole(takes_over=False, display="Talk")).changes == {"same": CHILDREN + 1, "update": 1}
    assert here.changes() == ["PUT apis"]
    here.cloud.management.change(here.id("apis/chat"), displayName="changed by hand")
    here.run("refresh")
    here.up()
    assert here.deployed("apis/chat")["displayName"] == "Talk"
    here.run("destroy")
    assert not here.exists("apis/chat")
    assert here.exists("products/partners")


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_what_differs_is_changed_in_the_run_that_imports(here: World, tmp_path: Path) -> None:
    here.another(tmp_path / "other").up(programs.OPEN)
    here.cloud.management.clear_requests()
    wanted = programs.OPEN.replace("**GIVEN", "**GIVEN, import_existing=True, display_name='Talk'").replace(
        "policies.Handshake()", "policies.Handshake(inbound=[policies.set_header('X-Here', 'yes')])"
    )
    assert "Remove import_existing after this `pulumi up`" in told(here.preview(wanted))
    here.up()
    assert sorted(here.changes()) == ["PUT apis", "PUT apis/operations/policies"]
    assert here.deployed("apis/chat")["displayName"] == "Talk"
    assert "X-Here" in here.deployed(POLICY)["value"]
    assert here.up().changes == {"same": 4}


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_as_long_as_the_argument_is_given_nothing_that_was_imported_is_deleted(here: World, tmp_path: Path) -> None:
    here.another(tmp_path / "other").up(programs.OPEN)
    here.up(programs.OPEN.replace("**GIVEN", "**GIVEN, import_existing=True"))
    here.cloud.management.clear_requests()
    here.run("destroy")
    assert here.changes() == []
    assert here.exists("apis/chat")


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_an_api_that_does_not_exist_is_created_and_looked_for_again(here: World) -> None:
    program = programs.OPEN.replace("**GIVEN", "**GIVEN, import_existing=True")
    assert "the service has no API 'chat', so it is created" in told(here.up(program))
    assert here.up().changes == {"same": 4}
    assert here.up(programs.OPEN).changes == {"same": 4}


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
@pytest.mark.parametrize(
    ("operation", "what"), [("GET apis", "api 'chat'"), ("GET apis/operations/policies", "api operation policy 'chat'")]
)
def test_what_cannot_be_read_is_neither_created_nor_imported(here: World, tmp_path: Path, operation: str, what: str) -> None:
    here.another(tmp_path / "other").up(programs.OPEN)
    here.cloud.management.clear_requests()
    here.cloud.management.inject(faults.Status(operation=operation, status=403, times=9))
    refused = told(here.up(programs.OPEN.replace("**GIVEN", "**GIVEN, import_existing=True"), code=1))
    assert f"WebSocketApi 'chat': import_existing: the {what}" in refused
    assert "cannot be read, so it is not known whether it exists: " in refused
    assert "403" in refused
    assert operation.replace("GET", "PUT") not in here.changes()


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_an_api_that_is_none_for_websockets_is_refused(here: World, tmp_path: Path) -> None:
    here.another(tmp_path / "other").up(PLAIN)
    refused = told(here.preview(programs.OPEN.replace("**GIVEN", "**GIVEN, import_existing=True"), code=1))
    assert "import_existing: the API 'chat' is not a WebSocket API; its protocols are https." in refused


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_the_names_are_known_when_the_program_runs(here: World) -> None:
    later = programs.OPEN.replace("**GIVEN", "**GIVEN, import_existing=True, api_id=pulumi.Output.from_input('chat')")
    assert "resource_group_name, service_name and api_id must be known" in told(here.preview(later, code=1))


def test_the_state_has_what_an_import_by_hand_has(here: World, tmp_path: Path) -> None:
    """`pulumi import` of the resources is the other way, for who has no program yet."""
    here.another(tmp_path / "other").up(programs.OPEN)
    here.up(programs.OPEN.replace("**GIVEN", "**GIVEN, import_existing=True"))
    resources = json.loads(here.state())["checkpoint"]["latest"]["resources"]
    ids = {item["id"] for item in resources if item["type"].startswith("azure-native:apimanagement")}
    assert ids == {here.id("apis/chat"), here.id(POLICY)}
