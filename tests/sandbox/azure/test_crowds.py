"""Many connections at once, good, refused and broken: each one is answered or closed, and nothing stays open."""

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.sandbox.azure.desk import Desk

PATIENCE = 60
HELLO = b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"


class Crowd:
    """Clients of one gateway; each method is one connection from its start to its end, and says how it ended."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        split = urlsplit(desk.cloud.gateway_url)
        self._address = (split.hostname or "", split.port or 0)

    def talks(self) -> str:
        return asyncio.run(self._talked("/chat", self._desk.trusted))

    def is_refused(self) -> str:
        """Because its backend is closed."""
        return asyncio.run(self._talked("/closed", self._desk.trusted))

    def distrusts(self) -> str:
        """The client refuses the certificate, in the middle of the TLS handshake."""
        return asyncio.run(self._talked("/chat", ssl.create_default_context()))

    def babbles(self) -> str:
        return self._ended(socket.create_connection(self._address, PATIENCE), b"babble " * 60)

    def breaks_a_hello(self) -> str:
        """A hello of the promised length that is none."""
        return self._ended(socket.create_connection(self._address, PATIENCE), HELLO + bytes(200))

    def leaves(self) -> str:
        """Half a hello, and gone."""
        with socket.create_connection(self._address, PATIENCE) as raw:
            raw.sendall(HELLO)
        return "left"

    def stammers(self, said: bytes = b"GET /chat HTTP/1.1\r\nHost: ") -> str:
        """Half a request, and no more."""
        raw = socket.create_connection(self._address, PATIENCE)
        return self._ended(self._desk.trusted.wrap_socket(raw, server_hostname=self._address[0]), said)

    async def _talked(self, path: str, trusted: ssl.SSLContext) -> str:
        """By the asyncio client: the one with threads reads and writes a TLS connection at once, which OpenSSL does not allow."""
        url = f"{self._desk.cloud.websocket_url}{path}"
        try:
            async with connect(url, ssl=trusted, proxy=None, open_timeout=PATIENCE) as opened:
                await opened.send("hello")
                return str(await opened.recv())
        except InvalidStatus as refused:
            return str(refused.response.status_code)
        except ssl.SSLCertVerificationError:
            return "distrusted"

    @staticmethod
    def _ended(raw: socket.socket, sent: bytes) -> str:
        """What came before the other side closed."""
        with closing(raw):
            raw.sendall(sent)
            came = b""
            try:
                while piece := raw.recv(4096):
                    came += piece
            except ConnectionError:
                return "closed"
            return came[9:12].decode() if came.startswith(b"HTTP/") else "closed"


def at_once(*clients: Callable[[], str]) -> Counter[str]:
    """How often the clients ended in which way; one that does not end is missing."""
    ends: Counter[str] = Counter()
    lock = threading.Lock()

    def run(client: Callable[[], str]) -> None:
        name = client.__name__
        end = client()
        with lock:
            ends[f"{name}: {end}"] += 1

    threads = [threading.Thread(target=run, args=(client,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return ends


def test_each_of_a_crowd_is_answered_or_closed(desk: Desk) -> None:
    desk.api()
    desk.api("closed", serviceUrl="wss://closed.example.com/")
    crowd = Crowd(desk)
    kinds = [crowd.talks, crowd.is_refused, crowd.distrusts, crowd.babbles, crowd.breaks_a_hello, crowd.leaves]
    ends = at_once(*kinds * 12)
    assert ends == {
        "talks: hello": 12,
        "is_refused: 500": 12,
        "distrusts: distrusted": 12,
        "babbles: closed": 12,
        "breaks_a_hello: closed": 12,
        "leaves: left": 12,
    }
    while desk.cloud.management.state().open_connections:
        """The gateway's sessions end after their clients."""


@pytest.mark.parametrize("said", [b"", b"GET /chat HTTP/1.1\r\nHost: ", b"GET /chat HTTP/1.1\r\n" + b"X: y\r\n" * 3])
def test_who_does_not_finish_a_request_is_told_and_closed(desk: Desk, said: bytes) -> None:
    desk.cloud.management.set_options(handshake_seconds=0.05)
    assert Crowd(desk).stammers(said) == "408"
