"""Paths of the Resource Manager; names of types are compared without case."""

from dataclasses import dataclass
from urllib.parse import unquote

from pulumi_workspace365_sandbox.azure.arm import resource_types
from pulumi_workspace365_sandbox.azure.arm.resource_types import RESOURCE_TYPES, ResourceType
from pulumi_workspace365_sandbox.azure.arm.responses import ErrorResponse

_ACTIONS = {("namedValues", "listValue"), ("subscriptions", "listSecrets"), ("subscriptions", "regeneratePrimaryKey"),
            ("subscriptions", "regenerateSecondaryKey")}  # fmt: skip
_SEGMENTS = {segment.casefold(): segment for path in RESOURCE_TYPES for segment in path.split("/")}


@dataclass(frozen=True)
class Target:
    """What a path names: a resource, with an action or without, or the collection that `id` is the path of."""

    kind: ResourceType
    id: str
    version: str
    service: str
    names: tuple[str, ...] = ()
    collection: bool = False
    action: str = ""
    operation_result: str = ""
    check_result: str = ""

    @property
    def name(self) -> str:
        return self.names[-1] if self.names else ""

    @property
    def parent_id(self) -> str:
        """Of a resource: the one it belongs to. Of a collection likewise."""
        return self.id.rsplit("/", 1 if self.collection else 2)[0]

    @property
    def operation(self) -> str:
        path = self.kind.path or "service"
        return f"{path}/{self.action}" if self.action else path


def target(path: str, subscription_id: str) -> Target:
    """Raises ErrorResponse for a path that no resource has."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    folded = [part.casefold() for part in parts]
    if len(parts) < 2 or folded[0] != "subscriptions":
        raise ErrorResponse(404, "InvalidResourceType", f"The resource type could not be found: {path}")
    if folded[1] != subscription_id.casefold():
        raise ErrorResponse(404, "SubscriptionNotFound", f"The subscription '{parts[1]}' could not be found.")
    if folded[2:3] != ["resourcegroups"] or folded[4:5] != ["providers"] or len(parts) < 8:
        raise ErrorResponse(404, "InvalidResourceType", f"The resource type could not be found: {path}")
    group = f"/subscriptions/{parts[1]}/resourceGroups/{parts[3]}/providers"
    if folded[5:7] == ["microsoft.insights", "metricalerts"] and len(parts) == 8:
        return Target(
            resource_types.METRIC_ALERT, f"{group}/Microsoft.Insights/metricAlerts/{parts[7]}", "metricAlerts", "", (parts[7],)
        )
    if folded[5:7] != ["microsoft.apimanagement", "service"]:
        raise ErrorResponse(404, "InvalidResourceType", f"The resource type '{'/'.join(parts[5:7])}' could not be found.")
    return _in_service(f"{group}/Microsoft.ApiManagement/service/{parts[7]}", parts[8:])


def _in_service(service: str, rest: list[str]) -> Target:
    folded = [part.casefold() for part in rest]
    if folded[:3] == ["providers", "microsoft.insights", "diagnosticsettings"]:
        tail = "/providers/Microsoft.Insights/diagnosticSettings"
        kind = resource_types.DIAGNOSTIC_SETTING
        if len(rest) == 3:
            return Target(kind, service + tail, "diagnosticSettings", service, collection=True)
        if len(rest) == 4:
            return Target(kind, f"{service}{tail}/{rest[3]}", "diagnosticSettings", service, (rest[3],))
    if folded[:2] == ["tenant", "operationresults"] and len(rest) == 3:
        return Target(resource_types.SERVICE, service, "Microsoft.ApiManagement", service, operation_result=rest[2])
    if folded[:1] == ["connectivitycheck"] and (len(rest) == 1 or (folded[1] == "operationresults" and len(rest) == 3)):
        result = rest[2] if len(rest) == 3 else ""
        return Target(
            resource_types.SERVICE, service, "Microsoft.ApiManagement", service, action="connectivityCheck", check_result=result
        )
    if not rest:
        name = service.rpartition("/")[2]
        return Target(resource_types.SERVICE, service, "Microsoft.ApiManagement", service, (name,))
    return _below(service, rest)


def _below(service: str, rest: list[str]) -> Target:
    action = ""
    if len(rest) % 2 and len(rest) > 1:
        kind = "/".join(_SEGMENTS.get(part.casefold(), part) for part in rest[:-1:2])
        action = next((name for path, name in _ACTIONS if path == kind and name.casefold() == rest[-1].casefold()), "")
        rest = rest[:-1] if action else rest
    types = [_SEGMENTS.get(part.casefold(), part) for part in rest[::2]]
    resource_type = RESOURCE_TYPES.get("/".join(types))
    if resource_type is None:
        raise ErrorResponse(404, "InvalidResourceType", f"The resource type 'service/{'/'.join(types)}' could not be found.")
    names = tuple(rest[1::2])
    path = "/".join(part for pair in zip(types, (*names, ""), strict=False) for part in pair if part)
    return Target(resource_type, f"{service}/{path}", "Microsoft.ApiManagement", service, names, len(rest) % 2 == 1, action)
