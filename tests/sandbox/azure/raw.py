"""WebSockets by hand, for what no library sends."""

import base64
import hashlib
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 30.0
MASK = b"\x01\x02\x03\x04"


@dataclass
class Raw:
    """A connection to the gateway, without TLS. `status`: of the answer to the handshake."""

    socket: socket.socket
    status: int = 0
    body: bytes = b""
    mask: bytes = b""

    def send(self, *frames: bytes) -> None:
        self.socket.sendall(b"".join(frames))

    def read(self, length: int) -> bytes:
        """So many bytes; fewer when the connection ended."""
        found = b""
        while len(found) < length and (piece := self._some(length - len(found))):
            found += piece
        return found

    def _some(self, most: int) -> bytes:
        try:
            return self.socket.recv(most)
        except ConnectionError:
            return b""

    def frame(self) -> tuple[int, bytes]:
        """The next frame's first byte and its payload, still masked where it is; (-1, b"") at the end of the connection."""
        head = self.read(2)
        if len(head) < 2:
            return -1, b""
        short = head[1] & 0x7F
        length = struct.unpack(">H" if short == 126 else ">Q", self.read(2 if short == 126 else 8))[0] if short > 125 else short
        self.mask = self.read(4) if head[1] & 0x80 else b""
        return head[0], self.read(length)

    def unmasked(self) -> tuple[int, bytes]:
        """The next frame, of a client."""
        first, payload = self.frame()
        return first, bytes(byte ^ self.mask[at % 4] for at, byte in enumerate(payload))

    def closed(self) -> tuple[int, str]:
        """Code and reason of the close frame that ends the connection; code 0 where it ended without one."""
        while True:
            first, payload = self.frame()
            if first == -1:
                return 0, ""
            if first == 0x88:
                with suppress(OSError):  # the other side has closed already
                    self.socket.shutdown(socket.SHUT_WR)
                assert self.frame() == (-1, b"")
                return (struct.unpack(">H", payload[:2])[0], payload[2:].decode()) if payload else (1005, "")


def frame(first: int, payload: bytes = b"", *, masked: bool = True, length: int | None = None, wide: int = 0) -> bytes:
    """A frame; `length` lies about the payload's, `wide` (126 or 127) writes it in a form that may be too long."""
    size = len(payload) if length is None else length
    form = wide or (size if size < 126 else 126 if size < 1 << 16 else 127)
    head = bytes([first, (0x80 if masked else 0) | form])
    head += struct.pack(">H", size) if form == 126 else struct.pack(">Q", size) if form == 127 else b""
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


def accepted(key: bytes) -> bytes:
    """Sec-WebSocket-Accept for a key."""
    return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False).digest())


@contextmanager
def connected(url: str, seconds: float = SECONDS) -> Iterator[Raw]:
    """A connection on which nothing was sent."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=seconds) as made:
        yield Raw(made)


@contextmanager
def handshaken(url: str, headers: dict[str, str] | None = None) -> Iterator[Raw]:
    """A connection whose handshake was answered."""
    parts = urlsplit(url)
    fields = {
        "Host": parts.netloc,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    lines = [f"GET {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in (fields | (headers or {})).items()), "", ""]
    with connected(url) as raw:
        raw.send("\r\n".join(lines).encode("latin-1"))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = raw.read(1)
            assert byte, f"the connection ended within {head!r}"
            head += byte
        raw.status = int(head.split(b" ", 2)[1])
        if raw.status != 101:
            raw.body = raw.read(1 << 20)
        yield raw


def status(url: str, headers: dict[str, str] | None = None) -> int:
    """Of the answer to a handshake."""
    with handshaken(url, headers) as raw:
        return raw.status
