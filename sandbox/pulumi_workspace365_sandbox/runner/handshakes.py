"""After a deployment: does a WebSocket really open through the gateway? Tried as a client that has read the deployed policy would."""

import ssl
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import InvalidStatus, WebSocketException

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.runner import websocket

_MESSAGE = "hello"


@dataclass(frozen=True)
class HandshakeResult:
    """One deployed API: the status of a good client's handshake, what came back for what it sent, and the status without a token."""

    key: str
    url: str
    status: int
    echoed: bool
    without_token: int | None
    problem: str


@dataclass
class _Client:
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def attempt(self, url: str, trusted: ssl.SSLContext) -> tuple[int, bool]:
        """The status of a handshake, 0 where there was no answer, and whether what was sent came back."""
        full_url = f"{url}?{urlencode(self.query)}" if self.query else url
        try:
            with websocket.open_websocket(full_url, trusted, self.headers) as socket:
                socket.send(_MESSAGE)
                return 101, socket.recv() == _MESSAGE
        except InvalidStatus as refused:
            return refused.response.status_code, False
        except (WebSocketException, OSError):
            return 0, False


def try_handshakes(apis: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]) -> list[HandshakeResult]:
    """Each API of the output `webSocketApis`, tried."""
    management = azure.ManagementClient(variables["SANDBOX_AZURE_MANAGEMENT_URL"])
    trusted = ssl.create_default_context(cafile=variables["W365_CA_FILE"])
    resources = management.state().resources
    return [_try_handshake(key, api, resources, management, trusted) for key, api in sorted(apis.items())]


def _try_handshake(
    key: str,
    api: Mapping[str, Any],
    resources: Mapping[str, azure.Resource],
    management: azure.ManagementClient,
    trusted: ssl.SSLContext,
) -> HandshakeResult:
    url = str(api["url"])
    service = f"/service/{api['service']}/".casefold()
    resources_of_service = {name.partition(service)[2]: item for name, item in resources.items() if service in name}
    deployed = resources_of_service.get(f"apis/{api['api']}/operations/onHandshake/policies/policy".casefold())
    policy = ET.fromstring(deployed.properties["value"] if deployed else "<policies />")  # noqa: S314  the local server's own
    subscription = {"Ocp-Apim-Subscription-Key": resources_of_service["subscriptions/master"].properties["primaryKey"]}
    allowed = policy.findtext("inbound/check-header[@name='Origin']/value")
    from_there = {"Origin": allowed} if allowed else {}
    good, anonymous = _Client(subscription | from_there), _Client(subscription | from_there)
    check = policy.find("inbound/validate-jwt")
    if check is not None:
        _show(good, check, management.token(aud=check.findtext("audiences/audience")))
    status, echoed = good.attempt(url, trusted)
    without = anonymous.attempt(url, trusted)[0] if check is not None else None
    return HandshakeResult(key, url, status, echoed, without, _problem(status, without, echoed=echoed))


def _show(client: _Client, check: ET.Element, token: str) -> None:
    """Put the token where the policy reads it."""
    parameter = check.get("query-parameter-name")
    if parameter:
        client.query[parameter] = token
    else:
        scheme = check.get("require-scheme", "Bearer")
        client.headers[check.get("header-name", "Authorization")] = f"{scheme} {token}"


def _problem(status: int, without: int | None, *, echoed: bool) -> str:
    if status != 101:
        return f"a good client's handshake was answered with {status}, not 101" if status else "no answer to a handshake"
    if not echoed:
        return "the WebSocket opened, but what was sent did not come back"
    return "" if without in {None, 401} else f"a client without a token was answered with {without}, not 401"
