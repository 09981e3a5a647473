"""What the server keeps and what the management interface shows: one shape for the server, the client and the disk."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

Address = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?$")]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Resource(Record):
    """One resource of the Resource Manager, with the secrets that the API never gives back."""

    id: str
    kind: str = Field(description="as in an operation's name: apis, apis/operations/policies, diagnosticSettings")
    name: str
    type: str
    properties: dict[str, Any]
    outer: dict[str, Any] = Field(default={}, description="what stands beside `properties`: location, sku, tags")
    etag: str


class ServerOptions(Record):
    """How the service behaves, for every call until it is changed; README.md explains each."""

    polls: NonNegativeInt = Field(default=0, description="how often a long-running operation answers that it still runs")
    retry_after: NonNegativeInt = Field(default=0, description="seconds; sent with the answers of a running operation")
    caller_address: str = Field(default="", description="what policies take as the caller's address; empty: the real one")
    region: str = "West Europe"
    aliases: dict[str, list[Address]] = Field(
        default={},
        description="host names of backends, for the gateway and its checks: `127.0.0.1:8443`, `127.0.0.1`; none: unknown",
    )
    handshake_seconds: PositiveFloat = Field(default=30, description="until when a client's request has arrived at the gateway")
    frame_seconds: PositiveFloat = Field(
        default=60, description="for a WebSocket frame that has begun to arrive, and for a side to take what it is sent"
    )
    message_bytes: PositiveInt = Field(default=64 * 1024 * 1024, description="of a WebSocket message, at most")
    foreign_ids: dict[str, str] = Field(
        default={}, description="by kind, the id below the service that answers give in place of a resource's own"
    )
    tcp_probes: PositiveInt = Field(default=10, description="of a connectivity check by TCP")
    http_probes: PositiveInt = Field(default=3, description="of a connectivity check by HTTP or HTTPS")
    probe_seconds: PositiveFloat = Field(default=5, description="after which a probe has failed")


class Request(Record):
    """One request to the Resource Manager or the login, as it arrived: names of headers, never values."""

    number: int
    operation: str | None = Field(
        description="`PUT apis`, `GET apis/operations/policies`, `POST subscriptions/listSecrets`, `POST token`"
    )
    method: str
    path: str
    query: dict[str, str]
    headers: list[str]
    body: dict[str, Any] | None = Field(default=None, description="of a connectivity check, without the values of its headers")
    faults: list[str] = []
    status: int | None = None
    ms: float | None = None


class GatewayLog(Record):
    """A row of ApiManagementGatewayLogs. `exported`: a diagnostic setting of the service would deliver it."""

    exported: bool
    time_generated: str
    correlation_id: str
    api_id: str = ""
    operation_id: str = ""
    product_id: str = ""
    apim_subscription_id: str = ""
    caller_ip_address: str
    method: str
    url: str
    client_protocol: str
    response_code: int
    backend_url: str = ""
    backend_response_code: int | None = None
    is_request_success: bool
    last_error_reason: str = ""
    last_error_message: str = ""
    last_error_source: str = ""
    last_error_section: str = ""
    trace_records: list[str] = []
    total_time: float
    region: str


class ConnectionLog(Record):
    """A row of ApiManagementWebSocketConnectionLogs."""

    exported: bool
    time_generated: str
    correlation_id: str
    event_name: Literal["ConnectionAttempted", "ConnectionEstablished", "ConnectionClosed", "ConnectionFailed"]
    source: str
    destination: str
    error: str = ""
    region: str


class BackendRequest(Record):
    """A handshake that arrived at the echo backend, values included."""

    path: str
    query: str
    headers: dict[str, str]
    subprotocols: list[str]


class State(Record):
    """Everything the server holds, except the histories."""

    options: ServerOptions
    resources: dict[str, Resource]
    faults: list[dict[str, Any]]
    open_connections: int
