"""Connectivity checks as the official SDK asks for them, and backends to ask about."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from azure.mgmt.apimanagement import models

from tests.sandbox.azure.desk import Desk

CLOSED = 1
"""A reserved port of loopback, at which nothing listens."""


def asked(address: str, port: int, **more: Any) -> models.ConnectivityCheckRequest:
    source = models.ConnectivityCheckRequestSource(region="West Europe")
    destination = models.ConnectivityCheckRequestDestination(address=address, port=port)
    return models.ConnectivityCheckRequest(source=source, destination=destination, **more)


def http(
    *, codes: list[int] | None = None, method: str | None = None, **headers: str
) -> models.ConnectivityCheckRequestProtocolConfiguration:
    listed = [models.HTTPHeader(name=name.replace("_", "-"), value=value) for name, value in headers.items()] or None
    own = models.ConnectivityCheckRequestProtocolConfigurationHTTPConfiguration(
        method=method, valid_status_codes=codes, headers=listed
    )
    return models.ConnectivityCheckRequestProtocolConfiguration(http_configuration=own)


def check(desk: Desk, address: str, port: int, **more: Any) -> Any:
    """The result, by the SDK's client: a ConnectivityCheckResponse, whose annotations know no value but None."""
    poller = desk.apim.begin_perform_connectivity_check_async(*desk.service, asked(address, port, **more))
    return poller.result()


def issues(result: Any) -> list[tuple[str, str, str]]:
    """Hop, severity and type of each issue."""
    return [(str(hop.type), str(item.severity), str(item.type)) for hop in result.hops or [] for item in (hop.issues or [])]


@contextmanager
def backend(*statuses: int) -> Iterator[int]:
    """The port of an HTTP server that answers these statuses in turn, for ever."""
    turn = count()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.send_response(statuses[next(turn) % len(statuses)])
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = _answer  # noqa: N815  the base class names them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
