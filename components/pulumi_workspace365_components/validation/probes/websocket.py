"""A WebSocket handshake with a third-party client (RFC 6455): its status, its subprotocol, an echo, an orderly end."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.typing import Origin, Subprotocol

from pulumi_workspace365.api.http_client import retry_after
from pulumi_workspace365_components.validation.checks import WebSocketCheck
from pulumi_workspace365_components.validation.observations import HandshakeObservation, Observation, ProtocolFailed
from pulumi_workspace365_components.validation.probes import network
from pulumi_workspace365_components.validation.probes.network import Deadline

_SILENT = logging.getLogger("pulumi_workspace365.probes")  # handshakes carry keys, which the library would log
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_CLOSE_SECONDS = 2.0


def attempt(check: WebSocketCheck, tls_context: ssl.SSLContext, seconds: float) -> Observation:
    """What the handshakes of a check led to; the last one's answer.

    Args:
        check: what to send.
        tls_context: with the trusted certificate authorities.
        seconds: for all of them together.

    Raises:
        ConnectError: no connection was made.
    """
    deadline = Deadline(seconds)
    observation: Observation = ProtocolFailed("there was no time left for it")
    for _ in range(check.repeat):
        observation = _once(check, tls_context, deadline)
        if not isinstance(observation, HandshakeObservation):
            break
    return observation


class _Direct(connect):
    """A connection that follows no redirection: headers hold keys."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def _once(check: WebSocketCheck, tls_context: ssl.SSLContext, deadline: Deadline) -> Observation:
    parts = urlsplit(check.url)
    proxy = network.proxy_of(check.url)
    if proxy is None:
        opened = network.open_socket(str(parts.hostname), network.port_of(parts), deadline.left)
    else:
        opened = proxy.tunnel(tls_context, deadline.left)
    transport: socket.socket | str = opened
    if proxy and proxy.scheme == "https":  # the library makes TLS inside of TLS itself
        opened.close()
        transport = proxy.address
    try:
        # The library's threaded client reads and writes one TLS connection from two threads, which now and then loses an answer.
        return asyncio.run(_opened(check, parts, transport, tls_context, deadline))
    except InvalidStatus as refused:
        headers = refused.response.headers
        return HandshakeObservation(
            refused.response.status_code,
            www_authenticate="WWW-Authenticate" in headers,
            retry_after=_seconds(headers.get_all("Retry-After")),
        )
    except (InvalidHandshake, WebSocketException, OSError, EOFError) as problem:
        return network.describe_protocol_error(problem.__cause__ if isinstance(problem.__cause__, Exception) else problem)
    finally:
        opened.close()


async def _opened(
    check: WebSocketCheck, parts: SplitResult, transport: socket.socket | str, tls_context: ssl.SSLContext, deadline: Deadline
) -> HandshakeObservation:
    headers = {name: value.get_secret_value() for name, value in check.headers.items()}
    origin = next((headers.pop(name) for name in list(headers) if name.lower() == "origin"), None)
    options: dict[str, Any] = (
        {"proxy": transport, "proxy_ssl": tls_context} if isinstance(transport, str) else {"proxy": None, "sock": transport}
    )
    async with _Direct(
        _url(parts, check.query),
        ssl=tls_context if parts.scheme == "wss" else None,
        origin=Origin(origin) if origin is not None else None,
        subprotocols=[Subprotocol(name) for name in check.subprotocols] or None,
        additional_headers=headers,
        open_timeout=max(deadline.left, 0.1),
        close_timeout=min(_CLOSE_SECONDS, max(deadline.left, 0.1)),
        ping_interval=None,
        logger=_SILENT,
        **options,
    ) as socket_:
        return await _exchange_message(check, socket_, deadline)


async def _exchange_message(check: WebSocketCheck, opened: ClientConnection, deadline: Deadline) -> HandshakeObservation:
    echoed: bool | None = None
    trouble = ""
    if check.echo is not None:
        try:
            await opened.send(check.echo)
            echoed = await asyncio.wait_for(opened.recv(), max(deadline.left, 0.1)) == check.echo
        except TimeoutError:
            echoed, trouble = False, "nothing came back in time"
        except ConnectionClosed:
            echoed, trouble = False, "the connection was closed instead"
    await opened.close()
    return HandshakeObservation(101, opened.subprotocol, echoed, trouble, opened.close_code)


def _seconds(values: Sequence[str]) -> str | None:
    """What a refusal asks to wait, in seconds; nothing of a text that is no time."""
    seconds = retry_after(values[0]) if values else None
    return None if seconds is None else f"{seconds:.0f}"


def _url(parts: SplitResult, query: Mapping[str, SecretStr]) -> str:
    added = urlencode({name: value.get_secret_value() for name, value in query.items()})
    return parts._replace(query="&".join(filter(None, (parts.query, added)))).geturl()
