"""The rules of each resource type: what the service adds to a resource and what it refuses, in its words where they are known."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_workspace365_sandbox.azure.arm import monitor, policies
from pulumi_workspace365_sandbox.azure.arm.responses import Answer, Refused, invalid, not_found, not_yours
from pulumi_workspace365_sandbox.azure.arm.routes import Target
from pulumi_workspace365_sandbox.azure.records import Resource
from pulumi_workspace365_sandbox.azure.store import Store

_DIAGNOSTICS = {"azuremonitor", "applicationinsights", "local"}
_KEY_NAMES = {"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"}


@dataclass(frozen=True)
class Deployment:
    """A resource about to be saved: where, with which valid properties, and what is there already."""

    target: Target
    properties: dict[str, Any]
    old: Resource | None
    store: Store

    def exists(self, kind: str, id_: str) -> bool:
        found = self.store.find(id_)
        return found is not None and found.kind == kind

    @property
    def api(self) -> Resource | None:
        """The API that it is part of."""
        return self.store.find(f"{self.target.service}/apis/{self.target.names[0]}")

    @property
    def of_websocket(self) -> bool:
        return self.api is not None and self.api.properties["type"] == "websocket"


def before_save(deployment: Deployment) -> dict[str, Any]:
    """The properties to keep. Raises Refused."""
    judge = _BEFORE_SAVE.get(deployment.target.kind.path)
    return judge(deployment) if judge else deployment.properties


def act(target: Target, found: Resource, store: Store) -> Answer:
    """An action on a resource: listSecrets and its like."""
    if target.action == "listValue":
        return Answer(value={"value": found.properties.get("value")}, headers={"ETag": found.etag})
    if target.action == "listSecrets":
        keys = {name: found.properties[name] for name in ("primaryKey", "secondaryKey")}
        return Answer(value=keys, headers={"ETag": found.etag})
    name = "primaryKey" if target.action == "regeneratePrimaryKey" else "secondaryKey"
    store.save(found.model_copy(update={"properties": found.properties | {name: secrets.token_hex(16)}, "etag": store.etag()}))
    return Answer(204)


def _api(deployment: Deployment) -> dict[str, Any]:
    given, old = deployment.properties, deployment.old
    kind = given.get("type") or given.get("apiType") or (old.properties["type"] if old else "http")
    if old and kind != old.properties["type"]:
        raise invalid("type", "The type of an API cannot be changed.")
    if not given.get("displayName"):
        raise invalid("displayName", "'displayName' must not be empty.")
    if kind == "websocket":
        _websocket_api(given)
    path = given["path"].strip("/")
    for other in deployment.store.below(deployment.target.service, "apis"):
        if other.properties["path"] == path and other.id.casefold() != deployment.target.id.casefold():
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
    kept = defaults | {name: value for name, value in given.items() if name not in {"format", "value", "wsdlSelector", "apiType"}}
    names = {name: value for name, value in kept["subscriptionKeyParameterNames"].items() if value}
    return kept | {"path": path, "subscriptionKeyParameterNames": _KEY_NAMES | names}


def _websocket_api(given: dict[str, Any]) -> None:
    url = given.get("serviceUrl")
    if url is None:
        raise invalid("serviceUrl", "'serviceUrl' must not be empty.")
    if not url:
        raise Refused(400, "ValidationError", "WebSocket API type is not enabled for the service or sku")
    if not url.lower().startswith(("ws://", "wss://")):
        raise invalid("serviceUrl", "The service URL of a WebSocket API must begin with 'ws://' or 'wss://'.")
    if not set(given.get("protocols", ["wss"])) <= {"ws", "wss"} or given.get("protocols") == []:
        raise invalid("protocols", "The protocols of a WebSocket API are 'ws' and 'wss'.")
    for name in ("format", "value", "wsdlSelector"):
        if name in given:
            raise invalid(name, "A WebSocket API cannot be imported from a document.")


def _operation(deployment: Deployment) -> dict[str, Any]:
    if deployment.of_websocket:
        raise not_yours()
    return deployment.properties


def _api_policy(deployment: Deployment) -> dict[str, Any]:
    if deployment.of_websocket:
        raise Refused(400, "ValidationError", "Not allowed at 'Api' scope for 'WEBSOCKET' api type")
    return _policy(deployment)


def _policy(deployment: Deployment) -> dict[str, Any]:
    if deployment.target.name != "policy":
        raise invalid("name", "Name should only be 'policy' for policies entity")
    where = policies.SCOPES.get(deployment.target.kind.path, "handshake")
    return policies.kept(deployment.properties, where, deployment.target.service, deployment.store)


def _fragment(deployment: Deployment) -> dict[str, Any]:
    kept = policies.kept(deployment.properties, "fragment", deployment.target.service, deployment.store)
    policies.judge_again(deployment.target.name, kept["value"], deployment.target.service, deployment.store)
    return kept


def _named_value(deployment: Deployment) -> dict[str, Any]:
    given = deployment.properties
    if ("value" in given) == ("keyVault" in given):
        raise invalid("value", "'value' or 'keyVault' must be given, and only one of them.")
    if "keyVault" in given:
        raise invalid("keyVault", "There is no Key Vault on this machine.")
    if "{{" in given["value"]:
        raise invalid("value", "A named value cannot contain other named values.")
    for other in deployment.store.below(deployment.target.service, "namedValues"):
        same = other.properties["displayName"].casefold() == given["displayName"].casefold()
        if same and other.id.casefold() != deployment.target.id.casefold():
            raise invalid("displayName", "Property with specified name already exists.")
    return {"secret": False, "tags": []} | given


def _product(deployment: Deployment) -> dict[str, Any]:
    return {"subscriptionRequired": True, "state": "notPublished"} | deployment.properties


def _api_link(deployment: Deployment) -> dict[str, Any]:
    id_ = deployment.properties["apiId"]
    if not id_.casefold().startswith(f"{deployment.target.service.casefold()}/apis/"):
        raise invalid("apiId", "The full resource id of an API of this service is required.")
    if not deployment.exists("apis", id_):
        raise not_found("API")
    if deployment.old and deployment.old.properties["apiId"].casefold() != id_.casefold():
        raise invalid("apiId", "The API of a link cannot be changed.")
    for other in deployment.store.below(deployment.target.service, deployment.target.kind.path):
        _other_link(deployment, other)
    return deployment.properties


def _other_link(deployment: Deployment, other: Resource) -> None:
    """Raises Refused for a link that is there already in another place."""
    target = deployment.target
    if other.id.casefold() == target.id.casefold():
        return
    if other.name.casefold() == target.name.casefold():
        raise invalid("name", "The identifier of a link must be unique in the service.")
    same_api = other.properties["apiId"].casefold() == deployment.properties["apiId"].casefold()
    if same_api and other.id.casefold().startswith(f"{target.parent_id.casefold()}/"):
        raise invalid("apiId", f"The API is linked already, by '{other.name}'.")


def _association(deployment: Deployment) -> dict[str, Any]:
    if not deployment.exists("apis", f"{deployment.target.service}/apis/{deployment.target.name}"):
        raise not_found("API")
    return {"provisioningState": "created"}


def _api_tag(deployment: Deployment) -> dict[str, Any]:
    found = deployment.store.find(f"{deployment.target.service}/tags/{deployment.target.name}")
    if found is None:
        raise not_found("Tag")
    return found.properties


def _tag(deployment: Deployment) -> dict[str, Any]:
    for other in deployment.store.below(deployment.target.service, "tags"):
        same = other.properties["displayName"].casefold() == deployment.properties["displayName"].casefold()
        if same and other.id.casefold() != deployment.target.id.casefold():
            raise invalid("displayName", "Tag with specified name already exists.")
    return deployment.properties


def _gateway(deployment: Deployment) -> dict[str, Any]:
    if deployment.target.name.casefold() == "managed":
        raise invalid("name", "'managed' is reserved for the gateway of the service.")
    return deployment.properties


def _diagnostic(deployment: Deployment) -> dict[str, Any]:
    if deployment.target.name.casefold() not in _DIAGNOSTICS:
        raise invalid("name", "The identifier of a diagnostic is 'azuremonitor', 'applicationinsights' or 'local'.")
    logger = deployment.properties["loggerId"]
    if not deployment.exists("loggers", logger if logger.startswith("/subscriptions/") else deployment.target.service + logger):
        raise invalid("loggerId", "Logger not found.")
    return deployment.properties


def _subscription(deployment: Deployment) -> dict[str, Any]:
    given, old = deployment.properties, deployment.old
    scope = given["scope"].removeprefix(deployment.target.service).rstrip("/") or "/"
    full = deployment.target.service + scope
    known = scope in {"/", "/apis"} or deployment.exists("apis", full) or deployment.exists("products", full)
    if not known:
        raise invalid("scope", "Subscription scope should be one of '/apis', '/apis/{apiId}', '/products/{productId}'.")
    before = old.properties if old else {}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = {
        "primaryKey": before.get("primaryKey") or secrets.token_hex(16),
        "secondaryKey": before.get("secondaryKey") or secrets.token_hex(16),
        "createdDate": before.get("createdDate") or now,
        "state": "active",
        "allowTracing": False,
    }
    kept = made | given | {"scope": deployment.target.service + scope}
    _keys_are_new(deployment, kept)
    return kept


def _keys_are_new(deployment: Deployment, kept: dict[str, Any]) -> None:
    keys = {kept["primaryKey"], kept["secondaryKey"]}
    for other in deployment.store.below(deployment.target.service, "subscriptions"):
        theirs = {other.properties["primaryKey"], other.properties["secondaryKey"]}
        if theirs & keys and other.id.casefold() != deployment.target.id.casefold():
            raise invalid("primaryKey", "The key is in use by another subscription.")


_BEFORE_SAVE: dict[str, Callable[[Deployment], dict[str, Any]]] = {
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
