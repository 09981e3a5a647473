"""A WebSocket API in API Management: browsers connect with a token in the query, from one origin, twenty times a minute."""

import os

import pulumi

from pulumi_workspace365_components import WebSocketApi, WebSocketApiArgs, policies

config = pulumi.Config()
caller = policies.expression("context.Request.IpAddress")

chat = WebSocketApi(
    "chat",
    WebSocketApiArgs(
        resource_group_name=config.require("resourceGroup"),
        service_name=config.require("service"),
        sku=config.get("sku"),
        path="chat",
        service_url=config.get("backendUrl") or os.environ["SANDBOX_BACKEND_URL"],
        handshake=policies.combine(
            policies.ready.allowed_origins("https://app.example.com"),
            policies.ready.jwt(
                openid_config=config.get("openidConfig") or os.environ["SANDBOX_OPENID_CONFIG"],
                audiences=["chat"],
                query="access_token",
                forward_token=False,
            ),
            policies.Handshake(inbound=[policies.rate_limit_by_key(calls=20, renewal_period=60, counter_key=caller)]),
        ),
    ),
)

pulumi.export("url", chat.websocket_url)
pulumi.export("policy", chat.policy_xml)
