"""A Resource Manager that answers what a test tells it to, in order, and remembers what it was asked. Strict about what the reference documents."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
PATH = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim/connectivityCheck"
RESULTS = f"{PATH}/operationresults/one?api-version=2024-05-01"
FIELDS = {"source", "destination", "protocol", "protocolConfiguration", "preferredIPVersion"}

CONNECTED = {
    "hops": [
        {"type": "Source", "id": "a", "address": "10.1.1.4", "nextHopIds": ["b"], "issues": []},
        {"type": "Internet", "id": "b", "address": "8.8.8.8", "nextHopIds": [], "issues": []},
    ],
    "connectionStatus": "Connected",
    "avgLatencyInMs": 1,
    "minLatencyInMs": 1,
    "maxLatencyInMs": 4,
    "probesSent": 100,
    "probesFailed": 0,
}


def disconnected(issue: str = "NetworkSecurityRule") -> dict[str, Any]:
    reason = {"origin": "Outbound", "severity": "Error", "type": issue, "context": [{"key": "RuleName", "value": "Deny443"}]}
    hops = [{"type": "Source", "id": "a", "address": "10.1.1.4", "nextHopIds": [], "issues": [reason]}]
    return {"connectionStatus": "Disconnected", "probesSent": 100, "probesFailed": 100, "hops": hops}


@dataclass
class Answer:
    """One answer. ``raw`` is sent instead of an HTTP message; ``drip`` is then repeated until the other side gives up."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    drip: bytes = b""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def accepted(location: str | None = RESULTS, **headers: str) -> Answer:
    given = {} if location is None else {"Location": location}
    return Answer(
        202, b"null", {"Retry-After": "0", **given, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


def error(status: int, code: str = "Code", message: str = "Message.", **more: Any) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message, **more}})


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class FakeArm:
    """``answers`` are given one after the other; the last one again and again."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.requests: list[Request] = []
        self.answers: list[Answer] = []
        self.over = threading.Event()

    def take(self, request: Request) -> Answer:
        self.requests.append(request)
        if not self.answers:
            return error(500, "NotTold", "The test gave no answers.")
        if request.method == "POST" and not FIELDS.issuperset(json.loads(request.body)):
            return error(400, "InvalidRequestContent", "The request has fields that the reference does not have.")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def checks(self) -> int:
        """How many checks were started."""
        return sum(request.method == "POST" for request in self.requests)


@contextmanager
def running() -> Iterator[FakeArm]:
    """A server for a `with` block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = arm.take(Request(self.command, self.path, dict(self.headers), body))
            if answer.raw is not None:
                self.close_connection = True
                self._raw(answer)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(answer.content)

        do_POST = do_GET  # noqa: N815  the server looks it up by this name

        def _raw(self, answer: Answer) -> None:
            self.wfile.write(answer.raw or b"")
            while answer.drip and not arm.over.wait(0.05):
                self.wfile.write(answer.drip)
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """The other side hung up, as it should."""

    with Server(("127.0.0.1", 0), Handler) as server:
        arm = FakeArm(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield arm
        finally:
            arm.over.set()
            server.shutdown()
            thread.join()
