"""Azure Monitor: what a diagnostic setting and a metric alert of an API Management service must hold."""

from typing import Any

from pulumi_workspace365_sandbox.azure.arm.responses import ErrorResponse
from pulumi_workspace365_sandbox.azure.store import Store

LOG_CATEGORIES = {"GatewayLogs", "WebSocketConnectionLogs", "DeveloperPortalAuditLogs", "GatewayLlmLogs"}
_DESTINATIONS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "serviceBusRuleId", "marketplacePartnerId")
_METRICS = {
    *("Requests", "Capacity", "Duration", "BackendDuration", "NetworkConnectivity", "EventHubTotalEvents", "CPUPercent_Gateway"),
    *("ConnectionAttempts", "WebSocketMessages", "MemoryPercent_Gateway"),
}


def diagnostic_setting(properties: dict[str, Any]) -> dict[str, Any]:
    if not any(properties.get(name) for name in _DESTINATIONS):
        raise ErrorResponse(400, "BadRequest", "At least one data sink needs to be specified.")
    logs = properties.get("logs", [])
    for log in logs:
        if ("category" in log) == ("categoryGroup" in log):
            raise ErrorResponse(400, "BadRequest", "A log needs a category or a category group, and not both.")
        if "category" in log and log["category"] not in LOG_CATEGORIES:
            raise ErrorResponse(400, "BadRequest", f"Category '{log['category']}' is not supported.")
    if not any(item["enabled"] for item in [*logs, *properties.get("metrics", [])]):
        raise ErrorResponse(400, "BadRequest", "At least one log or metric must be enabled.")
    return properties


def metric_alert(properties: dict[str, Any], store: Store) -> dict[str, Any]:
    for scope in properties["scopes"]:
        if store.find(scope) is None:
            raise ErrorResponse(404, "ResourceNotFound", f"The resource '{scope}' of the alert's scopes was not found.")
    for criterion in properties["criteria"]["allOf"]:
        if criterion["metricName"] not in _METRICS:
            raise ErrorResponse(400, "BadRequest", f"Couldn't find a metric named '{criterion['metricName']}'.")
    return {"autoMitigate": True} | properties
