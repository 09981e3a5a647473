"""One handshake on its way through the policies: what they read and change."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.azure.gateway.messages import Headers, Response
from sandbox.azure.policy import values
from sandbox.azure.policy.values import Thing
from sandbox.azure.records import Resource


class Refusal(Exception):
    """A policy, or the gateway itself, refuses the handshake. `reason`: as in the logs' LastErrorReason."""

    def __init__(self, response: Response, reason: str, message: str, source: str = "") -> None:
        super().__init__(message)
        self.response, self.reason, self.message, self.source = response, reason, message, source
        self.section = ""


@dataclass
class Exchange:
    """`asked` is the query as the client sent it, `query` what policies make of it; `suffix`: what is added to the backend's path."""

    correlation_id: str
    scheme: str
    host: str
    path: str
    asked: list[tuple[str, str]]
    query: list[tuple[str, str]]
    headers: Headers
    address: str
    region: str
    api: Resource | None = None
    product: Resource | None = None
    subscription: Resource | None = None
    key: str = ""
    backend_url: str = ""
    suffix: str = ""
    forwards: bool = False
    variables: dict[str, Any] = field(default_factory=dict)
    response_headers: Headers = field(default_factory=Headers)
    response_status: int | None = None
    refusal: Refusal | None = None
    trace: list[str] = field(default_factory=list)

    def names(self) -> dict[str, Any]:
        """What expressions see: `context`."""
        members = {
            "RequestId": self.correlation_id,
            "Request": self._request(),
            "Response": self._response(),
            "Variables": values.lookup("Variables", self.variables),
            "Subscription": self._subscription(),
            "Product": Thing("Product", {"Id": self.product.name, "Name": self.product.name}) if self.product else None,
            "Api": self._api(),
            "Operation": Thing("Operation", {"Id": "onHandshake", "Name": "onHandshake", "Method": "GET"}),
            "Deployment": Thing("Deployment", {"Region": self.region}),
            "LastError": self._last_error(),
        }
        return {"context": Thing("context", members)}

    def _request(self) -> Thing:
        grouped: dict[str, list[str]] = {}
        for name, value in self.query:
            grouped.setdefault(name, []).append(value)
        split = urlsplit(f"{self.scheme}://{self.host}")
        url = {
            "Host": split.hostname or "",
            "Port": split.port or (443 if self.scheme == "wss" else 80),
            "Scheme": self.scheme,
            "Path": self.path,
            "QueryString": f"?{urlencode(self.query)}" if self.query else "",
            "Query": values.lookup("Query", _Folded(grouped), joined=True),
        }
        headers = values.lookup("Headers", _Folded(self.headers.grouped()), joined=True)
        members = {"Headers": headers, "Url": Thing("Url", url), "OriginalUrl": Thing("OriginalUrl", url), "Method": "GET"}
        return Thing("Request", members | {"IpAddress": self.address})

    def _response(self) -> Thing | None:
        if self.response_status is None:
            return None
        headers = values.lookup("Headers", _Folded(self.response_headers.grouped()), joined=True)
        return Thing("Response", {"StatusCode": self.response_status, "Headers": headers})

    def _subscription(self) -> Thing | None:
        if self.subscription is None:
            return None
        members = {"Id": self.subscription.name, "Key": self.key, "Name": self.subscription.properties["displayName"]}
        return Thing("Subscription", members)

    def _api(self) -> Thing | None:
        if self.api is None:
            return None
        properties = self.api.properties
        return Thing("Api", {"Id": self.api.name, "Name": properties["displayName"], "Path": properties["path"], "Revision": "1"})

    def _last_error(self) -> Thing | None:
        if self.refusal is None:
            return None
        refusal = self.refusal
        members = {"Source": refusal.source, "Reason": refusal.reason, "Message": refusal.message, "Section": refusal.section}
        return Thing("LastError", members)


class _Folded(dict[str, list[str]]):
    """Names without case."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        super().__init__({name.casefold(): value for name, value in found.items()})

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).casefold())

    def __getitem__(self, name: str) -> list[str]:
        return super().__getitem__(name.casefold())


def parsed_query(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)
