"""A server of mailing lists on this machine, and the configuration with which the program finds it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pulumi_embedded_engine.testing import Stack

ARCHIVE = "https://archive.contoso.example"


class Lists(ThreadingHTTPServer):
    """`lists` are those that exist, by address; `created` counts those that ever came into being."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lists: dict[str, dict[str, Any]] = {}
        self.created = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Lists

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._address not in self.server.lists:
            self.server.created += 1
            self.server.lists[self._address] = {"id": f"list-{self.server.created}", "archive": f"{ARCHIVE}/{self._address}"}
        self.server.lists[self._address].update(body)
        self._answer(self.server.lists[self._address])

    def do_GET(self) -> None:
        self._answer(self.server.lists.get(self._address))

    def do_DELETE(self) -> None:
        self._answer(self.server.lists.pop(self._address, None))

    @property
    def _address(self) -> str:
        return self.path.removeprefix("/lists/")

    def _answer(self, found: dict[str, Any] | None) -> None:
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def server() -> Iterator[Lists]:
    with Lists() as lists:
        threading.Thread(target=lists.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield lists
        lists.shutdown()


@pytest.fixture
def pulumi_config(server: Lists) -> dict[str, Any]:
    """What the stack's configuration holds, but for the secret."""
    return {"url": server.url, "members": ["carla", "bob"]}


@pytest.fixture(autouse=True)
def token(pulumi_stack: Stack) -> str:
    """A made-up token: wherever it shows up in clear, the test fails."""
    return pulumi_stack.configure_secret("token")
