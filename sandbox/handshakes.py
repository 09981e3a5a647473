"""After a deployment: does a WebSocket really open through the gateway? Tried as a client that has read the deployed policy would."""

import ssl
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from sandbox import azure

_SENT = "hello"
_TIMEOUT = 30


@dataclass(frozen=True)
class Tried:
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

    @contextmanager
    def connected(self, url: str, trusted: ssl.SSLContext) -> Iterator[ClientConnection]:
        asked = f"{url}?{urlencode(self.query)}" if self.query else url
        secure = trusted if url.startswith("wss://") else None
        with connect(asked, ssl=secure, additional_headers=self.headers, proxy=None, open_timeout=_TIMEOUT) as socket:
            yield socket


def tried(apis: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]) -> list[Tried]:
    """Each API of the output `webSocketApis`, tried."""
    management = azure.ManagementClient(variables["SANDBOX_AZURE_MANAGEMENT_URL"])
    trusted = ssl.create_default_context(cafile=variables["W365_CA_FILE"])
    resources = management.state().resources
    return [_tried(key, api, resources, management, trusted) for key, api in sorted(apis.items())]


def _tried(
    key: str,
    api: Mapping[str, Any],
    resources: Mapping[str, azure.Resource],
    management: azure.ManagementClient,
    trusted: ssl.SSLContext,
) -> Tried:
    url = str(api["url"])
    service = f"/service/{api['service']}/".casefold()
    found = {name.partition(service)[2]: item for name, item in resources.items() if service in name}
    deployed = found.get(f"apis/{api['api']}/operations/onHandshake/policies/policy".casefold())
    policy = ET.fromstring(deployed.properties["value"] if deployed else "<policies />")  # noqa: S314  the local server's own
    subscription = {"Ocp-Apim-Subscription-Key": found["subscriptions/master"].properties["primaryKey"]}
    good, anonymous = _Client(dict(subscription)), _Client(dict(subscription))
    check = policy.find("inbound/validate-jwt")
    if check is not None:
        _show(good, check, management.token(aud=check.findtext("audiences/audience")))
    status, echoed = _attempt(good, url, trusted)
    without = _attempt(anonymous, url, trusted)[0] if check is not None else None
    return Tried(key, url, status, echoed, without, _problem(status, without, echoed=echoed))


def _show(client: _Client, check: ET.Element, token: str) -> None:
    """Put the token where the policy reads it."""
    parameter = check.get("query-parameter-name")
    if parameter:
        client.query[parameter] = token
    else:
        scheme = check.get("require-scheme", "Bearer")
        client.headers[check.get("header-name", "Authorization")] = f"{scheme} {token}"


def _attempt(client: _Client, url: str, trusted: ssl.SSLContext) -> tuple[int, bool]:
    try:
        with client.connected(url, trusted) as socket:
            socket.send(_SENT)
            return 101, socket.recv(timeout=_TIMEOUT) == _SENT
    except InvalidStatus as refused:
        return refused.response.status_code, False
    except (WebSocketException, OSError):
        return 0, False


def _problem(status: int, without: int | None, *, echoed: bool) -> str:
    if status != 101:
        return f"a good client's handshake was answered with {status}, not 101" if status else "no answer to a handshake"
    if not echoed:
        return "the WebSocket opened, but what was sent did not come back"
    return "" if without in {None, 401} else f"a client without a token was answered with {without}, not 401"
