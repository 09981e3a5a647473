"""The sandbox's ports: chosen once, where no other program listens, and the same ones from then on."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.runner import servers
from pulumi_workspace365_sandbox.support.processes import StartError


@pytest.fixture
def taken() -> Iterator[int]:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def chosen(folder: Path) -> list[int]:
    kept = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
    return [port for ports in kept.values() for port in ports.values()]


@pytest.mark.slow
@pytest.mark.parametrize("before", [0, pytest.param(4, marks=pytest.mark.slow), pytest.param(9, marks=pytest.mark.slow)])
def test_a_port_that_is_taken_while_servers_start_is_given_up_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int, before: int
) -> None:
    found = servers._free_ports

    def racing() -> Iterator[int]:
        monkeypatch.setattr(servers, "_free_ports", found)
        free = found()
        yield from (next(free) for _ in range(before))
        yield taken
        yield from free

    monkeypatch.setattr(servers, "_free_ports", racing)
    with servers.running(tmp_path, "a test") as running:
        assert taken not in chosen(tmp_path)
        assert str(running.azure_native.port) in running.variables["PULUMI_DEBUG_PROVIDERS"]
    first = chosen(tmp_path)
    with servers.running(tmp_path, "a test"):
        assert chosen(tmp_path) == first


@pytest.mark.slow
def test_a_kept_port_that_is_taken_is_an_error(tmp_path: Path, taken: int) -> None:
    kept = {"workspace365": {"port": taken, "management_port": taken}}
    (tmp_path / "ports.json").write_text(json.dumps(kept), encoding="utf-8")
    with pytest.raises(StartError, match=r"in use.*If another program took a port, end it"), servers.running(tmp_path, "a test"):
        pass
    assert json.loads((tmp_path / "ports.json").read_text(encoding="utf-8")) == kept
