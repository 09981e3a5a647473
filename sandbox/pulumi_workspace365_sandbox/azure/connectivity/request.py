"""Strict validation of a check's request (`ConnectivityCheckRequest`, api-version 2024-05-01)."""

# ruff: noqa: N815  the names are those on the wire

import ipaddress
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_workspace365_sandbox.azure.arm.responses import invalid, json_object, refusal

_HIDDEN = "***"
_SCHEMES = {"HTTP": "http", "HTTPS": "https"}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Source(_Body):
    region: Annotated[str, Field(min_length=1)]
    instance: Annotated[int, Field(ge=0)] | None = None


class Destination(_Body):
    address: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)]


class Header(_Body):
    name: Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
    value: Annotated[str, Field(pattern=r"^[^\r\n\x00]*$")]


class HttpConfiguration(_Body):
    method: Literal["GET", "POST"] | None = None
    validStatusCodes: list[Annotated[int, Field(ge=100, le=599)]] | None = None
    headers: list[Header] | None = None


class ProtocolConfiguration(_Body):
    HTTPConfiguration: HttpConfiguration | None = None


class CheckRequest(_Body):
    """A request that the service would carry out."""

    source: Source
    destination: Destination
    preferredIPVersion: Literal["IPv4"] | None = None
    protocol: Literal["TCP", "HTTP", "HTTPS"] | None = None
    protocolConfiguration: ProtocolConfiguration | None = None

    @property
    def over(self) -> Literal["TCP", "HTTP", "HTTPS"]:
        """The protocol; the default is not documented, the sample without one is of TCP."""
        return self.protocol or "TCP"

    @property
    def http(self) -> HttpConfiguration:
        return (self.protocolConfiguration and self.protocolConfiguration.HTTPConfiguration) or HttpConfiguration()

    @property
    def host(self) -> str:
        return _split(self.destination.address).hostname or ""

    @property
    def path(self) -> str:
        """What an HTTP probe asks for."""
        split = _split(self.destination.address)
        return f"{split.path or '/'}{f'?{split.query}' if split.query else ''}"

    def redacted(self) -> dict[str, Any]:
        """For the history: values of headers may be secrets."""
        shown = self.model_dump(exclude_none=True)
        for header in shown.get("protocolConfiguration", {}).get("HTTPConfiguration", {}).get("headers", []):
            header["value"] = _HIDDEN
        return shown


def validate(content: bytes, regions: Iterable[str]) -> CheckRequest:
    """The request of a body; `regions` are those of the service. Raises ErrorResponse."""
    try:
        request = CheckRequest.model_validate(json_object(content))
    except ValidationError as error:
        raise refusal(error) from None
    service_regions = sorted({normalize_region(region) for region in regions})
    if normalize_region(request.source.region) not in service_regions:
        message = f"'{request.source.region}' is not a region of this service, which is in {', '.join(service_regions)}."
        raise invalid("source.region", message)
    _coherent(request)
    return request


def normalize_region(region: str) -> str:
    """``West Europe`` and ``westeurope`` are one region."""
    return region.replace(" ", "").casefold()


def _coherent(request: CheckRequest) -> None:
    """The address must fit the protocol and be of IPv4; configuration of HTTP is for HTTP alone. Raises ErrorResponse."""
    address = request.destination.address
    split, scheme = _split(address), address.partition("://")[0].lower() if "://" in address else ""
    if scheme and scheme != _SCHEMES.get(request.over):
        raise invalid("destination.address", f"The address '{address}' is not coherent with the protocol {request.over}.")
    if not scheme and address != split.hostname and address.lower() != split.hostname:
        raise invalid("destination.address", f"'{address}' is neither an IP address nor a host name.")
    if not split.hostname or split.username or _port(split) not in {None, request.destination.port}:
        raise invalid("destination.address", f"The address '{address}' must name a host, and no port but destination.port.")
    if _is_ipv6(split.hostname):
        raise invalid("destination.address", "Only IPv4 is supported for now.")
    if request.over == "TCP" and request.protocolConfiguration and request.protocolConfiguration.HTTPConfiguration:
        raise invalid("protocolConfiguration.HTTPConfiguration", "It is for the protocols HTTP and HTTPS.")


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address if "://" in address else f"//{address}")
    except ValueError:
        raise invalid("destination.address", f"'{address}' is neither an IP address nor a host name.") from None


def _port(split: SplitResult) -> int | None:
    try:
        return split.port
    except ValueError:
        return 0


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
