"""What is there before anybody deploys: the service, its policy, its logger for Azure Monitor, its key to everything."""

import secrets
from typing import Any

from pulumi_workspace365_sandbox.azure.policy import document
from pulumi_workspace365_sandbox.azure.records import Resource
from pulumi_workspace365_sandbox.azure.store import Store

RESOURCE_GROUP = "rg-sandbox"
SERVICE = "apim-sandbox"
REGION = "westeurope"
BACKEND = "echo.example.com"
CLOSED_BACKEND = "closed.example.com"
CLOSED_ADDRESS = "127.0.0.1:1"
"""A reserved port, at which nothing listens."""
_POLICY = "<policies><inbound /><backend><forward-request /></backend><outbound /><on-error /></policies>"


def service_id(subscription_id: str) -> str:
    group = f"/subscriptions/{subscription_id}/resourceGroups/{RESOURCE_GROUP}"
    return f"{group}/providers/Microsoft.ApiManagement/service/{SERVICE}"


def seed(store: Store, subscription_id: str, gateway_url: str) -> None:
    """Make what is missing; the address of the gateway is that of this start."""
    service = service_id(subscription_id)
    store.save(_service(store, service, gateway_url))
    keys = {"primaryKey": secrets.token_hex(16), "secondaryKey": secrets.token_hex(16)}
    seeded: list[tuple[str, str, dict[str, Any]]] = [
        ("policies", "policy", {"value": document.render(document.parse(_POLICY, "xml"))}),
        ("loggers", "azuremonitor", {"loggerType": "azureMonitor", "isBuffered": True}),
        ("subscriptions", "master", {"displayName": "Built-in all-access", "scope": f"{service}/", "state": "active", **keys}),
    ]
    for kind, name, properties in seeded:
        if not store.find(f"{service}/{kind}/{name}"):
            store.save(_resource(store, f"{service}/{kind}/{name}", kind, properties))


def _service(store: Store, id_: str, gateway_url: str) -> Resource:
    properties = {
        "provisioningState": "Succeeded",
        "publisherName": "Sandbox",
        "publisherEmail": "sandbox@example.com",
        "gatewayUrl": gateway_url,
        "platformVersion": "stv2",
        "virtualNetworkType": "None",
        "createdAtUtc": "2024-05-01T00:00:00Z",
    }
    outer = {"location": REGION, "sku": {"name": "Developer", "capacity": 1}, "tags": {}}
    return _resource(store, id_, "", properties, outer)


def _resource(store: Store, id_: str, kind: str, properties: dict[str, Any], outer: dict[str, Any] | None = None) -> Resource:
    type_ = f"Microsoft.ApiManagement/service/{kind}".rstrip("/")
    name = id_.rpartition("/")[2]
    return Resource(id=id_, kind=kind, name=name, type=type_, properties=properties, outer=outer or {}, etag=store.etag())
