"""What probes observe, as plain data. A verdict depends only on a check and an observation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pulumi_workspace365.apim.models import ConnectivityResult

ConnectErrorKind = Literal["dns", "refused", "timeout", "no route", "proxy"]


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """No connection was made from this machine, so nothing is known of what was asked.

    Args:
        obstacle: what stood in the way.
        host: the name or address that was tried.
        port: likewise.
        private: the name leads to addresses of private networks only.
        proxy: the proxy that was tried instead, without user name and password; empty where there is none.
        said: what that proxy does, where the obstacle is ``proxy``.
    """

    kind: ConnectErrorKind
    host: str
    port: int
    private: bool = False
    proxy: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolFailed:
    """Something answered, but not as its protocol asks: TLS, HTTP or WebSocket went wrong on the way."""

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
class NotSupported:
    """What was asked cannot be answered here: the right, the tier or the setting for it is missing."""

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
        close_code: with which the connection ended; None where none was told.
        www_authenticate: whether the refusal asks for credentials.
        retry_after: the seconds that the refusal asks to wait, as it says them.
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
    | NotSupported
    | HttpObservation
    | HandshakeObservation
    | HealthObservation
    | ConnectivityObservation
)
