"""An output that is lost never stops the record; a record that is lost ends the run; and no run needs to be ended by hand."""

import contextlib
import json
import os
import resource as resources
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.store.journal import Journal
from pulumi_embedded_engine.testing.results import Recording
from tests import fork_server
from tests.engine.cli import PASSPHRASE
from tests.engine.rough import LONGEST, Rough, full_pipe, is_alive, wait_until

ALL = ["a", "b", "c"]
slow = pytest.mark.slow
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.fixture
def rough(tmp_path: Path) -> Rough:
    return Rough.make(tmp_path / "rough")


@pytest.fixture
def cold(rough: Rough) -> Rough:
    """The same, for what is done to processes and descriptors themselves."""
    rough.cold = True
    return rough


def assert_complete(rough: Rough) -> None:
    """Everything was created once, is known and released."""
    assert (sorted(rough.creates()), rough.recorded(), rough.pending(), rough.is_released()) == (ALL, ALL, [], True)


# What program and providers print.


def test_one_line_of_megabytes_is_shown_and_recorded(rough: Rough) -> None:
    rough.variables |= {"PROGRAM_DOES": "print_long:3000000", "DOES_b": "print_long:3000000 print_endless_line:200000"}
    code, output = rough.up()
    assert code == 0, output[-2000:]
    assert [len(line.strip()) for line in output.splitlines() if line.endswith("END")] == [3_000_003, 3_000_003]
    assert "y" * 200_000 in output
    assert_complete(rough)


def test_outputs_of_the_stack_are_kept_back_when_that_is_asked_for(rough: Rough) -> None:
    assert "done: " in rough.up()[1]
    assert "done: " not in rough.up("--suppress-outputs")[1]


def test_a_line_without_end_is_cut_and_nothing_waits(rough: Rough) -> None:
    rough.variables["DOES_a"] = "print_endless_line:9000000 print_text:after"
    code, output = rough.up()
    assert code == 0
    assert "… (611392 more bytes of this line are left out)" in output
    assert "after" in output
    assert_complete(rough)


@pytest.mark.parametrize("who", ["PROGRAM_DOES", "DOES_b"])
def test_an_endless_flood_ends_with_the_run(who: str, rough: Rough) -> None:
    rough.variables[who] = "flood"
    code, output = rough.up()
    assert code == 0, output[-2000:]
    assert_complete(rough)


def test_what_is_no_text_is_shown_as_far_as_it_is(rough: Rough) -> None:
    rough.variables["DOES_a"] = "print_bytes"
    code, output = rough.up()
    assert (code, "no text" in output) == (0, True)
    assert_complete(rough)


@slow
@pytest.mark.parametrize("who", ["PROGRAM_DOES", "DOES_b"])
def test_closed_outputs_of_children_change_nothing(who: str, cold: Rough) -> None:
    cold.variables[who] = "close_outputs"
    assert cold.up()[0] == 0
    assert_complete(cold)


# Where the engine prints to.


def test_a_reader_that_goes_away_stops_nothing(rough: Rough) -> None:
    rough.variables |= {"CHAIN": "1", "DOES_b": "wait_for:gone"}
    process = rough.popen("up", "--yes", "--skip-preview")
    assert process.stdout is not None
    assert process.stdout.readline() == b"Updating (dev):\n"
    process.stdout.close()
    (rough.directory / "gone").touch()
    assert process.wait(LONGEST) == 0
    assert_complete(rough)


def test_json_for_a_reader_that_goes_away_stops_nothing(rough: Rough) -> None:
    rough.variables |= {"CHAIN": "1", "DOES_b": "wait_for:gone"}
    process = rough.popen("up", "--yes", "--skip-preview", "--json", stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert b"preludeEvent" in process.stdout.readline()
    process.stdout.close()
    (rough.directory / "gone").touch()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(LONGEST) == 0
    assert_complete(rough)


def test_a_reader_that_never_reads_stops_nothing(rough: Rough) -> None:
    with full_pipe() as pipe:
        process = rough.popen("up", "--yes", "--skip-preview", stdout=pipe, stderr=pipe)
        deadline = time.monotonic() + LONGEST
        while not (rough.creates() and rough.is_released()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert_complete(rough)
    assert process.wait(LONGEST) == 0  # its reader is gone by now


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", *(pytest.param(which, marks=slow) for which in (">&-", "2>&-", ">&- 2>&-"))])
def test_outputs_that_are_closed_from_the_start_spoil_no_file(closed: str, cold: Rough) -> None:
    cold.variables |= {"DOES_a": "print_text:hello", "PROGRAM_DOES": "print_text:hello"}
    command = cold.command("up", "--yes", "--skip-preview", "--event-log", "events.json")
    script = f'exec "$@" {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *command],
        cwd=cold.directory,
        env=cold.environment(),
        timeout=LONGEST,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert_complete(cold)
    for line in (cold.directory / "events.json").read_text().splitlines():
        json.loads(line)


@pytest.mark.parametrize("encoding", ["ascii", *(pytest.param(name, marks=slow) for name in ("latin-1", "utf-8"))])
def test_a_name_that_the_output_cannot_show_is_escaped(encoding: str, cold: Rough) -> None:
    cold.variables |= {"NAMES": "Bär 東京", "PYTHONIOENCODING": encoding}
    process = cold.popen("up", "--yes", "--skip-preview")
    raw, _ = process.communicate(timeout=LONGEST)
    shown = {"ascii": "B\\xe4r", "latin-1": "Bär", "utf-8": "Bär"}[encoding]
    assert (process.returncode, shown in raw.decode(encoding)) == (0, True), raw
    assert cold.recorded() == ["Bär", "東京"]
    exported = subprocess.run(
        cold.command("stack", "export"), cwd=cold.directory, env=cold.environment(), capture_output=True, check=True
    )
    assert "東京" in json.dumps(json.loads(exported.stdout.decode(encoding)), ensure_ascii=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_the_output_is_told(rough: Rough) -> None:
    with Path("/dev/full").open("wb") as full:
        process = rough.popen("up", "--yes", "--skip-preview", stdout=full, stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=LONGEST)
        assert (process.returncode, errors.decode()) == (
            0,
            "error: standard output is incomplete: OSError: [Errno 28] No space left on device\n",
        )
        assert_complete(rough)
        process = rough.popen("stack", "export", stdout=full, stderr=subprocess.PIPE)  # an answer is lost
        assert (process.communicate(timeout=LONGEST)[1] != b"", process.returncode) == (True, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_event_log_that_fails_stops_nothing(rough: Rough) -> None:
    code, output = rough.up("--event-log", "/dev/full")
    assert (code, "warning: --event-log is incomplete" in output) == (0, True), output
    assert_complete(rough)


def test_an_event_log_that_cannot_be_opened_is_refused_before_anything_is_done(rough: Rough) -> None:
    code, output = rough.up("--event-log", "nowhere/events.json")
    assert (code, "error: --event-log nowhere/events.json cannot be written: No such file or directory" in output) == (1, True)
    assert (rough.creates(), rough.is_released()) == ([], True)


# Where the record goes.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    mounted = (
        mount
        and os.geteuid() == 0
        and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True, check=False)
    )
    if not mounted or mounted.returncode:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, leave: int = 0) -> None:
    """Take up all room of a file system, but for some."""
    with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    if leave:
        with (folder / "ballast").open("r+b") as file:
            file.truncate((folder / "ballast").stat().st_size - leave)


def test_a_disk_that_fills_up_ends_the_run_and_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    rough = Rough.make(tmp_path / "rough", small_disk / "state")
    names = [f"n{number:02}" for number in range(40)]
    rough.variables |= {"CHAIN": "1", "NAMES": " ".join(names), "DOES_n05": "wait_for:full"}
    process = rough.popen("up", "--yes", "--skip-preview")
    wait_until(rough.directory / "waits-for-full")
    fill(small_disk)
    (rough.directory / "full").touch()
    output, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 1, output
    assert b"No space left on device" in output
    assert b"Traceback" not in output
    assert rough.is_released()
    done = rough.creates()
    assert "n05" in done
    assert "n39" not in done
    assert (rough.recorded(), rough.pending()) == (done, [])  # with the disk still full
    (small_disk / "ballast").unlink()
    code, text = rough.up()
    assert code == 0, text
    assert rough.creates() == rough.recorded() == names


def test_a_disk_that_is_full_from_the_start_is_told_before_anything_is_done(small_disk: Path, tmp_path: Path) -> None:
    rough = Rough.make(tmp_path / "rough", small_disk / "state")
    fill(small_disk)
    code, output = rough.up()
    assert (code, "No space left on device" in output, "Traceback" in output) == (1, True, False), output
    assert rough.creates() == []
    (small_disk / "ballast").unlink()
    assert rough.up()[0] == 0
    assert_complete(rough)


@slow
def test_a_limit_on_the_size_of_files_is_told_before_anything_is_done(cold: Rough) -> None:
    def limit() -> None:
        resources.setrlimit(resources.RLIMIT_FSIZE, (20_000, 20_000))

    code, output = cold.up(preexec_fn=limit)
    assert (code, "was not changed" in output, "File too large" in output) == (1, True, True), output
    assert cold.creates() == []
    assert cold.up()[0] == 0
    assert_complete(cold)


# What does not end by itself.


@slow
@linux
@pytest.mark.parametrize(
    ("who", "act"),
    [
        ("DOES_a", "leave_a_daemon"),
        ("DOES_a", "leave_a_child"),
        ("PROGRAM_DOES", "leave_a_child"),
        ("PROGRAM_DOES", "leave_a_daemon"),
    ],
)
def test_a_grandchild_that_holds_the_outputs_is_not_waited_for(who: str, act: str, cold: Rough) -> None:
    cold.variables[who] = act
    code, output = cold.up()
    pid = int((cold.directory / "child.pid").read_text())
    alive = is_alive(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    assert (code, alive) == (0, act == "leave_a_daemon"), output
    assert_complete(cold)


@slow
@pytest.mark.parametrize("leaves", ["sleep 60 &", "setsid sleep 60 &"], ids=["child", "daemon"])
def test_a_launcher_that_dies_is_named_although_its_child_holds_the_output(leaves: str, cold: Rough) -> None:
    """Before there is a port the engine knows of nothing else that could end."""
    launcher = cold.directory / "host/pulumi-resource-pulumi-python"
    launcher.parent.mkdir()
    launcher.write_text(f'#!/bin/sh\n{leaves}\necho $! > "{cold.directory}/child.pid"\nkill -KILL $$\n')
    launcher.chmod(0o700)
    with (cold.directory / "Pulumi.yaml").open("a") as settings:
        settings.write(f"\nplugins:\n  providers:\n    - name: pulumi-python\n      path: {launcher.parent}\n")
    code, output = cold.up()
    with contextlib.suppress(ProcessLookupError):
        os.kill(int((cold.directory / "child.pid").read_text()), signal.SIGKILL)
    assert (code, cold.is_released()) == (1, True)
    assert "could not read plugin" in output
    assert "exit status -9" in output


@linux
@slow
def test_a_program_that_hangs_after_an_error_is_ended(cold: Rough) -> None:
    cold.variables |= {"DOES_a": "fail", "PROGRAM_DOES": "ignore_signals", "PROGRAM_DOES_LAST": "hang_at_exit"}
    code, output = cold.up()
    assert (code, "it was told to fail" in output) == (1, True)
    assert cold.is_released()


@linux
def test_a_process_that_ends_in_the_middle_is_named(cold: Rough) -> None:
    cold.variables["DOES_b"] = "exit_now:10"
    cold.variables["CHAIN"] = "1"
    code, output = cold.up()
    assert (code, "error: the provider's process ended with code 10 before it had answered" in output) == (1, True), output
    assert (cold.recorded(), cold.is_released()) == (["a"], True)


@linux
@slow
@pytest.mark.parametrize("who", ["PROGRAM_DOES", "DOES_b"])
def test_a_stopped_process_is_told_of_and_ended_after_a_while(who: str, cold: Rough) -> None:
    cold.variables |= {who: "stop", "CHAIN": "1", "PULUMI_EMBEDDED_ENGINE_STOPPED_SECONDS": "1"}
    code, output = cold.up()
    pid = (cold.directory / "stopped.pid").read_text()
    assert code == 1, output
    assert f"(process {pid}) has been stopped by a signal: `kill -CONT {pid}` continues it; after 1 s it is killed" in output
    assert "stayed stopped for 1 s and was killed" in output
    assert cold.is_released()
    assert not is_alive(int(pid))


@linux
@slow
def test_a_stopped_process_that_is_continued_changes_nothing(cold: Rough) -> None:
    cold.variables |= {"DOES_b": "stop", "CHAIN": "1"}
    process = cold.popen("up", "--yes", "--skip-preview")
    wait_until(cold.directory / "stopped.pid")
    os.kill(int((cold.directory / "stopped.pid").read_text()), signal.SIGCONT)
    output, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, output
    assert_complete(cold)


@linux
@slow
@pytest.mark.parametrize(
    ("who", "presses", "pause"),
    [("PROGRAM_DOES", 1, 0.3), ("PROGRAM_DOES", 2, 0.3), ("DOES_b", 2, 0.3), ("DOES_b", 5, 0.3), ("DOES_b", 10_000, 0.01)],
)
def test_interrupts_end_whatever_hangs(who: str, presses: int, pause: float, cold: Rough) -> None:
    cold.variables |= {who: "ignore_signals hang" if who == "PROGRAM_DOES" else "hang", "CHAIN": "1"}
    process = cold.popen("up", "--yes", "--skip-preview")
    wait_until(cold.directory / "hangs")
    for _ in range(presses):
        process.send_signal(signal.SIGINT)  # nothing is sent to a process that has ended
        time.sleep(pause)  # signals of one kind that come at once are one
        if process.poll() is not None:
            break
    output, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == (1 if presses == 1 else 8), output
    assert (b"update cancelled" in output) == (presses > 1)
    assert b"Traceback" not in output
    assert cold.is_released()
    assert cold.pending() == ([] if who == "PROGRAM_DOES" else ["b"])


@linux
@slow
def test_the_engine_itself_may_be_stopped_and_continued(cold: Rough) -> None:
    cold.variables |= {"DOES_b": "wait_for:go", "CHAIN": "1"}
    process = cold.popen("up", "--yes", "--skip-preview")
    wait_until(cold.directory / "waits-for-go")
    process.send_signal(signal.SIGSTOP)
    (cold.directory / "go").touch()
    time.sleep(2)  # what is sent meanwhile waits
    process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, output
    assert_complete(cold)


# Who listens within a process.


class Listening:
    """Raises when it is told something."""

    def __init__(self, event: str) -> None:
        self.event, self.told = event, list[str]()

    def __getattr__(self, name: str) -> Any:
        def take(*_: object, **__: object) -> None:
            self.told.append(name)
            if name == self.event:
                raise RuntimeError("no ear for it")

        return take


@pytest.mark.parametrize(
    "event", ["started", *(pytest.param(one, marks=slow) for one in ("prelude", "diagnostic", "done", "summary"))]
)
def test_a_listener_that_fails_ends_the_run_which_is_recorded(event: str, rough: Rough, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(fork_server.python()))
    for name, value in {"CHAIN": "1", "DOES_a": "print_text:hello", "NAMES": " ".join(ALL)}.items():
        monkeypatch.setenv(name, value)
    engine = Engine(rough.directory, "dev", backend_url=f"file://{rough.state}", passphrase=PASSPHRASE)
    failing, other = Listening(event), Listening("")
    result = engine.up(listeners=[failing, other])
    assert not result.ok
    assert failing.told[-1] == event
    assert failing.told.count(event) == 1
    assert other.told[-1] in {"summary", "diagnostic"}
    known = engine.load()
    assert sorted(urns.name_of(item.urn) for item in known.resources if item.type.endswith(":Rough")) == rough.creates()
    assert (rough.creates(), known.pending_operations) != (ALL, []) or event == "summary"
    assert rough.is_released()
    assert engine.up().ok
    assert_complete(rough)


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (StateError("end of b (id id-b) could not be recorded: the disk broke"), "end of b (id id-b) could not be recorded"),
        (RuntimeError("no pen"), "(id id-b) could not be recorded: RuntimeError: no pen"),
    ],
)
def test_a_step_that_cannot_be_recorded_ends_the_run(
    problem: Exception, told: str, rough: Rough, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Journal._write

    def failing(self: Journal, record: dict[str, Any], *, sync: bool = True) -> None:
        if record["kind"] == "end" and record.get("new", {}).get("id") == "id-b":
            raise problem
        write(self, record, sync=sync)

    monkeypatch.setattr(Journal, "_write", failing)
    monkeypatch.setattr(sys, "executable", str(fork_server.python()))
    monkeypatch.setenv("CHAIN", "1")
    engine = Engine(rough.directory, "dev", backend_url=f"file://{rough.state}", passphrase=PASSPHRASE)
    recording = Recording()
    assert not engine.up(listeners=[recording]).ok
    (error, *_) = recording.said("error")
    assert told in error
    assert (rough.creates(), rough.recorded(), rough.pending(), rough.is_released()) == (["a", "b"], ["a"], ["b"], True)
