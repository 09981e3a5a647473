"""What probes observe, as plain data. A verdict depends only on a check and an observation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pulumi_workspace365.apim.models import ConnectivityResult

ConnectErrorKind = Literal["dns", "refused", "timeout", "no route", "proxy"]


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """This machine could not connect, so the state of the target is unknown.

    Args:
        obstacle: what stood in the way.
        host: the name or address that was tried.
        port: likewise.
        private: the name leads to addresses of private networks only.
        proxy: the proxy that was tried instead, without user name and password; empty where there is none.
        said: what the proxy did, if the obstacle is ``proxy``.
    """

    kind: ConnectErrorKind
    host: str
    port: int
    private: bool = False
    proxy: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolFailed:
    """The response violates its protocol: TLS, HTTP or WebSocket."""

    reason: str
    untrusted: bool = False
    """The certificate is the reason."""


@dataclass(frozen=True, slots=True)
class ClientError:
    """A client's own error: a sentence that stands alone."""

    sentence: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The check did not end within its seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NotRun:
    """The check could not be run: a permission, the pricing tier or a setting is missing."""

    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class HttpObservation:
    """An HTTP answer.

    Args:
        status: 100 to 599.
        text: the beginning of its body, for checks that expect something in it.
    """

    status: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class HandshakeObservation:
    """The answer to a WebSocket handshake, and what followed where it was a 101.

    Args:
        status: of the answer; 101 is an open WebSocket.
        subprotocol: the one that the server chose.
        echoed: whether what was sent came back; None where nothing was sent.
        trouble: how the open connection ended before everything was tried, else empty.
        close_code: the code of the close frame; None if there was none.
        www_authenticate: whether the refusal requests credentials.
        retry_after: the seconds to wait, as the refusal states them.
    """

    status: int
    subprotocol: str | None = None
    echoed: bool | None = None
    trouble: str = ""
    close_code: int | None = None
    www_authenticate: bool = False
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class ComponentObservation:
    """One component of a health answer (docs/provisioning-api.md#health)."""

    component: str
    status: str


@dataclass(frozen=True, slots=True)
class HealthObservation:
    """A health answer (docs/provisioning-api.md#health), from the one web server that gave it."""

    instance: str
    overall: str
    components: Sequence[ComponentObservation]
    product_version: str = ""


@dataclass(frozen=True, slots=True)
class ConnectivityObservation:
    """The answer of a connectivity check."""

    result: ConnectivityResult


Observation = (
    ConnectFailed
    | ProtocolFailed
    | ClientError
    | TimedOut
    | NotRun
    | HttpObservation
    | HandshakeObservation
    | HealthObservation
    | ConnectivityObservation
)
