"""The server as a process: it keeps what it is told to keep, and ends with its parent."""

import os
import select
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import Server
from tests.waiting import LONGEST


def port(url: str) -> int:
    return urlsplit(url).port or 0


def test_environments_and_keys_survive_a_restart(tmp_path: Path) -> None:
    with workspace365.running(tmp_path / "data") as first:
        first.management.seed("contoso", oauth2={"Key": "hunter2"})
        first.management.seed("fabrikam")
        first.management.seed("gone")
        first.management.delete("gone")
        first.management.change("contoso", is_active=False)
        keys = first.management.change_keys(provisioning_key="rotated")
        before = first.management.environments()
    with workspace365.running(tmp_path / "data") as second:
        assert second.management.environments() == before
        assert list(before) == ["contoso", "fabrikam"]
        assert second.management.state().keys == keys


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    with workspace365.running(tmp_path) as first:
        first.management.seed("contoso")
        assert first.process is not None
        first.process.kill()
    with workspace365.running(tmp_path) as second:
        assert set(second.management.environments()) == {"contoso"}


def test_the_kept_data_is_for_its_owner_only(tmp_path: Path) -> None:
    with workspace365.running(tmp_path):
        modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0}
    assert "workspace365.sqlite" in modes


def test_a_port_that_is_taken_is_an_error_that_names_it(server: Server) -> None:
    taken = port(server.base_url)
    with pytest.raises(workspace365.StartError, match=rf"{taken}.*in use"), workspace365.running(port=taken):
        pass


def test_ports_can_be_chosen(server: Server) -> None:
    with workspace365.running() as other:
        chosen = port(other.base_url), port(other.management_url)
    with workspace365.running(port=chosen[0], management_port=chosen[1]) as again:
        assert (port(again.base_url), port(again.management_url)) == chosen
    assert chosen[0] != port(server.base_url)


def test_keys_are_not_in_the_representation_of_a_server(server: Server) -> None:
    assert server.provisioning_key not in repr(server)
    assert server.health_api_key not in repr(server)


def test_the_server_ends_when_its_parent_is_killed() -> None:
    program = (
        "import time\nfrom pulumi_workspace365_sandbox import workspace365\n"
        "with workspace365.running() as server:\n    print(server.process.pid, server.base_url, flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, url = parent.stdout.readline().split()
        watched = os.pidfd_open(int(pid))
        parent.kill()
        ended, _, _ = select.select([watched], [], [], LONGEST)
        os.close(watched)
    assert ended
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
