"""The plugin at work: a program knows the component by its token only, and another process builds it."""

from pathlib import Path

import pytest

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

PROGRAM = """
class Chat(pulumi.ComponentResource):
    apiId: pulumi.Output[str]
    websocketUrl: pulumi.Output[str]
    policyXml: pulumi.Output[str]

    def __init__(self, name, inputs, opts=None):
        outputs = dict.fromkeys(["apiId", "websocketUrl", "policyXml"])
        super().__init__("workspace365:index:WebSocketApi", name, {**outputs, **inputs}, opts, remote=True)

here = {"resourceGroupName": GIVEN["resource_group_name"], "serviceName": GIVEN["service_name"]}
secret = pulumi.Output.secret("sesame-street")
first = Chat("first", {**here, "path": "first", "serviceUrl": GIVEN["service_url"], "subscriptionRequired": False, "handshake": {
    "allowedOrigins": ["https://app.example.com"], "rateLimit": {"calls": CALLS, "renewalPeriod": 60, "per": "client_address"}}})
second = Chat("second", {**here, "path": first.apiId.apply(lambda name: f"after/{name}"), "serviceUrl": GIVEN["service_url"], "handshake": {
    "xml": '<policies><inbound><base/><set-header name="X-Key" exists-action="override"><value>{{key}}</value></set-header></inbound>'
           '<backend><base/></backend><outbound><base/></outbound><on-error><base/></on-error></policies>',
    "namedValues": [{"name": "key", "value": secret}]}})
pulumi.export("url", second.websocketUrl)
pulumi.export("policy", first.policyXml)
"""


@pytest.fixture(params=world.ENGINES)
def here(request: pytest.FixtureRequest, servers: tuple[azure.LocalAzure, AzureNative], tmp_path: Path) -> World:
    return world.at_first(request.param, servers, tmp_path / "project")


def program(**changes: str) -> str:
    text = PROGRAM.replace("CALLS", changes.pop("calls", "5"))
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


@pytest.mark.slow
def test_a_component_of_the_package_lives_as_one_of_python_does(here: World) -> None:
    assert here.preview(program()).changes["create"] == 8
    up = here.up()
    assert up.outputs["url"].endswith("/after/first")
    assert here.deployed("apis/second")["path"] == "after/first"
    assert "sesame-street" not in here.state()
    assert set(here.up().changes) == {"same"}
    assert here.up(program(calls="6")).changes["update"] == 1
    assert 'calls="6"' in here.deployed("apis/first/operations/onHandshake/policies/policy")["value"]
    here.cloud.management.delete(here.id("apis/second"))
    assert here.run("refresh").changes["delete"] > 0
    here.up()
    assert set(here.preview().changes) == {"same"}
    here.run("destroy")
    assert not here.exists("apis/first")


@pytest.mark.slow
def test_conflicts_are_told_and_apis_are_taken_over_in_any_language(here: World, tmp_path: Path) -> None:
    swapped = {'"path": "first"': '"path": "second"', 'first.apiId.apply(lambda name: f"after/{name}")': '"first"'}
    here.up(program(**{'first.apiId.apply(lambda name: f"after/{name}")': '"second"'}))
    assert "exchange their paths in this run" in " ".join(here.preview(program(**swapped), code=1).problems)
    other = here.another(tmp_path / "other")
    assert "already has an API 'first'" in " ".join(other.up(program(), code=1).problems)
    here.cloud.management.clear_requests()
    taking = program(
        **{
            '{**here, "path"': '{**here, "importExisting": True, "path"',
            'first.apiId.apply(lambda name: f"after/{name}")': '"second"',
        }
    )
    assert other.preview(taking).changes["import"] == 5
    other.up()
    assert not [call for call in here.changes() if not call.startswith("PUT")]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"path": "first"', '"path": "/first"', "path: it is a suffix of the gateway's URL"),
        (
            '"serviceUrl": GIVEN["service_url"], "handshake": {',
            '"serviceUrl": secret, "handshake": {',
            "serviceUrl does not begin with ws",
        ),
    ],
)
def test_what_is_wrong_is_told_at_preview_in_a_sentence(here: World, old: str, new: str, told: str) -> None:
    text = program()
    assert old in text
    result = here.preview(text.replace(old, new), code=1)
    said = "\n".join([*result.problems, result.stdout])
    assert told in said
    assert "Unexpected <class" not in said
