"""The functions: the signed-in identity, tokens, and properties and secrets of resources."""

from collections.abc import Mapping
from typing import Any

from pulumi_workspace365_sandbox.azure_native.arm_client import ArmClient
from pulumi_workspace365_sandbox.azure_native.operations import UnsupportedRequest
from pulumi_workspace365_sandbox.azure_native.resource_definitions import FUNCTIONS, base_token


async def invoke(client: ArmClient, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a function. Raises ArmError, UnsupportedRequest."""
    name = base_token(token)
    if name == "authorization:getClientToken":
        return {"token": await client.token(arguments.get("endpoint") or "https://management.azure.com")}
    if name == "authorization:getClientConfig":
        return {
            "clientId": client.client_id,
            "objectId": client.client_id,
            "subscriptionId": client.subscription_id,
            "tenantId": client.tenant_id,
        }
    function = FUNCTIONS.get(name)
    if function is None:
        raise UnsupportedRequest(f"The local azure-native provider has no function {token}; the real one is needed.")
    id_ = function.definition.id(arguments, client.subscription_id)
    if function.action:
        answer = await client.call("POST", f"{id_}/{function.action}", function.definition.version)
        return dict(answer.json())
    response = (await client.call("GET", id_, function.definition.version)).json()
    return function.definition.properties(response) | {"id": response["id"]}
