"""One WebSocket API with all that belongs to it, as a user writes it with azure-native alone."""

from typing import Any

import pulumi
from pulumi_azure_native import apimanagement, authorization, monitor

config = pulumi.Config()
where: dict[str, Any] = {"resource_group_name": config.require("group"), "service_name": config.require("service")}
service = config.require("serviceId")

api = apimanagement.Api(
    "chat",
    **where,
    api_id=config.get("apiId") or "chat",
    display_name="Chat",
    path="chat",
    api_type=apimanagement.ApiType.WEBSOCKET,
    soap_api_type=apimanagement.SoapApiType.WEB_SOCKET,
    service_url=config.require("backend"),
    protocols=[apimanagement.Protocol.WSS],
    opts=pulumi.ResourceOptions(delete_before_replace=True),
)
secret = apimanagement.NamedValue(
    "origin",
    **where,
    named_value_id="chat-origin",
    display_name="chat-origin",
    value=config.require_secret("origin"),
    secret=True,
)
fragment = apimanagement.PolicyFragment(
    "trace",
    **where,
    id="chat-trace",
    value='<fragment><trace source="chat"><message>hello</message></trace></fragment>',
    format="xml",
)
policy = apimanagement.ApiOperationPolicy(
    "handshake",
    **where,
    api_id=api.name,
    operation_id="onHandshake",
    policy_id="policy",
    format="xml",
    value=f"""<policies><inbound><base /><include-fragment fragment-id="chat-trace" />
        <check-header name="Origin" failed-check-httpcode="{config.get("status") or "403"}" failed-check-error-message="no" ignore-case="true">
            <value>{{{{chat-origin}}}}</value></check-header></inbound>
        <backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>""",
    opts=pulumi.ResourceOptions(depends_on=[secret, fragment]),
)
product = apimanagement.Product("partners", **where, display_name="Partners", state=apimanagement.ProductState.PUBLISHED)
apimanagement.ProductApiLink("link", **where, product_id=product.name, api_id=api.id, api_link_id="chat")
logger = apimanagement.Logger.get("monitor", f"{service}/loggers/azuremonitor")
apimanagement.ApiDiagnostic(
    "diagnostic",
    **where,
    api_id=api.name,
    diagnostic_id="azuremonitor",
    logger_id=logger.id,
    always_log=apimanagement.AlwaysLog.ALL_ERRORS,
    sampling=apimanagement.SamplingSettingsArgs(percentage=100, sampling_type="fixed"),
)
subscription = apimanagement.Subscription("probe", **where, display_name="Probe", scope=product.id, sid="chat-probe")
monitor.DiagnosticSetting(
    "logs",
    resource_uri=service,
    name="chat",
    workspace_id="/subscriptions/x/workspaces/y",
    log_analytics_destination_type="Dedicated",
    logs=[
        monitor.DiagnosticsLogSettingsArgs(category="GatewayLogs", enabled=True),
        monitor.DiagnosticsLogSettingsArgs(category="WebSocketConnectionLogs", enabled=True),
    ],
)
keys = apimanagement.list_subscription_secrets_output(**where, sid=subscription.name)

pulumi.export("policy", policy.value)
pulumi.export("key", pulumi.Output.secret(keys.primary_key))
pulumi.export("tenant", authorization.get_client_config_output().tenant_id)
pulumi.export("gateway", apimanagement.get_api_management_service_output(**where).gateway_url)
