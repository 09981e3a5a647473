"""A hook on a resource of another package: right after the API is created or updated, a client really connects."""

import os

import pulumi
from pulumi_azure_native import apimanagement

from pulumi_workspace365_components import validate_after_deploy

config = pulumi.Config()
service = {"resource_group_name": config.require("resourceGroup"), "service_name": config.require("service")}
gateway = apimanagement.get_api_management_service_output(**service).gateway_url
url = gateway.apply(lambda address: address.replace("https://", "wss://") + "/echo")

echo = apimanagement.Api(
    "echo",
    **service,
    api_id="echo",
    display_name="Echo",
    path="echo",
    api_type=apimanagement.ApiType.WEBSOCKET,
    soap_api_type=apimanagement.SoapApiType.WEB_SOCKET,
    protocols=["wss"],
    service_url=config.get("backendUrl") or os.environ["SANDBOX_BACKEND_URL"],
    subscription_required=False,
    opts=pulumi.ResourceOptions(
        hooks=validate_after_deploy(
            {"name": "echo", "kind": "websocket", "url": url, "expect_status": 101, "echo": "ping"},
        )
    ),
)

pulumi.export("url", url)
