"""What a person with rights deploys and connects to, with clients that are not ours."""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from azure.mgmt.apimanagement import ApiManagementClient, models
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from pulumi_workspace365_sandbox.azure import LocalAzure

VERSION = "2024-05-01"


@dataclass
class Desk:
    """The official SDK's client, plain HTTP beside it, and WebSockets through the gateway."""

    cloud: LocalAzure
    apim: ApiManagementClient
    http: httpx.Client
    trusted: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        self.trusted = ssl.create_default_context(cafile=self.cloud.ca_file)

    @property
    def service(self) -> tuple[str, str]:
        return self.cloud.resource_group_name, self.cloud.service_name

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A raw call on something below the service."""
        separator = "&" if "?" in path else "?"
        url = f"{self.cloud.service_id}/{path}{separator}api-version={VERSION}"
        return self.http.request(
            method, url, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def put(self, path: str, /, **properties: Any) -> httpx.Response:
        return self.request("PUT", path, {"properties": properties})

    def api(self, name: str = "chat", **properties: Any) -> None:
        """A WebSocket API in front of the echo backend, without a subscription key unless asked for."""
        defaults = {"displayName": name, "path": name, "type": "websocket", "serviceUrl": self.cloud.backend_url}
        answer = self.put(f"apis/{name}", **(defaults | {"protocols": ["wss", "ws"], "subscriptionRequired": False} | properties))
        assert answer.status_code in {200, 201}, answer.text

    def policy(
        self, inbound: str = "", *, backend: str = "<base />", outbound: str = "", on_error: str = "", api: str = "chat"
    ) -> None:
        answer = self.put_policy(inbound, backend=backend, outbound=outbound, on_error=on_error, api=api)
        assert answer.status_code in {200, 201}, answer.text

    def put_policy(
        self, inbound: str, *, backend: str = "<base />", outbound: str = "", on_error: str = "", api: str = "chat"
    ) -> httpx.Response:
        sections = f"<inbound><base />{inbound}</inbound><backend>{backend}</backend>"
        sections += f"<outbound>{outbound}</outbound><on-error>{on_error}</on-error>"
        return self.put(
            f"apis/{api}/operations/onHandshake/policies/policy", value=f"<policies>{sections}</policies>", format="rawxml"
        )

    def connect(
        self, path: str = "/chat", *, headers: dict[str, str] | None = None, query: dict[str, str] | None = None, **more: Any
    ) -> ClientConnection:
        """Open a WebSocket. Without TLS, with which a client of two threads now and then loses an answer."""
        url = self._url(path, query).replace(self.cloud.websocket_url, self.cloud.gateway_plain_url)
        options = {"additional_headers": headers, "proxy": None, "compression": None, **more}
        socket: ClientConnection = connect(url, **options)
        return socket

    def status(self, path: str = "/chat", **options: Any) -> int:
        """The handshake's status; an open WebSocket has echoed a message."""
        refused = asyncio.run(self._tried(path, **options))
        return 101 if refused is None else refused.status_code

    def refusal(self, path: str = "/chat", **options: Any) -> Response:
        refused = asyncio.run(self._tried(path, **options))
        assert refused is not None, "the handshake was not refused"
        return refused

    async def _tried(
        self, path: str, *, headers: dict[str, str] | None = None, query: dict[str, str] | None = None
    ) -> Response | None:
        try:
            async with open_socket(self._url(path, query), ssl=self.trusted, additional_headers=headers, proxy=None) as socket:
                await socket.send("ping")
                assert await socket.recv() == "ping"
        except InvalidStatus as refused:
            return refused.response
        return None

    def _url(self, path: str, query: dict[str, str] | None) -> str:
        return f"{self.cloud.websocket_url}{path}{f'?{urlencode(query)}' if query else ''}"

    def subscription(self, scope: str, name: str = "probe") -> str:
        """A subscription's key."""
        parameters = models.SubscriptionCreateParameters(display_name=name, scope=scope)
        self.apim.subscription.create_or_update(*self.service, name, parameters)
        key = self.apim.subscription.list_secrets(*self.service, name).primary_key
        assert key
        return key
