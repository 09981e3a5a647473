"""What program, providers and engine tell each other goes past every proxy: it holds secrets in the clear."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_embedded_engine.providers import environment
from tests import fork_server
from tests.engine import cli
from tests.engine.world_strategies import World

NAMES = ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy")
EVERY = [*NAMES, *(name.upper() for name in NAMES)]
SECRET = "hunter2-is-secret"


class RecordingProxy:
    """Tunnels whatever it is asked to, and keeps every byte."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.seen = bytearray()

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        asked = re.match(rb"CONNECT \S*?:(\d+) ", self._received(client))
        if not asked:
            client.close()
            return
        with contextlib.suppress(OSError):
            server = socket.create_connection(("127.0.0.1", int(asked[1])))
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=self._pass_on, args=(server, client), daemon=True).start()
            self._pass_on(client, server)

    def _received(self, source: socket.socket) -> bytes:
        data = source.recv(65536)
        self.seen += data
        return data

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := self._received(source):
                target.sendall(data)
            target.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def proxy() -> Iterator[RecordingProxy]:
    made = RecordingProxy()
    threading.Thread(target=made.serve, daemon=True).start()
    yield made
    made.close()


def deploy(world: World) -> str:
    """Everything that is asked over a connection: a resource with a secret, hooks, transforms, a function, a second provider."""
    secret: dict[str, Any] = {"name": "a", "inputs": {"key": f"!{SECRET}"}}
    hooked = {"name": "b", "inputs": {"size": 1}, "opts": {"hooks": {"after_create": ["note"]}, "transform": True}}
    world.plan([secret, hooked], stack_transform=True, outputs={"key": "$a.key"})
    for operation in (world.up, world.refresh, world.up, world.destroy):
        ran = operation()
        assert ran.code == 0, ran.output
    return ran.output


@pytest.mark.parametrize("host", ["ours", "stock"])
def test_a_run_of_the_embedded_engine_takes_no_proxy(
    host: str, proxy: RecordingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    world = World.make(tmp_path / "world", "embedded")
    if host == "ours":
        project = world.directory / "Pulumi.yaml"
        told = yaml.safe_load(project.read_text())
        told["plugins"]["providers"].append({"name": "pulumi-python", "path": str(fork_server.host())})
        project.write_text(yaml.safe_dump(told))
    world.variables |= dict.fromkeys(EVERY, proxy.url)
    deploy(world)
    assert bytes(proxy.seen) == b""


@pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "grpc_proxy"])
def test_the_cli_lets_program_and_host_talk_through_a_proxy(
    name: str, proxy: RecordingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for excepted in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(excepted, raising=False)
    world = World.make(tmp_path / "world", "pulumi")
    world.variables[name] = proxy.url
    deploy(world)
    assert SECRET.encode() in proxy.seen
    proxy.seen.clear()
    world.variables["no_proxy"] = "localhost,127.0.0.1"
    deploy(world)
    assert bytes(proxy.seen) == b""


LOOPBACK = "localhost,127.0.0.1,::1"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"no_proxy": LOOPBACK, "NO_PROXY": LOOPBACK}),
        ({"no_proxy": "a, b"}, {"no_proxy": f"a,b,{LOOPBACK}", "NO_PROXY": f"a,b,{LOOPBACK}"}),
        ({"NO_PROXY": "a"}, {"no_proxy": f"a,{LOOPBACK}", "NO_PROXY": f"a,{LOOPBACK}"}),
        ({"no_proxy": "a", "NO_PROXY": "b"}, {"no_proxy": f"a,{LOOPBACK}", "NO_PROXY": f"b,{LOOPBACK}"}),
        ({"no_proxy": "127.0.0.1"}, {"no_proxy": "127.0.0.1,localhost,::1", "NO_PROXY": "127.0.0.1,localhost,::1"}),
        ({"no_proxy": ""}, {"no_proxy": LOOPBACK, "NO_PROXY": LOOPBACK}),
        ({"no_proxy": "*"}, {"no_proxy": "*", "NO_PROXY": "*", "no_grpc_proxy": LOOPBACK}),
        ({"no_grpc_proxy": "a"}, {"no_proxy": LOOPBACK, "NO_PROXY": LOOPBACK, "no_grpc_proxy": f"a,{LOOPBACK}"}),
    ],
)
def test_this_machine_is_excepted_and_nothing_else_changes(given: dict[str, str], expected: dict[str, str]) -> None:
    assert environment.child_environment({"x": "y", "http_proxy": "p", **given}, local_only=False) == {
        "x": "y",
        "http_proxy": "p",
        **expected,
    }
