"""Servers that say anything, at any pace: each connection is handed to a script after its request was read."""

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Script = Callable[["Line"], None]


class Over(Exception):
    """The test is over, or the other side is gone."""


class Line:
    """One connection on which a request has arrived."""

    def __init__(self, connection: socket.socket, over: threading.Event, request: bytes) -> None:
        self._connection = connection
        self._over = over
        self.request = request

    def say(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError:
            raise Over from None

    def answer(self, body: bytes = b"", head: str = "", status: str = "200 OK") -> None:
        """One whole answer, after which the connection ends; ``head`` holds further lines."""
        self.say(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{head}\r\n".encode() + body)

    def drip(self, data: bytes, every: float = 0.02) -> None:
        """Say it again and again, until the other side goes."""
        while not self._over.wait(every):
            self.say(data)
        raise Over

    def flood(self, data: bytes) -> None:
        """The same without a pause."""
        while not self._over.is_set():
            self.say(data)
        raise Over

    def hear(self) -> bytes:
        """What comes next."""
        return self._connection.recv(65536)

    def relay(self, port: int) -> None:
        """Carry bytes to another server of this machine and back, as a proxy does."""
        with socket.create_connection(("127.0.0.1", port)) as onward:
            threading.Thread(target=_carry, args=(onward, self._connection), daemon=True).start()
            _carry(self._connection, onward)

    def stay(self) -> None:
        """Say nothing more, and read nothing."""
        self._over.wait()
        raise Over


def packed(data: bytes) -> bytes:
    """The same bytes for the same data, whenever they are compressed."""
    return gzip.compress(data, mtime=0)


@contextmanager
def speaking(script: Script, *, tls: ssl.SSLContext | None = None, reads_request: bool = True) -> Iterator[str]:
    """A server on this machine; yields host and port.

    Args:
        script: run for each connection, in a thread of its own; the connection is closed when it returns.
        tls: speak TLS by these.
        reads_request: whether the request's head is read before.
    """
    over = threading.Event()
    threads: list[threading.Thread] = []
    opened: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        try:
            spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
            opened.append(spoken)
            with spoken:
                request = _request(spoken) if reads_request else b""
                script(Line(spoken, over, request))
                spoken.shutdown(socket.SHUT_WR)
        except (Over, OSError):
            return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            opened.append(connection)
            thread = threading.Thread(target=serve, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            for connection in opened:
                connection.close()
    accepting.join(10)
    for thread in threads:
        thread.join(10)


def _carry(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return


def _request(connection: socket.socket) -> bytes:
    """Head and body of the request."""
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(rest) < length and (more := connection.recv(65536)):
        rest += more
        data += more
    return data
