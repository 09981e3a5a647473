"""Checks as data: the request and the expected response. A checks file holds a list of them (docs/checks.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api.configuration import is_loopback
from pulumi_workspace365.apim.models import ConnectivityRequest
from pulumi_workspace365_components.error_sentences import unknown_field

Outcome = Literal["fail", "warn"]
Status = Annotated[int, Field(ge=100, le=599)]
Port = Annotated[int, Field(ge=1, le=65535)]
_STATUS = {"type": "integer", "minimum": 100, "maximum": 599}
_STATUSES = {"anyOf": [{"type": "array", "items": _STATUS}, _STATUS]}
_FORBIDDEN_HEADERS = {"host", "connection", "upgrade", "content-length", "transfer-encoding"}


class CheckError(Exception):
    """Checks are malformed; the message names the argument, and file and line where there are any."""


class _Check(BaseModel):
    """What all checks have. Unknown fields are refused, values are never shown in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=200)
    """What reports call the check; each has its own."""
    timeout: float = Field(default=60, gt=0, le=3600)
    """Seconds that the whole check may take."""


class _HttpCheck(_Check):
    """What is asked of an address from the machine on which the check runs."""

    url: str
    """The address, without a user name and without a fragment."""
    headers: dict[str, SecretStr] = {}
    """What is sent with the request; never shown. ``env:NAME`` and ``file:PATH`` are read where the check runs."""
    query: dict[str, SecretStr] = {}
    """Query parameters, beside those that the URL has; never shown."""
    settle: float = Field(default=0, ge=0, le=1800)
    """Seconds for which anything but the expected answer is tried again: a new deployment needs them."""
    when_unreachable: Outcome = "fail"
    """``warn`` where the address cannot be reached from everywhere the check runs, such as a private gateway from a public CI."""

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            text = value.get_secret_value()
            if name.lower() in _FORBIDDEN_HEADERS or name.lower().startswith("sec-websocket-"):
                raise ValueError(f"the header {name} is set by the connection itself and cannot be given")
            if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
                raise ValueError(f"{name!r:.40} is not a header name")
            if not text.isprintable() or not text.isascii():
                raise ValueError(f"the value of {name} contains a character that is not allowed in a header")
        return headers

    @model_validator(mode="after")
    def _private(self) -> "_HttpCheck":
        parts = urlsplit(self.url)
        if (self.headers or self.query) and parts.scheme in {"ws", "http"} and not is_loopback(parts.hostname or ""):
            raise ValueError(f"url: {parts.scheme} would send the headers and parameters in the clear; use {parts.scheme}s")
        return self


def _address(url: str, schemes: tuple[str, str]) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("it cannot be read as a URL") from None
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise ValueError(f"it begins with {schemes[0]}:// or {schemes[1]}:// and names a host")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("it has neither user name nor fragment; secrets go into headers or query")
    return url


class WebSocketCheck(_HttpCheck):
    """A real WebSocket handshake, from where the check runs: its status, the subprotocol, and a text that comes back."""

    kind: Literal["websocket"] = "websocket"
    """A WebSocket handshake."""
    expect_status: Status = 101
    """The status that must answer the handshake: 101 where it opens."""
    subprotocols: tuple[str, ...] = ()
    """Offered to the server, the preferred one first."""
    expect_subprotocol: str | None = None
    """The one of ``subprotocols`` that the server must choose."""
    echo: str | None = Field(default=None, max_length=65536)
    """A text that is sent, and must be the next message that arrives."""
    repeat: int = Field(default=1, ge=1, le=1000)
    """Handshakes in a row; the last one counts."""

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        return _address(url, ("wss", "ws"))

    @model_validator(mode="after")
    def _fitting(self) -> "WebSocketCheck":
        if self.expect_status != 101 and (self.echo is not None or self.expect_subprotocol is not None):
            raise ValueError("expect_status: echo and expect_subprotocol need a WebSocket that opens, which is status 101")
        if self.expect_subprotocol is not None and self.expect_subprotocol not in self.subprotocols:
            raise ValueError("expect_subprotocol: it must be one of subprotocols, or the server cannot choose it")
        return self


class HttpCheck(_HttpCheck):
    """A GET, from where the check runs. Redirections are not followed."""

    kind: Literal["http"] = "http"
    """A GET."""
    expect_status: Annotated[tuple[Status, ...], WithJsonSchema(_STATUSES)] = (200,)
    """The status, or one of several, that must answer it."""
    contains: str | None = None
    """A text that the first 64 KiB of the answer hold."""

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        return _address(url, ("https", "http"))

    @field_validator("expect_status", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return [value] if isinstance(value, int) else value


class HealthCheck(_Check):
    """``GET /api/health`` of the configured instance: every component is OK or NOT_APPLICABLE (docs/provisioning-api.md#health)."""

    kind: Literal["health"] = "health"
    """The health of the configured instance."""


class ConnectivityCheck(_Check):
    """What API Management itself reaches from one of its regions; the fields are those of the resource ``ConnectivityCheck``."""

    kind: Literal["connectivity"] = "connectivity"
    """What API Management reaches."""
    subscription_id: str | None = None
    """That of ``apim:subscriptionId`` or ``ARM_SUBSCRIPTION_ID`` if left out."""
    resource_group_name: str
    service_name: str
    region: str
    instance: int | None = None
    address: str
    port: Port
    protocol: Literal["TCP", "HTTP", "HTTPS"] | None = None
    method: Literal["GET", "POST"] | None = None
    valid_status_codes: tuple[Status, ...] | None = None
    headers: dict[str, SecretStr] | None = None
    preferred_ip_version: Literal["IPv4"] | None = None
    require: Literal["connected", "degraded", "report"] = "connected"
    max_average_latency_ms: float | None = Field(default=None, gt=0)
    on_unsupported: Outcome = "fail"
    """``warn`` where the service may not be able to run the check at all. It is never counted as passed."""

    @model_validator(mode="after")
    def _askable(self) -> "ConnectivityCheck":
        self.request()
        return self

    def request(self) -> ConnectivityRequest:
        """What is sent."""
        same = ("region", "instance", "address", "port", "protocol", "method", "valid_status_codes", "preferred_ip_version")
        given = {name: getattr(self, name) for name in same}
        headers = {name: value.get_secret_value() for name, value in self.headers.items()} if self.headers else None
        try:
            return ConnectivityRequest(**given, headers=headers)
        except ValidationError as problem:
            raise ValueError("; ".join(sentence(error) for error in problem.errors())) from None


Check = Annotated[WebSocketCheck | HttpCheck | HealthCheck | ConnectivityCheck, Field(discriminator="kind")]
_ONE: TypeAdapter[Check] = TypeAdapter(Check)


def parse_check(given: object) -> Check:
    """A check from a model or a mapping.

    Raises:
        CheckError: a field is missing, misspelled or cannot be; a sentence for each.
    """
    if isinstance(given, _Check):
        return given  # type: ignore[return-value]  # the kinds are all that derive from it
    if not isinstance(given, Mapping):
        raise CheckError(f"A check is a mapping with name and kind, not {_kind(given)}.")
    try:
        return _ONE.validate_python(dict(given))
    except ValidationError as problem:
        messages = "; ".join(dict.fromkeys(sentence(error) for error in problem.errors()))
        name = given.get("name")
        raise CheckError(f"Check {name!r:.100}: {messages}." if isinstance(name, str) else f"A check: {messages}.") from None


def sentence(error: Any) -> str:
    """One validation error of pydantic in words, without the name of the kind that pydantic puts into the path."""
    kinds = {"websocket", "http", "health", "connectivity"}
    parts = [str(part) for at, part in enumerate(error["loc"]) if not (part in kinds and at < 3)]
    reasons = {
        "missing": "it is required",
        "union_tag_not_found": "kind is required: connectivity, websocket, health or http",
        "union_tag_invalid": "kind is one of connectivity, websocket, health and http",
    }
    reason = unknown_field(Check, error) or reasons.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    return safe_text.one_line(f"{'.'.join(parts)}: {reason}" if parts else reason)


def require_unique(checks: Sequence[Check]) -> None:
    """Stop where two checks have one name: reports would mix them up.

    Raises:
        CheckError: they do.
    """
    if twins := sorted(name for name, times in Counter(check.name for check in checks).items() if times > 1):
        raise CheckError(f"Two checks have the name {twins[0]!r:.100}; each needs its own.")


def _kind(value: object) -> str:
    kinds = {str: "a text", list: "a list", type(None): "nothing", int: "a number", float: "a number", bool: "a truth value"}
    return kinds.get(type(value), type(value).__name__)
