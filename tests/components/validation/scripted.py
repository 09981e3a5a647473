"""Servers that answer a handshake or a request as a test says: byte by byte, or as a real WebSocket."""

import base64
import hashlib
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.sync.server import Server, ServerConnection, serve

Script = Callable[["Visit"], None]
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OPENED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
CLOSED = b"\x88\x02\x03\xe8"


@dataclass
class Visit:
    """One connection: what was asked, and how to answer it. ``number`` counts from 0."""

    connection: socket.socket
    request: str
    number: int

    def send(self, text: str) -> None:
        found = re.search(r"(?im)^sec-websocket-key: *(\S+)", self.request)
        key = found[1].encode() if found else b""
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
        self.connection.sendall(text.replace("{accept}", accept).encode("latin-1"))

    def status(self, code: int, headers: str = "", body: str = "") -> None:
        self.send(f"HTTP/1.1 {code} Told\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}")

    def open(self) -> None:
        self.send(OPENED)
        self.connection.sendall(CLOSED)

    def stay(self) -> None:
        """Say nothing until the other side goes."""
        while self.connection.recv(4096):
            pass


@dataclass
class Scripted:
    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/chat"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}/page"


@contextmanager
def running(script: Script, port: int = 0) -> Iterator[Scripted]:
    """A server that runs the script for each connection."""
    lock = threading.Lock()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            told = b""
            try:
                while not told.startswith(b"\x16") and b"\r\n\r\n" not in told and (part := self.request.recv(65536)):
                    told += part
                if not told:
                    return  # a connection that only looked whether somebody is there
                with lock:
                    made.asked.append(told.decode("latin-1"))
                    number = len(made.asked) - 1
                script(Visit(self.request, told.decode("latin-1"), number))
            except OSError:
                return  # the client has seen enough

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 256

    with Listener(("127.0.0.1", port), Handler) as server:
        made = Scripted(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made
        server.shutdown()


@contextmanager
def websocket(handler: Callable[[ServerConnection], None], **options: Any) -> Iterator[str]:
    """A real WebSocket server; yields its URL."""
    server: Server
    with serve(handler, "127.0.0.1", 0, **options) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/chat"
