"""One handshake on its way through the policies: what they read and change."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from pulumi_workspace365_sandbox.azure.gateway.http_messages import Headers, HttpResponse
from pulumi_workspace365_sandbox.azure.records import Resource


class Refusal(Exception):
    """A policy, or the gateway itself, refuses the handshake. `reason`: as in the logs' LastErrorReason."""

    def __init__(self, response: HttpResponse, reason: str, message: str, source: str = "") -> None:
        super().__init__(message)
        self.response, self.reason, self.message, self.source = response, reason, message, source
        self.section = self.scope = self.path = self.policy_id = ""


@dataclass
class HandshakeContext:
    """One handshake.

    `client_query` is the query as the client sent it, `query` what policies make of it; `suffix`: what is added to the backend's path;
    `backend_headers`, `backend_query`: the credentials of the backend that a policy chose.
    """

    correlation_id: str
    scheme: str
    host: str
    path: str
    client_query: list[tuple[str, str]]
    query: list[tuple[str, str]]
    headers: Headers
    address: str
    region: str
    service: str = ""
    received: datetime = field(default_factory=lambda: datetime.now(UTC))
    api: Resource | None = None
    product: Resource | None = None
    subscription: Resource | None = None
    key: str = ""
    backend_url: str = ""
    backend_headers: list[tuple[str, str]] = field(default_factory=list)
    backend_query: list[tuple[str, str]] = field(default_factory=list)
    suffix: str = ""
    forwards: bool = False
    variables: dict[str, Any] = field(default_factory=dict)
    response_headers: Headers = field(default_factory=Headers)
    response_status: int | None = None
    refusal: Refusal | None = None
    trace: list[str] = field(default_factory=list)


def parsed_query(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)
