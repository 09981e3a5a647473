"""azure-mgmt-apimanagement, signed in through azure-identity, finds here what it knows from Azure."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.apimanagement import models

from pulumi_workspace365_sandbox.azure import faults
from tests.sandbox.azure.desk import Desk

POLICY = "<policies><inbound><base/></inbound><backend><base/></backend><outbound><base/></outbound></policies>"
CHAT: dict[str, Any] = {
    "display_name": "Chat",
    "path": "chat",
    "api_type": "websocket",
    "soap_api_type": "websocket",
    "protocols": ["wss"],
}


@contextmanager
def refused(code: str, says: str) -> Iterator[None]:
    with pytest.raises(HttpResponseError) as caught:
        yield
    assert caught.value.error is not None
    assert caught.value.error.code == code
    assert says in f"{caught.value.error.message} {[item.message for item in caught.value.error.details or []]}"


def create_chat(desk: Desk, **more: Any) -> models.ApiContract:
    parameters = models.ApiCreateOrUpdateParameter(**{**CHAT, "service_url": desk.cloud.backend_url, **more})
    result: models.ApiContract = desk.apim.api.begin_create_or_update(*desk.service, "chat", parameters).result()
    return result


def test_an_api_its_policy_and_a_link_are_created_read_listed_and_deleted(desk: Desk) -> None:
    api = create_chat(desk)
    assert api.id == f"{desk.cloud.service_id}/apis/chat"
    assert (api.api_type, api.provisioning_state) == ("websocket", None)
    assert desk.apim.api.get(*desk.service, "chat").display_name == "Chat"
    assert [item.name for item in desk.apim.api.list_by_service(*desk.service)] == ["chat"]
    assert [item.name for item in desk.apim.api_operation.list_by_api(*desk.service, "chat")] == ["onHandshake"]

    where = (*desk.service, "chat", "onHandshake", "policy")
    desk.apim.api_operation_policy.create_or_update(*where, models.PolicyContract(value=POLICY))
    read = desk.apim.api_operation_policy.get(*where)
    assert read.value is not None
    assert read.value.startswith("<policies>\r\n\t<inbound>\r\n\t\t<base />")

    desk.apim.product.create_or_update(*desk.service, "partners", models.ProductContract(display_name="Partners"))
    link = models.ProductApiLinkContract(api_id=api.id)
    desk.apim.product_api_link.create_or_update(*desk.service, "partners", "chat", link)
    assert desk.apim.product_api_link.get(*desk.service, "partners", "chat").api_id == api.id
    assert [item.name for item in desk.apim.product_api_link.list_by_product(*desk.service, "partners")] == ["chat"]

    desk.apim.product_api_link.delete(*desk.service, "partners", "chat")
    desk.apim.api_operation_policy.delete(*where, "*")
    with pytest.raises(ResourceNotFoundError):
        desk.apim.api_operation_policy.get(*where)
    desk.apim.api.begin_delete(*desk.service, "chat", "*").result()
    assert list(desk.apim.api.list_by_service(*desk.service)) == []


def test_operations_run_for_as_many_polls_as_asked(desk: Desk) -> None:
    desk.cloud.management.set_options(polls=2)
    assert create_chat(desk).provisioning_state is None
    assert [item.status for item in desk.cloud.management.requests(operation="POLL service")] == [202, 202, 200]
    desk.apim.api.begin_delete(*desk.service, "chat", "*").result()
    assert desk.cloud.management.resource(f"{desk.cloud.service_id}/apis/chat") is None


def test_an_operation_that_fails_says_why_and_leaves_nothing(desk: Desk) -> None:
    desk.cloud.management.inject(faults.OperationFails(operation="PUT apis", code="Conflict", message="Not today."))
    with pytest.raises(HttpResponseError, match="Not today"):
        create_chat(desk)
    assert list(desk.apim.api.list_by_service(*desk.service)) == []


def test_throttled_calls_are_tried_again(desk: Desk) -> None:
    desk.cloud.management.inject(faults.Status(status=429, code="TooManyRequests", operation="GET apis", times=2, retry_after=0))
    create_chat(desk)
    assert desk.apim.api.get(*desk.service, "chat").name == "chat"
    assert [item.status for item in desk.cloud.management.requests(operation="GET apis")] == [429, 429, 200]


def test_etags_guard_updates_and_deletes(desk: Desk) -> None:
    create_chat(desk)
    old = desk.request("GET", "apis/chat").headers["ETag"]
    assert desk.request("HEAD", "apis/chat").headers["ETag"] == old
    assert (
        desk.apim.api.update(*desk.service, "chat", old, models.ApiUpdateContract(display_name="Other")).display_name == "Other"
    )
    with pytest.raises(HttpResponseError, match="PreconditionFailed"):
        desk.apim.api.update(*desk.service, "chat", old, models.ApiUpdateContract(display_name="Third"))
    with pytest.raises(HttpResponseError, match="PreconditionFailed"):
        desk.apim.api.begin_delete(*desk.service, "chat", old)
    assert desk.request("PATCH", "apis/chat", {"properties": {"displayName": "x"}}).status_code == 400
    assert desk.request("DELETE", "apis/chat").status_code == 202


def test_what_belongs_to_a_websocket_api_alone_is_refused(desk: Desk) -> None:
    create_chat(desk)
    operation = models.OperationContract(display_name="x", method="GET", url_template="/x")
    with refused("ValidationError", "Operation entity cannot be defined by user for web socket api type."):
        desk.apim.api_operation.create_or_update(*desk.service, "chat", "mine", operation)
    with refused("ValidationError", "Not allowed at 'Api' scope for 'WEBSOCKET' api type"):
        desk.apim.api_policy.create_or_update(*desk.service, "chat", "policy", models.PolicyContract(value=POLICY))
    with refused("ValidationError", "Name should only be 'policy' for policies entity"):
        desk.apim.api_operation_policy.create_or_update(
            *desk.service, "chat", "onHandshake", "mine", models.PolicyContract(value=POLICY)
        )


def test_an_api_needs_a_backend_and_a_path_of_its_own(desk: Desk) -> None:
    with refused("ValidationError", "'serviceUrl' must not be empty."):
        create_chat(desk, service_url=None)
    with refused("ValidationError", "WebSocket API type is not enabled for the service or sku"):
        create_chat(desk, service_url="")
    with refused("ValidationError", "must begin with 'ws://' or 'wss://'"):
        create_chat(desk, service_url="https://example.com")
    create_chat(desk)
    other = models.ApiCreateOrUpdateParameter(**{**CHAT, "service_url": "wss://example.com"})
    with refused("ValidationError", "Cannot create an API with the same Path"):
        desk.apim.api.begin_create_or_update(*desk.service, "other", other)


def test_named_values_and_fragments_live_as_long_as_they_are_used(desk: Desk) -> None:
    create_chat(desk)
    where = (*desk.service, "chat", "onHandshake", "policy")
    text = POLICY.replace("<base/></inbound>", '<include-fragment fragment-id="shared"/></inbound>')
    fragment = '<fragment><set-variable name="v" value="{{origin}}"/></fragment>'
    with refused("ValidationError", "The policy fragment 'shared' cannot be found."):
        desk.apim.api_operation_policy.create_or_update(*where, models.PolicyContract(value=text))
    with refused("ValidationError", "Cannot find a property 'origin'"):
        desk.apim.policy_fragment.begin_create_or_update(*desk.service, "shared", models.PolicyFragmentContract(value=fragment))

    value = models.NamedValueCreateContract(display_name="origin", value="https://a.example", secret=True)
    assert desk.apim.named_value.begin_create_or_update(*desk.service, "origin", value).result().value is None
    assert desk.apim.named_value.list_value(*desk.service, "origin").value == "https://a.example"
    desk.apim.policy_fragment.begin_create_or_update(
        *desk.service, "shared", models.PolicyFragmentContract(value=fragment)
    ).result()
    desk.apim.api_operation_policy.create_or_update(*where, models.PolicyContract(value=text))
    with refused("ValidationError", "it is used by the policies of /apis/chat/operations/onHandshake/policies/policy"):
        desk.apim.policy_fragment.delete(*desk.service, "shared", "*")
    with refused("ValidationError", "it is used by the policies of /policyFragments/shared"):
        desk.apim.named_value.delete(*desk.service, "origin", "*")
    desk.apim.api_operation_policy.delete(*where, "*")
    desk.apim.policy_fragment.delete(*desk.service, "shared", "*")
    desk.apim.named_value.delete(*desk.service, "origin", "*")


def test_keys_are_listed_on_request_only(desk: Desk) -> None:
    parameters = models.SubscriptionCreateParameters(display_name="Probe", scope="/apis")
    assert desk.apim.subscription.create_or_update(*desk.service, "probe", parameters).primary_key is None
    assert desk.apim.subscription.get(*desk.service, "probe").primary_key is None
    before = desk.apim.subscription.list_secrets(*desk.service, "probe").primary_key
    desk.apim.subscription.regenerate_primary_key(*desk.service, "probe")
    assert desk.apim.subscription.list_secrets(*desk.service, "probe").primary_key not in {before, None}


def test_a_wrong_secret_is_no_sign_in(desk: Desk) -> None:
    cloud = desk.cloud
    credential = ClientSecretCredential(
        cloud.tenant_id,
        cloud.client_id,
        "guess",
        authority=cloud.authority_host,
        disable_instance_discovery=True,
        connection_verify=cloud.ca_file,
    )
    with pytest.raises(Exception, match="AADSTS7000215"):
        credential.get_token("https://management.azure.com/.default")


def test_tags_are_put_on_an_api_and_renamed_wherever_they_are(desk: Desk) -> None:
    create_chat(desk)
    with pytest.raises(ResourceNotFoundError):
        desk.apim.tag.assign_to_api(*desk.service, "chat", "talk")
    for name in ("talk", "old"):
        desk.apim.tag.create_or_update(*desk.service, name, models.TagCreateUpdateParameters(display_name=name.title()))
        assert desk.apim.tag.assign_to_api(*desk.service, "chat", name).display_name == name.title()
    with refused("ValidationError", "Tag with specified name already exists."):
        desk.apim.tag.create_or_update(*desk.service, "twin", models.TagCreateUpdateParameters(display_name="talk"))
    desk.apim.tag.update(*desk.service, "talk", "*", models.TagCreateUpdateParameters(display_name="Talks"))
    found = desk.apim.tag.get_by_api(*desk.service, "chat", "talk").as_dict()
    assert (found["id"], found["type"]) == (f"{desk.cloud.service_id}/tags/talk", "Microsoft.ApiManagement/service/tags")
    assert [item.display_name for item in desk.apim.tag.list_by_api(*desk.service, "chat")] == ["Old", "Talks"]
    assert desk.apim.tag.get_entity_state_by_api(*desk.service, "chat", "talk")
    desk.apim.tag.detach_from_api(*desk.service, "chat", "talk")
    desk.apim.tag.delete(*desk.service, "old", "*")
    assert list(desk.apim.tag.list_by_api(*desk.service, "chat")) == []
    assert [item.name for item in desk.apim.tag.list_by_service(*desk.service)] == ["talk"]


def test_a_link_puts_a_tag_on_an_api_until_either_is_taken_away(desk: Desk) -> None:
    api = create_chat(desk)
    assert api.id
    tags, links = desk.apim.tag, desk.apim.tag_api_link
    for name in ("talk", "old"):
        tags.create_or_update(*desk.service, name, models.TagCreateUpdateParameters(display_name=name.title()))
        made = links.create_or_update(*desk.service, name, f"{name}--chat", models.TagApiLinkContract(api_id=api.id))
        assert (made.id, made.name) == (f"{desk.cloud.service_id}/tags/{name}/apiLinks/{name}--chat", f"{name}--chat")
        assert (made.type, made.api_id) == ("Microsoft.ApiManagement/service/tags/apiLinks", api.id)
    assert links.get(*desk.service, "talk", "talk--chat").api_id == api.id
    assert [link.name for link in links.list_by_product(*desk.service, "old")] == ["old--chat"]
    shown = tags.get_by_api(*desk.service, "chat", "talk")
    assert (shown.id, shown.display_name) == (f"{desk.cloud.service_id}/tags/talk", "Talk")

    links.delete(*desk.service, "talk", "talk--chat")
    tags.detach_from_api(*desk.service, "chat", "old")
    assert list(tags.list_by_api(*desk.service, "chat")) == []
    for name in ("talk", "old"):
        with pytest.raises(ResourceNotFoundError):
            links.get(*desk.service, name, f"{name}--chat")
    assert [item.name for item in tags.list_by_service(*desk.service)] == ["old", "talk"]


def test_an_api_is_deleted_with_its_links(desk: Desk) -> None:
    api = create_chat(desk)
    assert api.id
    desk.apim.product.create_or_update(*desk.service, "partners", models.ProductContract(display_name="Partners"))
    desk.apim.product_api_link.create_or_update(*desk.service, "partners", "link", models.ProductApiLinkContract(api_id=api.id))
    desk.apim.product_api.create_or_update(*desk.service, "partners", "chat")
    desk.apim.gateway.create_or_update(*desk.service, "edge", models.GatewayContract(description="x"))
    desk.apim.gateway_api.create_or_update(*desk.service, "edge", "chat")
    desk.apim.tag.create_or_update(*desk.service, "talk", models.TagCreateUpdateParameters(display_name="Talk"))
    desk.apim.tag.assign_to_api(*desk.service, "chat", "talk")
    desk.apim.tag_api_link.create_or_update(*desk.service, "talk", "mark", models.TagApiLinkContract(api_id=api.id))
    kinds = {"products/apiLinks", "products/apis", "gateways/apis", "apis/tags", "tags/apiLinks"}
    assert kinds <= {item.kind for item in desk.cloud.management.state().resources.values()}

    desk.cloud.management.inject(faults.OperationFails(operation="DELETE apis", times=1))
    with pytest.raises(HttpResponseError):
        desk.apim.api.begin_delete(*desk.service, "chat", "*").result()
    assert kinds <= {item.kind for item in desk.cloud.management.state().resources.values()}
    desk.apim.api.begin_delete(*desk.service, "chat", "*").result()
    left = {item.kind for item in desk.cloud.management.state().resources.values()}
    assert not kinds & left
    assert {"products", "gateways", "tags"} <= left
