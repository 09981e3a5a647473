"""A WebSocket API in front of a wss backend that knows the gateway's managed identity: clients never hold a key of the backend."""

import os

import pulumi

from pulumi_workspace365_components import WebSocketApi, WebSocketApiArgs, policies

config = pulumi.Config()

speech = WebSocketApi(
    "speech",
    WebSocketApiArgs(
        resource_group_name=config.require("resourceGroup"),
        service_name=config.require("service"),
        sku=config.get("sku"),
        path="speech",
        service_url=config.get("backendUrl") or os.environ["SANDBOX_BACKEND_URL"],
        handshake=policies.ready.managed_identity("https://cognitiveservices.azure.com"),
    ),
)

pulumi.export("url", speech.websocket_url)
