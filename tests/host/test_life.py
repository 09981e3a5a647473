import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from google.protobuf.empty_pb2 import Empty

from tests.host.conftest import LAUNCHER, ROOT, HostProcess, Hosts, connected
from tests.host.test_answers import tree
from tests.waiting import LONGEST, is_alive, wait_for, wait_until_gone

HERE = Path(__file__).parent


@pytest.fixture
def host(hosts: Hosts) -> Iterator[HostProcess]:
    with hosts.ours(HERE) as host:
        yield host


@contextmanager
def running(host: HostProcess, folder: Path, do: str = "sleep", seconds: float = 1) -> Iterator[threading.Event]:
    """A create in progress; the event is set once it was answered well."""
    answered = threading.Event()

    def create() -> None:
        host.create(tree(do=do, folder=str(folder), mark="a", seconds=seconds))
        answered.set()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(create)
        wait_for((folder / "a.started").exists)
        yield answered
        future.result()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_a_create_lets_it_finish(host: HostProcess, tmp_path: Path, number: int) -> None:
    with running(host, tmp_path) as answered:
        host.process.send_signal(number)
    assert answered.is_set()
    assert host.process.wait(timeout=LONGEST) == 0


def test_a_host_that_is_killed_says_so_and_one_that_ends_in_order_says_nothing(hosts: Hosts) -> None:
    with hosts.ours(HERE) as host:
        host.process.kill()
        wait_for(lambda: f"(process {host.process.pid}) was killed, or crashed. The calls" in host.output.read_text())
    with hosts.ours(HERE) as host:
        host.process.send_signal(signal.SIGINT)
        assert host.process.wait(timeout=LONGEST) == 0
        wait_for(lambda: not _in_group(host.process.pid))
        assert host.output.read_text() == ""


def _in_group(number: int) -> bool:
    """Whether a process of this group is left."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_host_that_is_interrupted_before_its_first_call_says_nothing() -> None:
    process = subprocess.Popen([str(LAUNCHER), ""], cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stdout
        assert process.stdout.readline().strip().isdecimal()
        process.send_signal(signal.SIGINT)  # while it imports the SDK
        assert process.communicate() == ("", "")
    assert process.returncode == 0


def test_a_cancel_lets_calls_finish_and_keeps_serving(host: HostProcess, tmp_path: Path) -> None:
    with running(host, tmp_path) as answered:
        host.rpc.Cancel(Empty())
    assert answered.is_set()
    assert host.create(tree()).id == "tree-1"


def test_a_cancel_is_told_to_a_call_that_waits(host: HostProcess, tmp_path: Path) -> None:
    with running(host, tmp_path, "wait for cancel", seconds=60) as answered:
        host.rpc.Cancel(Empty())
    assert answered.is_set()


def test_an_engine_that_closes_its_hosts_is_not_kept_waiting(host: HostProcess) -> None:
    host.rpc.Cancel(Empty())
    host.process.send_signal(signal.SIGINT)
    assert host.process.wait(timeout=LONGEST) == 0


@contextmanager
def orphan(command: list[str], folder: Path, grace: str = "") -> Iterator[tuple[HostProcess, int]]:
    """A host whose engine is a process that can be killed, and the host's process id."""
    engine = textwrap.dedent(
        f"""
        import subprocess, sys
        host = subprocess.Popen({command!r}, stdout=subprocess.PIPE, process_group=0)
        print(host.pid, host.stdout.readline().decode(), flush=True)
        host.wait()
        """
    )
    environment = {**os.environ, "W365_HOST_ORPHAN_SECONDS": grace}
    process = subprocess.Popen([sys.executable, "-c", engine], cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    pid, port = map(int, process.stdout.readline().split())
    try:
        with process, connected(str(port)) as rpc:
            rpc.GetPluginInfo(Empty())
            yield HostProcess(process, rpc, folder), pid
    finally:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def kill_in_a_create(folder: Path, do: str, seconds: float, grace: str = "") -> None:
    """Kill the engine in the middle of a create; returns when the host is gone."""
    with orphan([str(LAUNCHER), "127.0.0.1:1"], folder, grace) as (host, pid), ThreadPoolExecutor(1) as pool:
        pool.submit(host.create, tree(do=do, folder=str(folder), mark="a", seconds=seconds))
        wait_for((folder / "a.started").exists)
        host.process.kill()
        wait_until_gone(pid)


def test_nothing_is_left_when_the_engine_was_killed(tmp_path: Path) -> None:
    with orphan([str(LAUNCHER), "127.0.0.1:1"], tmp_path) as (host, pid):
        host.process.kill()
        wait_until_gone(pid)


@pytest.mark.slow
def test_a_create_in_progress_when_the_engine_is_killed_gets_seconds_only(tmp_path: Path) -> None:
    kill_in_a_create(tmp_path, "sleep", seconds=600)
    assert not (tmp_path / "a.ended").exists()


def test_a_short_create_finishes_although_the_engine_was_killed(tmp_path: Path) -> None:
    kill_in_a_create(tmp_path, "sleep", seconds=1)
    assert (tmp_path / "a.ended").exists()


def test_a_create_that_holds_on_outlives_the_engine_until_it_is_done(tmp_path: Path) -> None:
    kill_in_a_create(tmp_path, "hold", seconds=2, grace="0")
    assert (tmp_path / "a.ended").exists()


def test_the_stock_host_stays_for_ever(tmp_path: Path) -> None:
    with orphan([sys.executable, "-u", "-m", "pulumi.dynamic", ""], tmp_path) as (host, _):
        host.process.kill()
        host.process.wait()
        assert host.create(tree()).id == "tree-1"  # it serves on, with nobody to end it


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(LAUNCHER)],
        cwd=tmp_path,
        env={**os.environ, "W365_HOST_PARALLEL": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "W365_HOST_PARALLEL is 'many'; it must be a whole number, at least 1\n")


def launched_python(folder: Path, launcher: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a launcher that would start a Python which prints its path."""
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([str(launcher), "engine"], cwd=folder, env=clean, capture_output=True, text=True, check=False)


def fake_python(path: Path) -> str:
    path.parent.mkdir(parents=True)
    path.write_text('#!/bin/sh\necho "$0" "$@"\n')
    path.chmod(0o755)
    return str(path)


def installed(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return Path(shutil.copy(LAUNCHER, folder))


def test_the_launcher_finds_the_environment_it_is_installed_in(tmp_path: Path) -> None:
    python = fake_python(tmp_path / "my env/bin/python")
    (tmp_path / "my env/pyvenv.cfg").touch()
    launcher = installed(tmp_path / "my env/lib/python3.12/site-packages/pulumi_dynamic_host")
    done = launched_python(tmp_path, launcher, PULUMI_RUNTIME_VIRTUALENV="/not/used")
    assert done.stdout == f"{python} -u {launcher.parent} engine\n"


def test_the_launcher_finds_the_environment_of_a_checkout(tmp_path: Path) -> None:
    python = fake_python(tmp_path / "checkout/.venv/bin/python")
    (tmp_path / "checkout/pyproject.toml").touch()
    launcher = installed(tmp_path / "checkout/host/pulumi_dynamic_host")
    assert launched_python(tmp_path, launcher).stdout.startswith(f"{python} ")


def test_the_launcher_falls_back_to_the_environment_of_pulumi_yaml_then_to_the_path(tmp_path: Path) -> None:
    named, on_path = fake_python(tmp_path / "named/bin/python"), fake_python(tmp_path / "bin/python3")
    launcher = installed(tmp_path / "elsewhere/host")
    assert launched_python(tmp_path, launcher, PULUMI_RUNTIME_VIRTUALENV=str(tmp_path / "named/")).stdout.startswith(f"{named} ")
    search = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    assert launched_python(tmp_path, launcher, PATH=search, PULUMI_RUNTIME_VIRTUALENV=".venv").stdout.startswith(f"{on_path} ")
    assert launched_python(tmp_path, launcher, PULUMI_RUNTIME_VIRTUALENV="named/").stdout.startswith(f"{named} ")


def test_the_launcher_says_what_to_do_when_there_is_no_python(tmp_path: Path) -> None:
    launcher = installed(tmp_path / "elsewhere/host")
    done = launched_python(tmp_path, launcher, PULUMI_RUNTIME_VIRTUALENV="/no/such/env")
    assert (done.returncode, done.stdout) == (1, "")
    assert "/no/such/env/bin/python cannot be run" in done.stderr


def test_an_environment_without_pulumi_is_named(tmp_path: Path) -> None:
    launcher = ROOT / "host/pulumi_dynamic_host"
    done = subprocess.run([sys.executable, "-S", "-u", str(launcher)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"runs in {sys.executable}, where pulumi is not installed" in done.stderr
