"""What the service does along with a save or a delete of a resource, and which deletes it refuses."""

from pulumi_workspace365_sandbox.azure.arm import policies, response_bodies
from pulumi_workspace365_sandbox.azure.arm.responses import ErrorResponse, operation_not_user_definable
from pulumi_workspace365_sandbox.azure.records import Resource
from pulumi_workspace365_sandbox.azure.store import Store

HANDSHAKE = "onHandshake"


def cascade_save(resource: Resource, old: Resource | None, store: Store) -> list[Resource]:
    """What changes along with a resource: an operation with a WebSocket API, the tags of an API with a link or a renamed tag."""
    if resource.kind == "tags":
        shown = [item for item in store.below(response_bodies.service_id(resource.id), "apis/tags") if _same_name(item, resource)]
        return [item.model_copy(update={"properties": resource.properties}) for item in shown]
    if resource.kind == "tags/apiLinks":
        return _tag_on_api(resource, store)
    if resource.kind != "apis" or old or resource.properties["type"] != "websocket":
        return []
    return [
        Resource(
            id=f"{resource.id}/operations/{HANDSHAKE}",
            kind="apis/operations",
            name=HANDSHAKE,
            type="Microsoft.ApiManagement/service/apis/operations",
            properties={"displayName": HANDSHAKE, "method": "GET", "urlTemplate": "/", "templateParameters": [], "responses": []},
            etag=store.etag(),
        )
    ]


def cascade_delete(resource: Resource, store: Store) -> list[str]:
    """What else ends when a resource is deleted: the links of an API, wherever a tag is, and a tag on an API with its link."""
    service = response_bodies.service_id(resource.id)
    if resource.kind == "apis":
        kinds = ("products/apiLinks", "tags/apiLinks")
        links = [item for kind in kinds for item in store.below(service, kind) if _same_id(item.properties["apiId"], resource.id)]
        named = [item for kind in ("products/apis", "gateways/apis") for item in store.below(service, kind)]
        return [item.id for item in (*links, *(item for item in named if _same_name(item, resource)))]
    if resource.kind == "tags":
        return [item.id for item in store.below(service, "apis/tags") if _same_name(item, resource)]
    if resource.kind == "tags/apiLinks":
        return [_tag_of_api_id(resource)]
    if resource.kind == "apis/tags":
        return [item.id for item in store.below(service, "tags/apiLinks") if _same_id(_tag_of_api_id(item), resource.id)]
    return []


def _tag_on_api(link: Resource, store: Store) -> list[Resource]:
    """The tag as the API of a link shows it, unless it is on it already."""
    id_, tag = _tag_of_api_id(link), store.find(_tag_id(link))
    if tag is None or store.find(id_):
        return []
    return [tag.model_copy(update={"id": id_, "kind": "apis/tags", "etag": store.etag()})]


def _tag_of_api_id(link: Resource) -> str:
    return f"{link.properties['apiId']}/tags/{_tag_id(link).rpartition('/')[2]}"


def _tag_id(link: Resource) -> str:
    return link.id.rpartition("/apiLinks/")[0]


def _same_name(one: Resource, other: Resource) -> bool:
    return one.name.casefold() == other.name.casefold()


def _same_id(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def check_deletable(resource: Resource, store: Store) -> None:
    """Raises ErrorResponse for what may not be deleted."""
    if resource.kind == "apis/operations":
        raise operation_not_user_definable()
    if resource.kind in {"namedValues", "policyFragments"}:
        users = policies.find_references(resource, response_bodies.service_id(resource.id), store)
        if users:
            listed = ", ".join(users)
            raise ErrorResponse(
                400, "ValidationError", f"Entity '{resource.name}' cannot be deleted: it is used by the policies of {listed}."
            )
