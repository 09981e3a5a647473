"""One engine at a time: other embedded engines, dead ones, and the Pulumi CLI."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_embedded_engine.errors import LockedError
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.stack_store import StackStore
from tests.engine.cli import PulumiCLI

HOLD = """
import sys
from pulumi_embedded_engine.store.backend import Backend
with Backend.from_url(sys.argv[1]).stack("interchange", "dev").lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def lock_files(store: StackStore) -> list[Path]:
    return sorted((store.path.parents[2] / "locks/organization/interchange/dev").glob("*"))


def foreign_lock(store: StackStore, name: str, content: str) -> Path:
    path = store.path.parents[2] / "locks/organization/interchange/dev" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@pytest.fixture
def holder(store: StackStore) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the stack until its input ends."""
    url = f"file://{store.path.parents[3]}"
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_held_stack_is_noted_as_the_cli_notes_it_and_released(store: StackStore) -> None:
    with store.lock():
        (path,) = lock_files(store)
        owner = json.loads(path.read_text())
        assert owner.keys() == {"pid", "username", "hostname", "timestamp"}
        assert (owner["pid"], owner["hostname"]) == (os.getpid(), socket.gethostname())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[-+]\d\d:\d\d", owner["timestamp"])
    assert lock_files(store) == []


def test_a_stack_is_released_when_the_run_fails(store: StackStore) -> None:
    with pytest.raises(ZeroDivisionError), store.lock():
        raise ZeroDivisionError
    with store.lock():
        pass


def test_a_second_engine_is_told_who_holds_the_stack(store: StackStore, holder: "subprocess.Popen[str]") -> None:
    with (
        pytest.raises(LockedError, match=rf"stack dev is locked by .*\(pid {holder.pid}\) since 20.*`pulumi cancel`"),
        store.lock(),
    ):
        pass
    holder.communicate("")
    with store.lock():
        pass


def test_a_killed_engine_does_not_keep_the_stack(store: StackStore, holder: "subprocess.Popen[str]") -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert len(lock_files(store)) == 1
    with store.lock():
        assert len(lock_files(store)) == 1
    assert lock_files(store) == []


def test_a_thread_of_the_same_process_is_excluded_too(store: StackStore) -> None:
    with store.lock(), pytest.raises(LockedError, match=f"pid {os.getpid()}"), store.lock():
        pass


def test_a_lock_of_the_cli_is_honoured_and_left_alone(store: StackStore) -> None:
    content = json.dumps({"pid": 7, "username": "ann", "hostname": "far", "timestamp": "2030-01-01T00:00:00Z"})
    path = foreign_lock(store, "6c1d.json", content)
    expected = rf"locked by ann@far \(pid 7\) since 2030-01-01T00:00:00Z, lock file {re.escape(str(path))}: wait"
    with pytest.raises(LockedError, match=expected), store.lock():
        pass
    assert path.read_text() == content
    assert lock_files(store) == [path]


def test_an_embedded_engine_of_another_machine_is_honoured(store: StackStore) -> None:
    foreign_lock(store, "embedded-6c1d.json", json.dumps({"pid": 7, "username": "ann", "hostname": "far", "timestamp": "t"}))
    with pytest.raises(LockedError, match="ann@far"), store.lock():
        pass


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_half_written_lock_is_a_lock(content: str, store: StackStore) -> None:
    foreign_lock(store, "6c1d.json", content)
    with pytest.raises(LockedError, match="unreadable"), store.lock():
        pass


def test_the_cli_waits_for_us(interchange: PulumiCLI) -> None:
    interchange.run("stack", "init", "dev")
    store = Backend.from_url(interchange.url).stack("interchange", "dev")
    with store.lock():
        refusal = interchange.run("up", "--yes", "--skip-preview", code=1)
        assert "the stack is currently locked by 1 lock(s)" in refusal
        assert re.search(rf"created by .*@{re.escape(socket.gethostname())} \(pid {os.getpid()}\) at 20", refusal)
        interchange.run("cancel", "--yes")
        assert lock_files(store) == []
    interchange.run("destroy", "--yes", "--skip-preview")


def test_we_wait_for_the_cli(interchange: PulumiCLI, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    interchange.run("stack", "init", "dev")
    (interchange.directory / "__main__.py").write_text(f"open({str(gate)!r}).read()\n")
    store = Backend.from_url(interchange.url).stack("interchange", "dev")
    process = interchange.popen("up", "--yes", "--skip-preview")
    with gate.open("w"), pytest.raises(LockedError, match=rf"\(pid {process.pid}\) since 20.*`pulumi cancel`"), store.lock():
        pass
    assert process.communicate(timeout=60)[0]
    with store.lock():
        pass
