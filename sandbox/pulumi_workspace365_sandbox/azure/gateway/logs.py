"""The gateway's two log tables: handshakes, and what became of connections."""

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from pulumi_workspace365_sandbox.azure.gateway import backend
from pulumi_workspace365_sandbox.azure.gateway.deployed_resources import DeployedResources
from pulumi_workspace365_sandbox.azure.gateway.handshake_context import HandshakeContext
from pulumi_workspace365_sandbox.azure.records import ConnectionLog, GatewayLog

_MOST_RECORDS = 20_000
Event = Literal["ConnectionAttempted", "ConnectionEstablished", "ConnectionClosed", "ConnectionFailed"]


def _log() -> deque[Any]:
    return deque(maxlen=_MOST_RECORDS)


@dataclass
class Logs:
    deployed: DeployedResources
    gateway: deque[GatewayLog] = field(default_factory=_log)
    connections: deque[ConnectionLog] = field(default_factory=_log)

    def clear(self) -> None:
        self.gateway.clear()
        self.connections.clear()

    def handshake(self, exchange: HandshakeContext, status: int, started: float, backend_status: int | None = None) -> None:
        refusal = exchange.refusal
        self.gateway.append(
            GatewayLog(
                exported=self.deployed.exports("GatewayLogs"),
                time_generated=_now(),
                correlation_id=exchange.correlation_id,
                api_id=exchange.api.name if exchange.api else "",
                operation_id="onHandshake" if exchange.api else "",
                product_id=exchange.product.name if exchange.product else "",
                apim_subscription_id=exchange.subscription.name if exchange.subscription else "",
                caller_ip_address=exchange.address,
                method="GET",
                url=self._url(exchange),
                client_protocol="HTTP/1.1",
                response_code=status,
                backend_url=exchange.backend_url if exchange.forwards else "",
                backend_response_code=backend_status,
                is_request_success=status < 400,
                last_error_reason=refusal.reason if refusal else "",
                last_error_message=refusal.message if refusal else "",
                last_error_source=refusal.source if refusal else "",
                last_error_section=refusal.section if refusal else "",
                trace_records=exchange.trace,
                total_time=round((time.monotonic() - started) * 1000, 3),
                region=exchange.region,
            )
        )

    def connection(self, handshake: HandshakeContext, event: Event, error: str = "") -> None:
        self.connections.append(
            ConnectionLog(
                exported=self.deployed.exports("WebSocketConnectionLogs"),
                time_generated=_now(),
                correlation_id=handshake.correlation_id,
                event_name=event,
                source=handshake.address,
                destination=backend.url(handshake).partition("?")[0],
                error=error,
                region=handshake.region,
            )
        )

    def _url(self, handshake: HandshakeContext) -> str:
        """With the query, from which a diagnostic of the API may have parameters masked or hidden."""
        modes = self.deployed.masked_parameters(handshake.api) if handshake.api else {}
        shown = [(name, "***" if modes.get(name.casefold()) == "Mask" else value) for name, value in handshake.client_query]
        visible = [(name, value) for name, value in shown if modes.get(name.casefold()) != "Hide"]
        return f"{handshake.scheme}://{handshake.host}{handshake.path}{f'?{urlencode(visible)}' if visible else ''}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
