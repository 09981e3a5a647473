"""The gateway's own handshake with the backend."""

import asyncio
import base64
import hashlib
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from pulumi_workspace365_sandbox.azure.connectivity import names
from pulumi_workspace365_sandbox.azure.gateway.frames import Side
from pulumi_workspace365_sandbox.azure.gateway.handshake_context import HandshakeContext, Refusal, parsed_query
from pulumi_workspace365_sandbox.azure.gateway.http_messages import BadHead, Head, Headers, error, read_head

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_OWN = ("Host", "Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions",
        "Keep-Alive", "Transfer-Encoding", "Content-Length", "Proxy-Connection")  # fmt: skip
_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class BackendConnection:
    """The backend's side, and the headers of its answer that go on to the client."""

    side: Side
    headers: Headers


def accept(key: str) -> str:
    """Sec-WebSocket-Accept for a key (RFC 6455, 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()


def url(handshake: HandshakeContext) -> str:
    """Where the handshake goes: the backend's URL, the rewritten path, the query."""
    base = urlsplit(handshake.backend_url)
    path = base.path.rstrip("/") + handshake.suffix if handshake.suffix else base.path or "/"
    query = urlencode(parsed_query(base.query) + handshake.query + handshake.backend_query)
    return f"{base.scheme}://{base.netloc}{path}{f'?{query}' if query else ''}"


async def open_backend(
    handshake: HandshakeContext, trusted: ssl.SSLContext, aliases: Mapping[str, list[str]]
) -> BackendConnection:
    """Connect and upgrade. Raises Refusal."""
    target = urlsplit(url(handshake))
    port = _port(target)
    if not port or not target.hostname:
        raise _failed(f"The backend's URL '{handshake.backend_url}' is not a WebSocket URL")
    tls: dict[str, Any] = {"ssl": trusted, "server_hostname": target.hostname} if target.scheme == "wss" else {}
    try:
        address, own_port = (await names.endpoints(aliases, target.hostname, port))[0]
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, own_port, **tls), _CONNECT_SECONDS)
    except (OSError, TimeoutError) as problem:
        raise _failed(f"Unable to connect to the remote server: {problem or 'timeout'}") from None
    side = Side(reader, writer, masks=True, name="backend")
    try:
        return BackendConnection(side, await _upgraded(handshake, side, target.netloc, target.path, target.query))
    except Refusal:
        writer.close()
        raise


def _port(target: SplitResult) -> int:
    """0 for what is no WebSocket's URL."""
    default = {"ws": 80, "wss": 443}.get(target.scheme, 0)
    try:
        return (target.port or default) if default else 0
    except ValueError:
        return 0


async def _upgraded(handshake: HandshakeContext, side: Side, host: str, path: str, query: str) -> Headers:
    key = base64.b64encode(os.urandom(16)).decode()
    fields = Headers(handshake.headers)
    fields.delete(*_OWN, *(name for name, _ in handshake.backend_headers))
    own = [("Host", host), ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    lines = [
        f"{name}: {value}"
        for name, value in [
            *own,
            ("Sec-WebSocket-Key", key),
            ("X-Forwarded-For", handshake.address),
            *fields,
            *handshake.backend_headers,
        ]
    ]
    head = "\r\n".join([f"GET {path or '/'}{f'?{query}' if query else ''} HTTP/1.1", *lines, "", ""])
    try:
        side.writer.write(head.encode("latin-1", "replace"))
        answer = await asyncio.wait_for(read_head(side.reader), _CONNECT_SECONDS)
    except (BadHead, OSError, TimeoutError) as problem:
        raise _failed(f"The backend did not answer the handshake: {problem or 'timeout'}") from None
    return _check_response(answer, key)


def _check_response(answer: Head | None, key: str) -> Headers:
    if answer is None:
        raise _failed("The backend closed the connection during the handshake")
    status = int(answer.line[1]) if answer.line[1].isdecimal() else 0
    if status != 101:
        refusal = Refusal(
            error(status or 500, "The backend refused the handshake."), "BackendRefused", f"The backend answered {status}"
        )
        refusal.source = "forward-request"
        raise refusal
    if answer.headers.get("Sec-WebSocket-Accept") != accept(key):
        raise _failed("The backend's Sec-WebSocket-Accept is wrong")
    headers = Headers(answer.headers)
    headers.delete(
        "Connection", "Upgrade", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Content-Length", "Transfer-Encoding"
    )
    return headers


def _failed(message: str) -> Refusal:
    return Refusal(error(500, "Internal server error"), "BackendConnectionFailure", message, "forward-request")
