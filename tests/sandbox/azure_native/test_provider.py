"""What sets this provider apart from a plain client of the Resource Manager, call by call, as the plugin does it."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from pulumi_workspace365_sandbox.azure import LocalAzure, faults
from pulumi_workspace365_sandbox.azure_native import AzureNative, values

TYPES = {
    "Api": "apimanagement",
    "ApiDiagnostic": "apimanagement",
    "GatewayApiEntityTag": "apimanagement",
    "Gateway": "apimanagement",
}
TYPES |= {"NamedValue": "apimanagement", "Product": "apimanagement", "MetricAlert": "monitor", "TagByApi": "apimanagement"}
TYPES |= {"Tag": "apimanagement", "ProductApi": "apimanagement"}


class Provider:
    """The provider, and calls on it as an engine makes them."""

    def __init__(self, channel: grpc.Channel, cloud: LocalAzure) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self.cloud = cloud
        self.where = {"resourceGroupName": cloud.resource_group_name, "serviceName": cloud.service_name}

    def urn(self, type_: str, name: str = "it") -> str:
        return f"urn:pulumi:dev::p::azure-native:{TYPES[type_]}:{type_}::{name}"

    def check(self, type_: str, inputs: dict[str, Any], olds: dict[str, Any] | None = None, seed: bytes = b"") -> Any:
        request = provider_pb2.CheckRequest(urn=self.urn(type_), news=values.to_struct(inputs), randomSeed=seed)
        request.olds.CopyFrom(values.to_struct(olds or {}))
        return self.stub.Check(request)

    def create(self, type_: str, **inputs: Any) -> Any:
        checked = self.check(type_, self.where | inputs)
        assert [failure.reason for failure in checked.failures] == []
        return self.stub.Create(provider_pb2.CreateRequest(urn=self.urn(type_), properties=checked.inputs))

    def api(self, name: str = "chat") -> Any:
        given = {"apiId": name, "path": name, "displayName": name, "apiType": "websocket", "soapApiType": "websocket"}
        return self.create("Api", **given, serviceUrl=self.cloud.backend_url)

    def read(self, type_: str, id_: str, inputs: dict[str, Any], state: Struct) -> Any:
        request = provider_pb2.ReadRequest(urn=self.urn(type_), id=id_, properties=state, inputs=values.to_struct(inputs))
        return self.stub.Read(request)

    def diff(self, type_: str, olds: dict[str, Any], news: dict[str, Any], state: dict[str, Any] | None = None) -> Any:
        request = provider_pb2.DiffRequest(urn=self.urn(type_), old_inputs=values.to_struct(olds), news=values.to_struct(news))
        request.olds.CopyFrom(values.to_struct(state or {}))
        return self.stub.Diff(request)

    def operations(self) -> list[str]:
        """What was asked of the Resource Manager since the requests were cleared."""
        return [str(item.operation) for item in self.cloud.management.requests() if item.operation != "POST token"]


@pytest.fixture
def provider(shared_cloud: LocalAzure, native: AzureNative) -> Iterator[Provider]:
    shared_cloud.management.reset()
    with grpc.insecure_channel(f"127.0.0.1:{native.port}") as channel:
        yield Provider(channel, shared_cloud)


def reasons(checked: Any) -> list[str]:
    return [failure.reason for failure in checked.failures]


def test_inputs_are_judged_before_anything_is_sent(provider: Provider) -> None:
    diagnostic = provider.where | {"apiId": "a" * 90, "diagnosticId": "azuremonitor"}
    assert reasons(provider.check("ApiDiagnostic", diagnostic)) == [
        "'apiId' is too long (90): at most 80 characters allowed",
        "missing required property 'loggerId'",
    ]
    wrong = {"serviceName": "1a", "tagId": "ü" * 41, "displayName": 7}
    assert reasons(provider.check("Tag", wrong)) == [
        "missing required property 'resourceGroupName'",
        "'serviceName' does not match expression '^[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$'",
        "'tagId' is too long (82): at most 80 characters allowed",
        "'displayName' should be of type 'string' but got a number",
    ]
    api = provider.where | {"apiId": "a#b", "path": "x", "displayName": "", "protocols": "wss"}
    assert reasons(provider.check("Api", api)) == [
        "'apiId' does not match expression '^[^*#&+:<>?]+$'",
        "'displayName' is too short (0): at least 1 characters required",
        "'protocols' should be of type 'array' but got a string",
    ]
    assert reasons(provider.check("Api", provider.where | {"apiId": values.UNKNOWN, "path": values.UNKNOWN})) == []
    assert provider.operations() == []


def test_names_are_copied_within_a_service_and_made_up_outside(provider: Provider) -> None:
    assert values.read(provider.check("Tag", provider.where | {"displayName": "T"}).inputs)["tagId"] == "it"
    made = [values.read(provider.check("MetricAlert", {}, seed=seed).inputs) for seed in (b"one", b"one", b"two")]
    names = [inputs["ruleName"] for inputs in made]
    assert names[0] == names[1] != names[2]
    assert all(len(name) == len("it") + 8 for name in names)
    assert made[0]["__createBeforeDelete"] is True
    again = values.read(provider.check("MetricAlert", {}, olds=made[0], seed=b"three").inputs)
    assert again == made[0]
    first, then = made[0] | {"resourceGroupName": "a"}, made[0] | {"resourceGroupName": "b"}
    assert (
        provider.diff("MetricAlert", first, then).replaces,
        provider.diff("MetricAlert", first, then).deleteBeforeReplace,
    ) == (
        ["resourceGroupName"],
        False,
    )
    assert provider.diff("Tag", {"tagId": "a"}, {"tagId": "b"}).deleteBeforeReplace


def test_inputs_hold_the_version_of_the_api_and_older_ones_are_no_different(provider: Provider) -> None:
    inputs = values.read(provider.check("Tag", provider.where | {"displayName": "T"}).inputs)
    assert inputs["azureApiVersion"] == "2024-05-01"
    older = {name: value for name, value in inputs.items() if name != "azureApiVersion"}
    same = provider.diff("Tag", older, inputs, state={"azureApiVersion": "2024-05-01"})
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_long_running_operation_is_polled_where_the_header_says_then_read_twice(provider: Provider) -> None:
    provider.cloud.management.set_options(polls=2)
    made = provider.api()
    assert provider.operations() == ["GET apis", "PUT apis", *["POLL service"] * 3, "GET apis", "GET apis"]
    outputs = values.read(made.properties)
    assert (made.id, outputs["id"]) == (f"{provider.cloud.service_id}/apis/chat",) * 2
    assert "apiType" not in outputs
    assert outputs["type"] == "Microsoft.ApiManagement/service/apis"


def test_a_type_that_was_changed_by_hand_is_not_seen(provider: Provider) -> None:
    made = provider.api()
    inputs = provider.where | {"apiId": "chat", "apiType": "websocket", "path": "chat"}
    provider.cloud.management.change(made.id, type="http", path="elsewhere")
    read = values.read(provider.read("Api", made.id, inputs, made.properties).inputs)
    assert (read["apiType"], read["path"]) == ("websocket", "elsewhere")


def test_a_conflict_is_not_tried_again_and_a_busy_service_is(provider: Provider) -> None:
    conflict = faults.Status(operation="PUT tags", status=409, code="AnotherOperationInProgress", retry_after=0, times=1)
    provider.cloud.management.inject(conflict)
    with pytest.raises(grpc.RpcError, match="AnotherOperationInProgress"):
        provider.create("Tag", tagId="t", displayName="T")
    assert provider.operations() == ["GET tags", "PUT tags"]
    provider.cloud.management.inject(faults.Status(operation="PUT tags", status=429, retry_after=0, times=3))
    assert provider.create("Tag", tagId="t", displayName="T").id


def failed(call: Callable[[], Any]) -> tuple[str, provider_pb2.ErrorResourceInitFailed]:
    """The message of a call that fails in part, and what it says of the resource."""
    with pytest.raises(grpc.RpcError) as problem:
        call()
    error: Any = problem.value
    packed = dict(error.trailing_metadata())["grpc-status-details-bin"]
    [detail] = status_pb2.Status.FromString(packed).details
    return error.details(), provider_pb2.ErrorResourceInitFailed.FromString(detail.value)


def test_an_operation_that_fails_after_it_was_accepted_leaves_the_resource_with_an_error(provider: Provider) -> None:
    provider.cloud.management.inject(faults.OperationFails(operation="PUT apis", code="Overloaded", times=1))
    message, partial = failed(provider.api)
    assert (partial.id, list(partial.reasons)) == (f"{provider.cloud.service_id}/apis/chat", [message])
    assert message.startswith("resource created but read failed Status=404")
    assert 'Code="Overloaded"' in message
    assert values.read(partial.inputs)["apiId"] == "chat"
    assert not partial.HasField("properties")

    made = provider.create("NamedValue", namedValueId="n", displayName="n", value="1")
    provider.cloud.management.inject(faults.OperationFails(operation="PUT namedValues", code="Overloaded", times=1))
    news = values.to_struct(provider.where | {"namedValueId": "n", "displayName": "n", "value": "2"})
    update = provider_pb2.UpdateRequest(urn=provider.urn("NamedValue"), id=made.id, olds=made.properties, news=news)
    message, partial = failed(lambda: provider.stub.Update(update))
    assert message.startswith('Status=200 Code="Overloaded"')
    assert values.read(partial.properties)["value"] == "1"


def test_what_has_no_get_tells_nothing_and_an_existing_link_of_a_gateway_is_taken_over(provider: Provider) -> None:
    provider.api()
    provider.create("Gateway", gatewayId="edge", description="E")
    provider.create("Product", productId="partners", displayName="P")
    for _ in range(2):
        link = provider.create("GatewayApiEntityTag", gatewayId="edge", apiId="chat", provisioningState="created")
        assert link.id == f"{provider.cloud.service_id}/gateways/edge/apis/chat"
        assert values.read(link.properties) == {"azureApiVersion": "2024-05-01"}
    read = provider.read("GatewayApiEntityTag", link.id, {"gatewayId": "edge", "apiId": "chat"}, link.properties)
    assert values.read(read.properties) == {"azureApiVersion": "2024-05-01"}
    provider.cloud.management.delete(link.id)
    assert provider.read("GatewayApiEntityTag", link.id, {"gatewayId": "edge"}, link.properties).id == ""
    provider.create("ProductApi", productId="partners", apiId="chat")
    with pytest.raises(grpc.RpcError, match="cannot create already existing resource"):
        provider.create("ProductApi", productId="partners", apiId="chat")


def test_the_id_is_the_answers_and_the_path_of_an_update_is_not(provider: Provider) -> None:
    provider.api()
    provider.create("Tag", tagId="beta", displayName="Beta")
    tag = provider.create("TagByApi", apiId="chat", tagId="beta")
    assert tag.id == f"{provider.cloud.service_id}/tags/beta"
    assert values.read(tag.properties)["displayName"] == "Beta"
    provider.cloud.management.clear_requests()
    news = values.to_struct(provider.where | {"apiId": "chat", "tagId": "beta"})
    provider.stub.Update(provider_pb2.UpdateRequest(urn=provider.urn("TagByApi"), id=tag.id, olds=tag.properties, news=news))
    provider.stub.Delete(provider_pb2.DeleteRequest(urn=provider.urn("TagByApi"), id=tag.id))
    assert provider.operations() == ["PUT apis/tags", "GET apis/tags", "DELETE tags"]
