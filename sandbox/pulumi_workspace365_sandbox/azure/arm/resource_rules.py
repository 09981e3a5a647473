"""The rules of each resource type: what the service adds to a resource and what it refuses, in its words where they are known."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_workspace365_sandbox.azure.arm import monitor, policies
from pulumi_workspace365_sandbox.azure.arm.responses import (
    ErrorResponse,
    Response,
    invalid,
    not_found,
    operation_not_user_definable,
)
from pulumi_workspace365_sandbox.azure.arm.routes import Target
from pulumi_workspace365_sandbox.azure.records import Resource
from pulumi_workspace365_sandbox.azure.store import Store

_DIAGNOSTICS = {"azuremonitor", "applicationinsights", "local"}
_KEY_NAMES = {"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"}


@dataclass(frozen=True)
class ResourceUpdate:
    """A resource about to be saved: where, with which valid properties, and what is there already."""

    target: Target
    properties: dict[str, Any]
    old: Resource | None
    store: Store

    def exists(self, kind: str, id_: str) -> bool:
        resource = self.store.find(id_)
        return resource is not None and resource.kind == kind

    @property
    def api(self) -> Resource | None:
        """The API that it is part of."""
        return self.store.find(f"{self.target.service}/apis/{self.target.names[0]}")

    @property
    def is_websocket(self) -> bool:
        return self.api is not None and self.api.properties["type"] == "websocket"


def before_save(update: ResourceUpdate) -> dict[str, Any]:
    """The properties to keep. Raises ErrorResponse."""
    judge = _BEFORE_SAVE.get(update.target.kind.path)
    return judge(update) if judge else update.properties


def act(target: Target, resource: Resource, store: Store) -> Response:
    """An action on a resource: listSecrets and its like."""
    if target.action == "listValue":
        return Response(value={"value": resource.properties.get("value")}, headers={"ETag": resource.etag})
    if target.action == "listSecrets":
        keys = {name: resource.properties[name] for name in ("primaryKey", "secondaryKey")}
        return Response(value=keys, headers={"ETag": resource.etag})
    name = "primaryKey" if target.action == "regeneratePrimaryKey" else "secondaryKey"
    store.save(
        resource.model_copy(update={"properties": resource.properties | {name: secrets.token_hex(16)}, "etag": store.etag()})
    )
    return Response(204)


def _api(update: ResourceUpdate) -> dict[str, Any]:
    given, old = update.properties, update.old
    kind = given.get("type") or given.get("apiType") or (old.properties["type"] if old else "http")
    if old and kind != old.properties["type"]:
        raise invalid("type", "The type of an API cannot be changed.")
    if not given.get("displayName"):
        raise invalid("displayName", "'displayName' must not be empty.")
    if kind == "websocket":
        _websocket_api(given)
    path = given["path"].strip("/")
    for other in update.store.below(update.target.service, "apis"):
        if other.properties["path"] == path and other.id.casefold() != update.target.id.casefold():
            message = "Cannot create an API with the same Path unless it's a part of the same version set."
            raise invalid("path", message)
    defaults: dict[str, Any] = {
        "type": kind,
        "protocols": ["wss"] if kind == "websocket" else ["https"],
        "apiRevision": "1",
        "isCurrent": True,
        "subscriptionRequired": True,
        "subscriptionKeyParameterNames": {},
    }
    properties = defaults | {
        name: value for name, value in given.items() if name not in {"format", "value", "wsdlSelector", "apiType"}
    }
    names = {name: value for name, value in properties["subscriptionKeyParameterNames"].items() if value}
    return properties | {"path": path, "subscriptionKeyParameterNames": _KEY_NAMES | names}


def _websocket_api(given: dict[str, Any]) -> None:
    url = given.get("serviceUrl")
    if url is None:
        raise invalid("serviceUrl", "'serviceUrl' must not be empty.")
    if not url:
        raise ErrorResponse(400, "ValidationError", "WebSocket API type is not enabled for the service or sku")
    if not url.lower().startswith(("ws://", "wss://")):
        raise invalid("serviceUrl", "The service URL of a WebSocket API must begin with 'ws://' or 'wss://'.")
    if not set(given.get("protocols", ["wss"])) <= {"ws", "wss"} or given.get("protocols") == []:
        raise invalid("protocols", "The protocols of a WebSocket API are 'ws' and 'wss'.")
    for name in ("format", "value", "wsdlSelector"):
        if name in given:
            raise invalid(name, "A WebSocket API cannot be imported from a document.")


def _operation(update: ResourceUpdate) -> dict[str, Any]:
    if update.is_websocket:
        raise operation_not_user_definable()
    return update.properties


def _api_policy(update: ResourceUpdate) -> dict[str, Any]:
    if update.is_websocket:
        raise ErrorResponse(400, "ValidationError", "Not allowed at 'Api' scope for 'WEBSOCKET' api type")
    return _policy(update)


def _policy(update: ResourceUpdate) -> dict[str, Any]:
    if update.target.name != "policy":
        raise invalid("name", "Name should only be 'policy' for policies entity")
    where = policies.SCOPES.get(update.target.kind.path, "handshake")
    return policies.normalize(update.properties, where, update.target.service, update.store)


def _fragment(update: ResourceUpdate) -> dict[str, Any]:
    properties = policies.normalize(update.properties, "fragment", update.target.service, update.store)
    policies.revalidate_dependents(update.target.name, properties["value"], update.target.service, update.store)
    return properties


def _named_value(update: ResourceUpdate) -> dict[str, Any]:
    given = update.properties
    if ("value" in given) == ("keyVault" in given):
        raise invalid("value", "'value' or 'keyVault' must be given, and only one of them.")
    if "keyVault" in given:
        raise invalid("keyVault", "There is no Key Vault on this machine.")
    if "{{" in given["value"]:
        raise invalid("value", "A named value cannot contain other named values.")
    for other in update.store.below(update.target.service, "namedValues"):
        same = other.properties["displayName"].casefold() == given["displayName"].casefold()
        if same and other.id.casefold() != update.target.id.casefold():
            raise invalid("displayName", "Property with specified name already exists.")
    return {"secret": False, "tags": []} | given


def _product(update: ResourceUpdate) -> dict[str, Any]:
    return {"subscriptionRequired": True, "state": "notPublished"} | update.properties


def _api_link(update: ResourceUpdate) -> dict[str, Any]:
    id_ = update.properties["apiId"]
    if not id_.casefold().startswith(f"{update.target.service.casefold()}/apis/"):
        raise invalid("apiId", "The full resource id of an API of this service is required.")
    if not update.exists("apis", id_):
        raise not_found("API")
    if update.old and update.old.properties["apiId"].casefold() != id_.casefold():
        raise invalid("apiId", "The API of a link cannot be changed.")
    for other in update.store.below(update.target.service, update.target.kind.path):
        _other_link(update, other)
    return update.properties


def _other_link(update: ResourceUpdate, other: Resource) -> None:
    """Raises ErrorResponse for a link that is there already in another place."""
    target = update.target
    if other.id.casefold() == target.id.casefold():
        return
    if other.name.casefold() == target.name.casefold():
        raise invalid("name", "The identifier of a link must be unique in the service.")
    same_api = other.properties["apiId"].casefold() == update.properties["apiId"].casefold()
    if same_api and other.id.casefold().startswith(f"{target.parent_id.casefold()}/"):
        raise invalid("apiId", f"The API is linked already, by '{other.name}'.")


def _association(update: ResourceUpdate) -> dict[str, Any]:
    if not update.exists("apis", f"{update.target.service}/apis/{update.target.name}"):
        raise not_found("API")
    return {"provisioningState": "created"}


def _api_tag(update: ResourceUpdate) -> dict[str, Any]:
    tag = update.store.find(f"{update.target.service}/tags/{update.target.name}")
    if tag is None:
        raise not_found("Tag")
    return tag.properties


def _tag(update: ResourceUpdate) -> dict[str, Any]:
    for other in update.store.below(update.target.service, "tags"):
        same = other.properties["displayName"].casefold() == update.properties["displayName"].casefold()
        if same and other.id.casefold() != update.target.id.casefold():
            raise invalid("displayName", "Tag with specified name already exists.")
    return update.properties


def _gateway(update: ResourceUpdate) -> dict[str, Any]:
    if update.target.name.casefold() == "managed":
        raise invalid("name", "'managed' is reserved for the gateway of the service.")
    return update.properties


def _diagnostic(update: ResourceUpdate) -> dict[str, Any]:
    if update.target.name.casefold() not in _DIAGNOSTICS:
        raise invalid("name", "The identifier of a diagnostic is 'azuremonitor', 'applicationinsights' or 'local'.")
    logger = update.properties["loggerId"]
    if not update.exists("loggers", logger if logger.startswith("/subscriptions/") else update.target.service + logger):
        raise invalid("loggerId", "Logger not found.")
    return update.properties


def _subscription(update: ResourceUpdate) -> dict[str, Any]:
    given, old = update.properties, update.old
    scope = given["scope"].removeprefix(update.target.service).rstrip("/") or "/"
    full = update.target.service + scope
    is_valid_scope = scope in {"/", "/apis"} or update.exists("apis", full) or update.exists("products", full)
    if not is_valid_scope:
        raise invalid("scope", "Subscription scope should be one of '/apis', '/apis/{apiId}', '/products/{productId}'.")
    before = old.properties if old else {}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    defaults = {
        "primaryKey": before.get("primaryKey") or secrets.token_hex(16),
        "secondaryKey": before.get("secondaryKey") or secrets.token_hex(16),
        "createdDate": before.get("createdDate") or now,
        "state": "active",
        "allowTracing": False,
    }
    properties = defaults | given | {"scope": update.target.service + scope}
    _require_unique_keys(update, properties)
    return properties


def _require_unique_keys(update: ResourceUpdate, properties: dict[str, Any]) -> None:
    keys = {properties["primaryKey"], properties["secondaryKey"]}
    for other in update.store.below(update.target.service, "subscriptions"):
        theirs = {other.properties["primaryKey"], other.properties["secondaryKey"]}
        if theirs & keys and other.id.casefold() != update.target.id.casefold():
            raise invalid("primaryKey", "The key is in use by another subscription.")


_BEFORE_SAVE: dict[str, Callable[[ResourceUpdate], dict[str, Any]]] = {
    "apis": _api,
    "apis/operations": _operation,
    "apis/operations/policies": _policy,
    "apis/policies": _api_policy,
    "apis/diagnostics": _diagnostic,
    "diagnostics": _diagnostic,
    "apis/tags": _api_tag,
    "gateways": _gateway,
    "gateways/apis": _association,
    "namedValues": _named_value,
    "policies": _policy,
    "policyFragments": _fragment,
    "products": _product,
    "products/apiLinks": _api_link,
    "products/apis": _association,
    "products/policies": _policy,
    "subscriptions": _subscription,
    "tags": _tag,
    "tags/apiLinks": _api_link,
    "diagnosticSettings": lambda deployment: monitor.diagnostic_setting(deployment.properties),
    "metricAlerts": lambda deployment: monitor.metric_alert(deployment.properties, deployment.store),
}
