"""Resources in responses: without secrets, policies in the requested format, types and ids as the service writes them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_workspace365_sandbox.azure.arm.resource_types import RESOURCE_TYPES, ResourceType
from pulumi_workspace365_sandbox.azure.arm.routes import Target
from pulumi_workspace365_sandbox.azure.policy import document
from pulumi_workspace365_sandbox.azure.records import Resource

_POLICY_TYPES = {"policies", "products/policies", "apis/policies", "apis/operations/policies", "policyFragments"}
_OMITTED_PROPERTIES = {"subscriptions": ("primaryKey", "secondaryKey"), "apis": ("apiType",)}


def to_response(resource: Resource, query: Mapping[str, str], foreign_ids: Mapping[str, str]) -> dict[str, Any]:
    """The body of a GET; `foreign_ids` is the option of that name (records.py)."""
    hidden = _OMITTED_PROPERTIES.get(resource.kind, ())
    properties = {name: value for name, value in resource.properties.items() if name not in hidden}
    if resource.kind == "namedValues" and properties.get("secret"):
        properties.pop("value", None)
    if resource.kind in _POLICY_TYPES:
        properties |= _policy(properties["value"], query.get("format"))
    id_ = resource.id
    if resource.kind == "apis/tags":
        id_ = (
            f"{id_.partition('/apis/')[0]}/tags/{resource.name}"  # the service returns the tag's id, not that of the association
        )
    if resource.kind in foreign_ids:
        id_ = f"{service_id(id_)}/{foreign_ids[resource.kind]}".rstrip("/")
    return {"id": id_, "type": resource.type, "name": resource.name, "properties": properties, **resource.outer}


def _policy(xml: str, requested_format: str | None) -> dict[str, str]:
    """The policy in the requested format, which the response names only if one was requested."""
    return {"value": document.render(document.parse(xml, "xml"), requested_format or "xml")} | (
        {"format": requested_format} if requested_format else {}
    )


def service_id(id_: str) -> str:
    """The id of the API Management service that contains the resource with this id."""
    above, provider, rest = id_.partition("/providers/Microsoft.ApiManagement/service/")
    return f"{above}{provider}{rest.partition('/')[0]}"


def type_of(target: Target) -> str:
    path = target.kind.path
    if path in {"diagnosticSettings", "metricAlerts"}:
        return f"Microsoft.Insights/{path}"
    return f"Microsoft.ApiManagement/service/{'tags' if path == 'apis/tags' else path}"


def parents(target: Target) -> Iterator[tuple[ResourceType, str]]:
    """The parents of a resource, outermost first, with their ids."""
    if target.kind.path not in RESOURCE_TYPES:
        return
    segments = target.kind.path.split("/")
    for depth in range(1, len(segments)):
        pairs = zip(segments[:depth], target.names[:depth], strict=True)
        yield RESOURCE_TYPES["/".join(segments[:depth])], "/".join([target.service, *(f"{kind}/{name}" for kind, name in pairs)])
