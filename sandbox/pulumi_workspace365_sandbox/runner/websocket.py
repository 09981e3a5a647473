"""A WebSocket for people who do one thing after the other, on one thread.

The `websockets` library's own threaded client reads and writes a TLS connection from two threads, which now and then loses an answer.
"""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

_SECONDS = 30


@dataclass(frozen=True)
class Socket:
    """An open WebSocket."""

    loop: asyncio.AbstractEventLoop
    connection: ClientConnection

    def send(self, text: str) -> None:
        self.loop.run_until_complete(self.connection.send(text))

    def recv(self, timeout: float = _SECONDS) -> str | bytes:
        """The next message; TimeoutError when none came within so many seconds."""
        return self.loop.run_until_complete(asyncio.wait_for(self.connection.recv(), timeout))


@contextmanager
def open_websocket(
    url: str, trusted: ssl.SSLContext, headers: Mapping[str, str], *, seconds: float = _SECONDS
) -> Iterator[Socket]:
    """Open a WebSocket, and close it in the end.

    Raises:
        websockets.exceptions.InvalidStatus: the handshake was refused.
        OSError: there is no connection, or no answer within `seconds` (TimeoutError).
    """
    additional_headers = {name: value for name, value in headers.items() if name.lower() != "origin"}
    origin = next((Origin(value) for name, value in headers.items() if name.lower() == "origin"), None)
    secure = trusted if url.startswith("wss://") else None
    loop = asyncio.new_event_loop()

    async def begin() -> ClientConnection:
        return await connect(
            url,
            ssl=secure,
            origin=origin,
            additional_headers=additional_headers,
            proxy=None,
            open_timeout=seconds,
            ping_interval=None,
        )

    try:
        connection = loop.run_until_complete(begin())
        try:
            yield Socket(loop, connection)
        finally:
            loop.run_until_complete(connection.close())
    finally:
        loop.close()
