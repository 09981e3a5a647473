"""A program of real azure-native resources lives on the local Azure, with either engine."""

from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.azure import LocalAzure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from tests.sandbox.azure_native.engines import Stack, available

DEPLOYED = {
    "apis": "chat",
    "apis/operations": "onHandshake",
    "apis/operations/policies": "policy",
    "apis/diagnostics": "azuremonitor",
    "namedValues": "chat-origin",
    "policyFragments": "chat-trace",
    "products": "partners",
    "products/apiLinks": "chat",
    "diagnosticSettings": "chat",
}
SEEDED = {"", "policies", "loggers", "subscriptions"}


def kinds(cloud: LocalAzure) -> set[str]:
    return {item.kind for item in cloud.management.state().resources.values()}


def writes(cloud: LocalAzure) -> list[str]:
    return [str(item.operation) for item in cloud.management.requests() if item.method in {"PUT", "PATCH", "DELETE"}]


@pytest.mark.slow
def test_a_stack_is_previewed_deployed_repaired_and_destroyed(stack: Stack) -> None:
    cloud = stack.cloud
    assert "10 to create" in stack.operate("preview")
    assert writes(cloud) == []

    stack.operate("up")
    found = {item.kind: item.name for item in cloud.management.state().resources.values() if item.kind not in SEEDED}
    assert found == DEPLOYED
    state = {urn.rpartition("::")[2]: item for urn, item in stack.resources().items()}
    assert state["handshake"]["id"] == f"{cloud.service_id}/apis/chat/operations/onHandshake/policies/policy"
    assert state["handshake"]["outputs"]["value"].startswith("<policies>\r\n\t<inbound>")
    assert state["partners"]["inputs"]["productId"] == "partners"

    cloud.management.clear_requests()
    stack.operate("up", "--expect-no-changes")
    stack.operate("refresh", "--expect-no-changes")
    assert writes(cloud) == []

    stack.configure(status="401")
    stack.operate("up")
    assert writes(cloud) == ["PUT apis/operations/policies"]

    cloud.management.change(f"{cloud.service_id}/apis/chat", displayName="Renamed by hand")
    cloud.management.delete(f"{cloud.service_id}/products/partners/apiLinks/chat")
    assert "~ 1 updated" in stack.operate("refresh")
    cloud.management.clear_requests()
    stack.operate("up")
    assert sorted(writes(cloud)) == ["PUT apis", "PUT products/apiLinks"]

    stack.operate("destroy")
    assert kinds(cloud) == SEEDED


@pytest.mark.slow
def test_names_replace_errors_are_told_and_nothing_is_taken_over(stack: Stack) -> None:
    cloud = stack.cloud
    stack.operate("up")
    cloud.management.clear_requests()
    stack.configure(apiId="talk")
    stack.operate("up")
    assert cloud.management.resource(f"{cloud.service_id}/apis/talk")
    assert writes(cloud).index("DELETE apis") < writes(cloud).index("PUT apis")

    stack.configure(status="{{nowhere}}")
    failed = stack.operate("up", fails=True)
    assert "Cannot find a property 'nowhere'" in failed

    other = Stack(stack.engine, stack.folder / "other", cloud, stack.native)
    other.prepare()
    other.configure(apiId="talk")
    assert "cannot create already existing resource" in other.operate("up", fails=True)


@pytest.mark.skipif(not available("pulumi"), reason="no Pulumi CLI on PATH")
def test_both_engines_leave_the_same_resources(shared_cloud: LocalAzure, native: AzureNative, tmp_path: Path) -> None:
    found = []
    for engine in ("embedded", "pulumi"):
        shared_cloud.management.reset()
        stack = Stack(engine, tmp_path / engine, shared_cloud, native)
        stack.prepare()
        stack.operate("up")
        resources = stack.resources()
        for item in resources.values():
            item.get("outputs", {}).pop("key", None)  # made anew by the service
        found.append(resources)
    assert found[0] == found[1]
