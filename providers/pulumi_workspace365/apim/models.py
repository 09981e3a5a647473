"""What Perform Connectivity Check Async takes and gives (REST reference, api-version 2024-05-01), both directions.

Enumerations of answers are open: the reference's own sample answers ``Reachable``, which its list does not have. What is unknown is kept.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from pulumi_dynamic_host import redaction

API_VERSION = "2024-05-01"
_MOST = 2**53  # what a JSON number and Pulumi's state carry exactly
_CREDENTIALS = ("auth", "cookie", "key", "secret", "token")
"""What is in the names of headers that carry them."""
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _RequestModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


SUBSCRIPTION_ID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
SubscriptionId = Annotated[str, StringConstraints(pattern=SUBSCRIPTION_ID)]
ResourceGroupName = Annotated[str, StringConstraints(min_length=1, max_length=90)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$", max_length=50)]


class ServiceTarget(_RequestModel):
    """The API Management service that runs the check, by its resource id."""

    subscription_id: SubscriptionId
    resource_group_name: ResourceGroupName
    service_name: ServiceName

    @property
    def id(self) -> str:
        """The service's resource id: ``/subscriptions/…/service/…``."""
        group = quote(self.resource_group_name, safe="")
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{group}"
            f"/providers/Microsoft.ApiManagement/service/{self.service_name}"
        )


def _address(text: str) -> str:
    if not text or not text.isprintable() or " " in text:
        raise ValueError("give a host name, an IP address or a URL, without spaces")
    if "://" not in text:
        if "/" in text or "@" in text:
            raise ValueError("a path or user needs a whole URL; give a host name, an IP address or https://HOST/PATH")
        return text
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("it looks like a URL but cannot be read as one") from None
    if parts.scheme.lower() in {"ws", "wss"}:
        raise ValueError(
            "the check does not support WebSocket: give the host name alone with protocol='TCP', or its https:// address"
        )
    if parts.scheme.lower() not in {"http", "https"} or not host:
        raise ValueError("a URL must start with http:// or https:// and name a host")
    if parts.username or parts.password:
        raise ValueError("a URL must not hold a user name or password; use headers, which are kept secret")
    return text


def _header_fields(headers: Mapping[str, str]) -> Mapping[str, str]:
    redaction.register_texts(*headers.values())
    for name, value in headers.items():
        if any(word in name.lower() for word in _CREDENTIALS):
            redaction.register(value, value.partition(" ")[2])  # the credentials after a scheme such as Bearer
        if not _HEADER.fullmatch(name):
            raise ValueError("a header's name consists of letters, digits and - only")
        if not all(character.isprintable() or character == "\t" for character in value):
            raise ValueError("a header's value must not hold line breaks or other control characters")
    return headers


_Status = Annotated[int, Field(ge=100, le=599)]


class ConnectivityRequest(_RequestModel):
    """One check: from a region of the service to an address and port. Omitted fields are not sent: the service has its own defaults.

    ``headers`` are secret: they are sent, and shown nowhere.
    """

    region: Annotated[str, StringConstraints(min_length=1)]
    instance: Annotated[int, Field(ge=0)] | None = None
    address: Annotated[str, AfterValidator(_address)]
    port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Literal["TCP", "HTTP", "HTTPS"] | None = None
    method: Literal["GET", "POST"] | None = None
    valid_status_codes: tuple[_Status, ...] | None = None
    headers: Annotated[Mapping[str, str], AfterValidator(_header_fields)] | None = Field(default=None, repr=False)
    preferred_ip_version: Literal["IPv4"] | None = None

    @model_validator(mode="after")
    def _http_only(self) -> Self:
        http_fields = [name for name in ("method", "valid_status_codes", "headers") if getattr(self, name) is not None]
        if http_fields and self.protocol not in {"HTTP", "HTTPS"}:
            raise ValueError(f"{http_fields[0]}: only an HTTP or HTTPS check uses it; set protocol='HTTPS', or leave it out")
        return self

    @property
    def destination(self) -> str:
        """The backend as messages name it: ``host:port``, without a path or query."""
        return destination(self.address, self.port)

    def warnings(self) -> list[str]:
        """What looks wrong although the service may accept it."""
        if "://" not in self.address:
            return []
        parts, found = urlsplit(self.address), []
        scheme = parts.scheme.upper()
        if self.protocol and self.protocol != scheme:
            found.append(f"address starts with {parts.scheme}:// but protocol is {self.protocol!r}")
        if parts.port and parts.port != self.port:
            found.append(f"address names port {parts.port} but port is {self.port}; the check uses port")
        return found

    def to_wire(self) -> dict[str, Any]:
        """The body ``ConnectivityCheckRequest``."""
        http = {
            "method": self.method,
            "validStatusCodes": None if self.valid_status_codes is None else list(self.valid_status_codes),
            "headers": None if self.headers is None else [{"name": name, "value": value} for name, value in self.headers.items()],
        }
        return _without_none(
            source=_without_none(region=self.region, instance=self.instance),
            destination={"address": self.address, "port": self.port},
            preferredIPVersion=self.preferred_ip_version,
            protocol=self.protocol,
            protocolConfiguration={"HTTPConfiguration": _without_none(**http)} if _without_none(**http) else None,
        )


def destination(address: str, port: int) -> str:
    """``host:port`` of a host name, an IP address or a URL."""
    host = (urlsplit(address).hostname if "://" in address else address) or address
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _context(entries: Any) -> Any:
    """Only explains, so every shape is read: a list of objects, of which values that are no text are shown as JSON."""
    if isinstance(entries, Mapping):
        entries = [entries]
    if not isinstance(entries, list):
        return []
    objects = [entry if isinstance(entry, Mapping) else {"value": entry} for entry in entries]
    return [{str(name): value if isinstance(value, str) else json.dumps(value) for name, value in one.items()} for one in objects]


def _texts(values: Any) -> Any:
    return [] if values is None else values


_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
_Count = Annotated[int, Field(strict=True, ge=0, le=_MOST)]
_Milliseconds = _Count | Annotated[float, Field(strict=True, ge=0, le=_MOST, allow_inf_nan=False)]


class _Answer(BaseModel):
    """A part of the answer. What this version does not know is ignored; a field of another type than documented is an error."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, populate_by_name=True)


class Issue(_Answer):
    """A problem that was met at a hop."""

    origin: _Text = ""
    """``Local``, ``Inbound`` or ``Outbound``."""
    severity: _Text = ""
    """``Error`` or ``Warning``."""
    type: _Text = ""
    """``AgentStopped``, ``DnsResolution``, ``GuestFirewall``, ``NetworkSecurityRule``, ``Platform``, ``PortThrottled``, ``SocketBind``,
    ``Unknown``, ``UserDefinedRoute``, or what else the service says."""
    context: Annotated[tuple[dict[str, str], ...], BeforeValidator(_context)] = ()
    """What explains the problem, such as the rule that blocked."""


class Hop(_Answer):
    """A place on the way from the gateway to the destination. The hops are a graph: ``next_hop_ids`` may be anything, even a cycle."""

    type: _Text = ""
    """Such as ``Source``, ``VirtualAppliance``, ``VnetLocal``, ``Internet``, ``Destination``."""
    id: _Text = ""
    """The hop's id, by which others name it."""
    address: _Text = ""
    """The hop's address."""
    resource_id: _Text = Field(default="", validation_alias=AliasChoices("resourceId", "resource_id"))
    """The ARM id of the resource at this place."""
    next_hop_ids: Annotated[tuple[str, ...], BeforeValidator(_texts)] = Field(
        default=(), validation_alias=AliasChoices("nextHopIds", "next_hop_ids")
    )
    """The ids of the hops that follow."""
    previous_hop_ids: Annotated[tuple[str, ...], BeforeValidator(_texts)] = Field(
        default=(), validation_alias=AliasChoices("previousHopIds", "previous_hop_ids")
    )
    """Sent by newer versions of the service only."""
    issues: Annotated[tuple[Issue, ...], BeforeValidator(_texts)] = ()
    """The problems that were met here."""


class ConnectivityResult(_Answer):
    """``ConnectivityCheckResponse``: what the probes found. Latencies are milliseconds, and absent where nothing was reached."""

    connection_status: str = Field(min_length=1, validation_alias=AliasChoices("connectionStatus", "connection_status"))
    """``Connected``, ``Degraded``, ``Disconnected``, ``Unknown``; also seen: ``Reachable`` and ``Unreachable``."""
    average_latency_ms: _Milliseconds | None = Field(
        default=None, validation_alias=AliasChoices("avgLatencyInMs", "average_latency_ms")
    )
    minimum_latency_ms: _Milliseconds | None = Field(
        default=None, validation_alias=AliasChoices("minLatencyInMs", "minimum_latency_ms")
    )
    maximum_latency_ms: _Milliseconds | None = Field(
        default=None, validation_alias=AliasChoices("maxLatencyInMs", "maximum_latency_ms")
    )
    probes_sent: _Count | None = Field(default=None, validation_alias=AliasChoices("probesSent", "probes_sent"))
    probes_failed: _Count | None = Field(default=None, validation_alias=AliasChoices("probesFailed", "probes_failed"))
    hops: Annotated[tuple[Hop, ...], BeforeValidator(_texts)] = ()

    @classmethod
    def from_wire(cls, document: Any) -> Self:
        """The result in a finished operation's body, with every known secret in its texts replaced by ``[secret]``.

        Raises:
            pydantic.ValidationError: a field is missing or of another type than documented.
        """
        return cls.model_validate(_masked(document))

    def outputs(self) -> dict[str, Any]:
        """As outputs of a resource and reports show it: plain JSON."""
        return self.model_dump(mode="json")


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return redaction.redact(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return {name: _masked(item) for name, item in value.items()} if isinstance(value, Mapping) else value
