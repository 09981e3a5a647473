"""What is refused before an engine is asked, in one line that names the argument."""

import re
from typing import Any

import pulumi
import pytest

from pulumi_workspace365_components import SubscriptionKeyNamesArgs, WebSocketApiArgs, policies
from pulumi_workspace365_components.websocket_api.validation import websocket_url

GIVEN: dict[str, Any] = {
    "resource_group_name": "platform",
    "service_name": "contoso-apim",
    "path": "chat",
    "service_url": "wss://chat.example.com",
}
SERVICE = "/subscriptions/s/resourceGroups/platform/providers/Microsoft.ApiManagement/service/contoso-apim"


@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("path", "/chat", "path: it is a suffix of the gateway's URL, like chat/v1, without a slash before it"),
        ("path", "https://contoso-apim.azure-api.net/chat", "path: it is a suffix of the gateway's URL"),
        ("path", "a" * 401, "path: it has at most 400 characters"),
        ("api_id", "chat#1", "api_id: a name has 1 to 256 characters, none of * # & + : < > ? / \\ %, and not only dots"),
        ("api_id", "..", "api_id: a name has 1 to 256 characters"),
        ("api_id", "a/../b", "api_id: a name has 1 to 256 characters"),
        ("api_id", "%2e%2e", "api_id: a name has 1 to 256 characters"),
        ("api_id", "a" * 257, "api_id: a name has 1 to 256 characters"),
        ("tags", ["beta", ".."], "tags: entry 2: a name has 1 to 80 characters"),
        ("tags", ["a" * 81], "tags: entry 1: a name has 1 to 80 characters"),
        ("gateways", ["a" * 81], "gateways: entry 1: a name has 1 to 80 characters"),
        ("products", [""], "products: entry 1: a name has 1 to 256 characters"),
        ("tags", ["Beta", f"{SERVICE}/tags/beta"], "tags: entry 2 names the same as entry 1"),
        ("tags", [f"{SERVICE}/products/beta"], "tags: entry 1: it is a name, or an ARM id that ends with /tags/NAME"),
        (
            "tags",
            [f"{SERVICE}/tags/beta", f"{SERVICE.replace('contoso', 'other')}/tags/beta2"],
            "tags: entry 2 is of another service",
        ),
        ("products", [f"{SERVICE.replace('platform', 'other')}/products/a"], "products: entry 1 is of another service"),
        ("products", ["tags/beta"], "products: entry 1: it is a name, or an ARM id that ends with /products/NAME"),
        ("gateways", [f"{SERVICE}/gateways/edge/apis/chat"], "gateways: entry 1: it is a name, or an ARM id"),
        ("display_name", "", "display_name: it has 1 to 300 characters"),
        ("products", "partners", "products: 'str' instances are not allowed as a Sequence value"),
        ("protocols", ["https"], "protocols.0: Input should be 'ws' or 'wss'"),
        ("protocols", [], "protocols: it names ws, wss or both"),
        ("diagnostics", {"sampling": 101}, "sampling: it is a percentage, 0 to 100"),
        (
            "api_id",
            "chat;rev=2",
            "api_id: it names a revision, and a WebSocketApi makes none: a new revision begins without a policy",
        ),
        ("api_revision", "2", "api_revision: a WebSocketApi has no revisions and is in no version set"),
        ("api_version_set_id", "chats", "api_version_set_id: a WebSocketApi has no revisions and is in no version set"),
        ("diagnostics", {"metrics": True}, "metrics: they go to Application Insights: give application_insights"),
        ("pat", "chat", "pat: there is no such field (perhaps misspelled)"),
    ],
)
def test_an_argument_that_cannot_be_is_named_with_the_reason(argument: str, value: object, reason: str) -> None:
    with pytest.raises(pulumi.RunError, match=re.escape(reason)) as refusal:
        WebSocketApiArgs(**{**GIVEN, argument: value})
    assert "\n" not in str(refusal.value)


def test_an_argument_that_is_known_later_is_taken_as_it_is() -> None:
    later = pulumi.Output.from_input("chat")
    args = WebSocketApiArgs(**{**GIVEN, "path": later, "api_id": later, "protocols": [later], "sku": later, "handshake": later})
    assert args.path is later
    assert args.handshake is later


def test_key_names_are_taken_from_a_ready_made_handshake() -> None:
    names = policies.ready.SubscriptionKey(header="api-key", query="key").names
    assert WebSocketApiArgs(**GIVEN, subscription_key_names=names).subscription_key_names == SubscriptionKeyNamesArgs(
        header="api-key", query="key"
    )


@pytest.mark.parametrize(
    ("gateway", "path", "protocols", "url"),
    [
        ("https://contoso-apim.azure-api.net", "chat", ["wss"], "wss://contoso-apim.azure-api.net/chat"),
        ("https://contoso-apim.azure-api.net/", "chat/v1", ["ws", "wss"], "wss://contoso-apim.azure-api.net/chat/v1"),
        ("https://contoso-apim.azure-api.net", "", ["wss"], "wss://contoso-apim.azure-api.net"),
        ("https://contoso-apim.azure-api.net", "chat", ["ws"], "ws://contoso-apim.azure-api.net/chat"),
        ("http://127.0.0.1:8080", "chat", ["wss"], "ws://127.0.0.1:8080/chat"),
    ],
)
def test_clients_connect_with_tls_where_api_and_gateway_speak_it(gateway: str, path: str, protocols: list[str], url: str) -> None:
    assert websocket_url(gateway, path, protocols) == url
