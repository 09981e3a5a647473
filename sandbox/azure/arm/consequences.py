"""What the service does along with a save or a delete of a resource, and which deletes it refuses."""

from sandbox.azure.arm import policies
from sandbox.azure.arm.answers import Refused, not_yours
from sandbox.azure.records import Resource
from sandbox.azure.store import Store

HANDSHAKE = "onHandshake"


def with_it(resource: Resource, old: Resource | None, store: Store) -> list[Resource]:
    """What changes along with a resource: a WebSocket API is made with its operation, and a tag is named alike wherever it is."""
    if resource.kind == "tags":
        shown = [item for item in store.below(_service(resource), "apis/tags") if _same_name(item, resource)]
        return [item.model_copy(update={"properties": resource.properties}) for item in shown]
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


def gone_with(found: Resource, store: Store) -> list[str]:
    """What else ends when a resource is deleted: the links of an API, wherever a tag is."""
    service = _service(found)
    if found.kind == "apis":
        links = [item for item in store.below(service, "products/apiLinks") if _same_id(item.properties["apiId"], found.id)]
        named = [item for kind in ("products/apis", "gateways/apis") for item in store.below(service, kind)]
        return [item.id for item in (*links, *(item for item in named if _same_name(item, found)))]
    if found.kind == "tags":
        return [item.id for item in store.below(service, "apis/tags") if _same_name(item, found)]
    return []


def _service(resource: Resource) -> str:
    above, provider, rest = resource.id.partition("/providers/Microsoft.ApiManagement/service/")
    return f"{above}{provider}{rest.partition('/')[0]}"


def _same_name(one: Resource, other: Resource) -> bool:
    return one.name.casefold() == other.name.casefold()


def _same_id(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def before_delete(found: Resource, store: Store) -> None:
    """Raises Refused for what may not be deleted."""
    if found.kind == "apis/operations":
        raise not_yours()
    if found.kind in {"namedValues", "policyFragments"}:
        users = policies.users(found, _service(found), store)
        if users:
            listed = ", ".join(users)
            raise Refused(
                400, "ValidationError", f"Entity '{found.name}' cannot be deleted: it is used by the policies of {listed}."
            )
