"""What a web page can reach of the sandbox's servers: the management interfaces answer none, whatever it sends."""

import itertools
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from pulumi_workspace365_sandbox import azure, azure_native, workspace365
from tests.waiting import LONGEST

SECRET = "keep-this-one-here"


def _all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the socket."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def error(self) -> str:
        return str(json.loads(self.body)["error"])


@dataclass(frozen=True)
class Interface:
    """A management interface; `marked` tells whether what was planted there is still there."""

    url: str
    management: Any

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def send(self, line: str, *headers: str, body: str = "", version: str = "1.1") -> Reply:
        """Send a request exactly as written; no header is added but `Connection` and `Content-Length`."""
        told = [f"{line} HTTP/{version}", *headers, "Connection: close", *([f"Content-Length: {len(body)}"] if body else [])]
        with socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST) as connection:
            connection.sendall(("\r\n".join(told) + "\r\n\r\n" + body).encode())
            received = _all(connection).decode()
        head, _, rest = received.partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        return Reply(int(first.split()[1]), {n.lower(): v for n, v in (x.split(": ", 1) for x in lines)}, rest)

    @property
    def host(self) -> str:
        return f"Host: 127.0.0.1:{self.port}"

    @property
    def marked(self) -> bool:
        return SECRET in self.send("GET /state", self.host).body


@pytest.fixture(scope="module")
def interfaces() -> Iterator[dict[str, Interface]]:
    with workspace365.running() as server, azure.running() as cloud:
        yield {
            "workspace365": Interface(server.management_url, server.management),
            "azure": Interface(cloud.management_url, cloud.management),
        }


@pytest.fixture(params=["workspace365", "azure"])
def interface(request: pytest.FixtureRequest, interfaces: dict[str, Interface]) -> Interface:
    found = interfaces[request.param]
    found.management.reset()
    if request.param == "workspace365":
        found.management.seed(SECRET)
    else:
        found.management.set_options(caller_address=SECRET)
    assert found.marked
    return found


HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1:{port}.evil.example",
    "localhost.:{port}",
    "localhost.evil.example:{port}",
    "user@127.0.0.1:{port}",
    "127.0.0.1:{port}@evil.example",
    "127.0.0.1:{port}, evil.example",
    "127.0.0.2:{port}",
    "127.1:{port}",
    "2130706433:{port}",
    "0.0.0.0:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "127.0.0.1:0{port}",
    "",
]
UNCLEAR = [
    ("GET /state", []),
    ("GET /state", ["Host: 127.0.0.1:{port}", "Host: evil.example"]),
    ("GET /state", ["Host: evil.example", "Host: 127.0.0.1:{port}"]),
    ("GET http://evil.example/state", ["Host: 127.0.0.1:{port}"]),
    ("GET http://127.0.0.1:{port}/state", ["Host: evil.example"]),
    ("GET http://127.0.0.1:{port}/state", ["Host: 127.0.0.1:{port}"]),
    ("OPTIONS *", ["Host: 127.0.0.1:{port}"]),
    ("GET /state", ["X-Forwarded-Host: 127.0.0.1:{port}", "Host: evil.example"]),
]
PAGES = [
    ["Origin: https://evil.example"],
    ["Origin: null"],
    ["Origin: "],
    ["Origin: http://127.0.0.1"],
    ["Origin: http://127.0.0.1:1"],
    ["Origin: https://127.0.0.1:{port}"],
    ["Origin: http://127.0.0.1:{port} https://evil.example"],
    ["Origin: http://127.0.0.1:{port}", "Origin: https://evil.example"],
    ["Origin: file://"],
    ["Sec-Fetch-Site: cross-site"],
    ["Sec-Fetch-Site: same-site"],
    ["Sec-Fetch-Site: anything"],
    ["Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"],
]
LINES = [
    "GET /state",
    "HEAD /state",
    "POST /reset",
    "DELETE /requests",
    "PATCH /options",
    "OPTIONS /reset",
    "GET /nowhere",
]
NOT_JSON = [
    [],
    ["Content-Type: text/plain"],
    ["Content-Type: text/plain; application/json"],
    ["Content-Type: text/plain;charset=application/json"],
    ["Content-Type: application/x-www-form-urlencoded"],
    ["Content-Type: multipart/form-data; boundary=application/json"],
    ["Content-Type: "],
    ["Content-Type: application/json, text/plain"],
    ["Content-Type: application/jsonp"],
]
CHANGES = ["POST /reset", "DELETE /requests", "PATCH /options", "PUT /environments/x"]
JSON = "Content-Type: application/json"


def test_a_name_that_a_web_page_may_have_reads_nothing(interface: Interface) -> None:
    for host in HOSTS:
        reply = interface.send("GET /state", f"Host: {host.format(port=interface.port)}")
        assert (reply.status, SECRET in reply.body) == (403, False), host
        assert f"127.0.0.1:{interface.port}" in reply.error


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "LocalHost:{port}", "[::1]:{port}"])
def test_a_program_of_this_machine_is_answered(interface: Interface, host: str) -> None:
    named = f"Host: {host.format(port=interface.port)}"
    own = f"Origin: http://{host.format(port=interface.port)}"
    assert interface.send("GET /state", named).status == 200
    assert interface.send("GET /state", named, version="1.0").status == 200
    assert interface.send("GET /state", named, own, "Sec-Fetch-Site: same-origin").status == 200
    assert interface.send("GET /state", named, "Sec-Fetch-Site: none").status == 200
    assert interface.send("POST /reset", named, JSON).status == 200


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_request_without_a_clear_host_reads_nothing(interface: Interface, version: str) -> None:
    for line, headers in UNCLEAR:
        told = [header.format(port=interface.port) for header in headers]
        reply = interface.send(line.format(port=interface.port), *told, version=version)
        assert reply.status in {400, 403}, (line, headers)
        assert SECRET not in reply.body


def test_a_web_page_reads_and_changes_nothing(interface: Interface) -> None:
    for line, page in itertools.product(LINES, PAGES):
        reply = interface.send(line, interface.host, *(header.format(port=interface.port) for header in page), JSON)
        assert reply.status == 403, (line, page)
        assert not [name for name in reply.headers if name.startswith("access-control-")]
    assert interface.marked


def test_a_preflight_is_granted_nothing(interface: Interface) -> None:
    asked = ["Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: content-type"]
    for origin in (["Origin: https://evil.example"], ["Origin: null"], []):
        reply = interface.send("OPTIONS /reset", interface.host, *origin, *asked)
        assert reply.status == (403 if origin else 405)
        assert not [name for name in reply.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("body", ["", "{}"])
def test_what_a_form_can_send_changes_nothing(interface: Interface, body: str) -> None:
    for line, declared in itertools.product(CHANGES, NOT_JSON):
        reply = interface.send(line, interface.host, *declared, body=body)
        assert reply.status == 415, (line, declared)
        assert "application/json" in reply.error
    for declared in ([JSON, "Content-Type: text/plain"], ["Content-Type: text/plain", JSON]):
        assert interface.send("POST /reset", interface.host, *declared, body=body).status in {400, 415}
    assert interface.marked


@pytest.mark.parametrize("declared", ["application/json", "Application/JSON", "application/json; charset=UTF-8"])
def test_a_change_that_is_declared_as_json_is_carried_out(interface: Interface, declared: str) -> None:
    assert interface.send("POST /reset", interface.host, f"Content-Type: {declared}").status == 200
    assert not interface.marked


def test_a_header_does_not_make_a_change_of_a_look(interface: Interface) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert interface.send("GET /reset", interface.host, f"{name}: POST").status == 405
        assert interface.send("HEAD /state", interface.host, f"{name}: DELETE").status == 200
    assert interface.send("GET /reset?_method=POST", interface.host).status == 405
    assert interface.marked


@pytest.mark.parametrize("origin", ["Origin: https://evil.example", "Origin: null"])
def test_a_web_socket_of_a_page_is_not_opened(interface: Interface, origin: str) -> None:
    asks = ["Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13"]
    assert interface.send("GET /state", interface.host, origin, *asks).status == 403


def test_a_body_that_is_nested_too_deeply_is_refused(interface: Interface) -> None:
    reply = interface.send("PATCH /options", interface.host, JSON, body='{"a":' + "[" * 100_000)
    assert reply.status == 400


def test_an_answer_is_for_nobody_else(interface: Interface) -> None:
    for line in ("GET /state", "GET /nowhere"):
        headers = interface.send(line, interface.host).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert not [name for name in headers if name.startswith("access-control-")]


def test_a_browser_gets_no_answer_of_the_stand_in_for_azure_native() -> None:
    """Pages speak HTTP/1.1 to a port without TLS; gRPC is HTTP/2 and takes no upgrade."""
    upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
    with azure_native.running({}) as native:
        for more in ("", upgrade):
            with socket.create_connection(("127.0.0.1", native.port), timeout=LONGEST) as connection:
                line = "POST /pulumirpc.ResourceProvider/GetPluginInfo HTTP/1.1"
                connection.sendall(f"{line}\r\nHost: 127.0.0.1\r\nContent-Type: application/grpc\r\n{more}\r\n".encode())
                received = _all(connection)
            assert b"3.29" not in received
            assert not received.startswith(b"HTTP/1.1 101")
