"""Every customer and every WebSocket API of the stack, from one file each."""

from collections import Counter
from pathlib import Path

import pulumi

import pulumi_workspace365_components as components
from pulumi_workspace365_components.stack_files import customers, websocket_apis
from pulumi_workspace365_components.stack_files.customers import CustomerFile
from pulumi_workspace365_components.stack_files.settings import StackSettings
from pulumi_workspace365_components.stack_files.websocket_apis import WebSocketFile

settings = StackSettings.read(Path(__file__).parent)
passwords: dict[str, pulumi.Output[str | None]] = {}


def deploy(customer: CustomerFile) -> dict[str, object]:
    """Declare one customer; returns what the stack tells about it."""
    component = components.CustomerEnvironment(customer.key, customer.component_args(settings))
    if customer.keeps_password:
        passwords[customer.key] = component.temporary_password
    return {
        "name": component.name,
        "active": component.is_active,
        "lifecycle": customer.lifecycle,
        "signOn": customer.sign_on.authority if customer.sign_on else None,
        "exchange": customer.exchange.server_type if customer.exchange else None,
        "sharePoint": customer.share_point.authentication_type if customer.share_point else None,
    }


def offer(file: WebSocketFile) -> dict[str, object]:
    """Declare one WebSocket API; returns what the stack tells about it."""
    api = components.WebSocketApi(file.key, file.component_args())
    return {"url": api.websocket_url, "service": file.service.name, "api": api.api_id}


declared = customers.load(settings)
deployed = {customer.key: deploy(customer) for customer in declared}
if settings.shows_details(len(declared)):
    pulumi.export("environments", deployed)
else:  # any change of one would print the outputs of all
    pulumi.export("customers", dict(Counter(customer.lifecycle for customer in declared)))
if apis := websocket_apis.load(settings):
    pulumi.export("webSocketApis", {file.key: offer(file) for file in apis})
if passwords:
    pulumi.export("temporaryPasswords", pulumi.Output.secret(passwords))
