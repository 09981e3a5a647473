"""``w365 conformance`` leaves nothing and touches nobody else's environment, however it ends and whatever the server does."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365_cli.conformance import removal
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import Command, Ran

OLD = "2020-01-31T10:20:30.0000000+00:00"
HEEDING = """
import signal

# A test run in the background, or under nohup, has its children ignore these.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

from pulumi_workspace365_cli import main

main()
"""
ARGUMENTS = ("conformance", "--admin-email", "admin@example.com")


@pytest.fixture
def instance(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """An instance on which somebody has an environment. Calls may take long, waits are short."""
    server.management.seed("contoso", creation_date=OLD)
    monkeypatch.setenv("W365_REQUEST_TIMEOUT", "60")
    return server


@pytest.fixture
def impatient(instance: Server, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  it sets another time
    """A call that hangs is given up soon."""
    monkeypatch.setenv("W365_REQUEST_TIMEOUT", "3")
    monkeypatch.setenv("W365_SETTLE_SECONDS", "1")


@pytest.fixture
def records(bare: Path) -> Path:
    """The folder of what a run has created and not yet removed."""
    return bare.parent / ".pulumi" / "workspace365" / "conformance"


def run(w365: Command, *flags: str) -> Ran:
    return w365(*ARGUMENTS, "--yes", "--output", "json", *flags)


def is_clean(server: Server, records: Path) -> None:
    assert list(server.management.environments()) == ["contoso"]
    assert untouched(server)
    assert list(records.glob("*.json")) == []


def untouched(server: Server, name: str = "contoso") -> bool:
    return [request.method for request in server.management.requests() if request.environment == name] == []


@contextmanager
def started(folder: Path, *flags: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HEEDING, *ARGUMENTS, "--yes", "--output", "json", *flags]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    process = subprocess.Popen(command, cwd=folder, text=True, **streams)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that the process leads to."""
    while not condition():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.02)


HANGS: dict[str, tuple[str, str, int]] = {
    # operation, whether it is carried out, so many calls pass first
    "before the create": ("createEnvironment", "before", 0),
    "after the create": ("createEnvironment", "after", 0),
    "looking at its address": ("getLicensing", "before", 0),
    "looking at the list": ("listEnvironments", "after", 5),
    "at an export": ("exportEnvironment", "before", 1),
    "switching it off": ("deactivateEnvironment", "after", 0),
    "before the delete": ("deleteEnvironment", "before", 0),
    "after the delete": ("deleteEnvironment", "after", 0),
    "before the second create": ("createEnvironment", "before", 1),
    "after the second create": ("createEnvironment", "after", 1),
    "before the third create": ("createEnvironment", "before", 2),
    "after the third create": ("createEnvironment", "after", 2),
    "at the last delete": ("deleteEnvironment", "after", 2),
}


def hang(server: Server, moment: str, times: int | None = 1) -> Callable[[], bool]:
    """Have the server hang there; what is returned tells whether it does."""
    operation, when, skip = HANGS[moment]
    fault = faults.Hang.model_validate({"operation": operation, "when": when, "skip": skip, "times": times})
    server.management.inject(fault)
    return lambda: any("hang" in request.faults for request in server.management.requests(operation=operation))


def age(records: Path) -> None:
    """Let an hour pass since the creates of a run that was killed: they cannot be under way any more."""
    for path in records.glob("*.json"):
        record = json.loads(path.read_bytes())
        for key in ("began", "ended"):
            if record[key]:
                record[key] = (datetime.fromisoformat(record[key]) - timedelta(hours=1)).isoformat()
        path.write_text(json.dumps(record))


@pytest.mark.slow
@pytest.mark.parametrize("moment", HANGS)
def test_a_killed_run_is_cleared_up_by_the_next_one(
    w365: Command, bare: Path, instance: Server, records: Path, moment: str
) -> None:
    instance.management.set_options(on_collision="number", sanitiser="transliterate")
    hangs = hang(instance, moment)
    with started(bare, "--also", "duplicate-name", "--also", "recreate") as process:
        until(hangs, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    age(records)
    again = run(w365)
    assert "An earlier `w365 conformance` ended" in again.err
    assert again.code == 3, again.out + again.err
    is_clean(instance, records)


@pytest.mark.slow
@pytest.mark.parametrize("moment", list(HANGS)[:8])
def test_so_is_one_on_an_instance_that_makes_names_of_its_own(
    w365: Command, bare: Path, instance: Server, records: Path, moment: str
) -> None:
    instance.management.set_options(sanitiser="customer_number")
    hangs = hang(instance, moment)
    with started(bare) as process:
        until(hangs, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    if moment == "before the create":
        age(records)
    if moment != "after the create":
        assert run(w365).code == 3
        is_clean(instance, records)


@pytest.mark.slow
@pytest.mark.parametrize("decision", ["it was removed", "it is another one"])
def test_what_only_the_instance_could_name_is_named_and_left_to_a_person(
    w365: Command, bare: Path, instance: Server, records: Path, decision: str
) -> None:
    instance.management.set_options(sanitiser="customer_number")
    hangs = hang(instance, "after the create")
    with started(bare) as process:
        until(hangs, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    created = datetime.fromisoformat(instance.management.environment("T0001").creation_date)
    instance.management.change("T0001", creation_date=(created - timedelta(hours=1)).isoformat())
    instance.management.seed("newer")
    age(records)
    again = run(w365)
    assert (again.code, again.out) == (1, "")
    assert "'T0001'" in again.err
    assert not any(name in again.err for name in ("contoso", "newer"))
    assert set(instance.management.environments()) == {"contoso", "newer", "T0001"}
    assert untouched(instance, "T0001")
    assert instance.management.count("createEnvironment") == 1
    assert "w365 recover --dismiss" in again.err
    if decision == "it was removed":
        instance.management.delete("T0001")
    else:
        assert w365("recover", "--dismiss", "T0001").code == 0
    assert run(w365).code == 3
    assert ("T0001" in instance.management.environments()) is (decision == "it is another one")
    for name in instance.management.environments().keys() - {"contoso"}:
        instance.management.delete(name)
    is_clean(instance, records)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["before the create", "after the create", "at an export", "after the delete"])
def test_a_run_that_is_told_to_end_removes_what_it_created(
    bare: Path, instance: Server, records: Path, moment: str, number: signal.Signals
) -> None:
    hangs = hang(instance, moment)
    with started(bare) as process:
        until(hangs, process)
        process.send_signal(number)
        process.send_signal(number)
        out, err = process.communicate(timeout=100)
    document = json.loads(out)
    assert process.returncode == 1
    assert "The run was interrupted." in document["summary"] or moment == "before the create"
    assert "Stopping: waiting for the current call" in err
    assert "exporting it twice" not in err or moment in {"at an export", "after the delete"}
    is_clean(instance, records)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_leaves_does_not_keep_it_from_removing(bare: Path, instance: Server, records: Path, stream: str) -> None:
    hangs = hang(instance, "at an export")
    with started(bare) as process:
        until(hangs, process)
        closed = getattr(process, stream)
        closed.close()
        process.send_signal(signal.SIGTERM)
        process.wait(100)
    is_clean(instance, records)


@pytest.mark.parametrize("loss", [faults.Reset, faults.Close, faults.Truncate, faults.Html])
def test_a_lost_answer_is_made_good_by_the_list(w365: Command, instance: Server, records: Path, loss: type[Any]) -> None:
    instance.management.inject(loss(operation="createEnvironment", when="after"))
    ran = run(w365)
    created = next(found for found in ran.document["assumptions"] if found["key"] == "create")
    assert (ran.code, created["verdict"]) == (3, "differs")
    assert "the environment was found on the list" in created["observed"]
    assert instance.management.count("createEnvironment") == 1
    is_clean(instance, records)


def test_a_refused_name_is_followed_by_a_plain_one(w365: Command, instance: Server, records: Path) -> None:
    refusal = faults.Status(operation="createEnvironment", status=400, form="array", text="No umlauts.", times=1)
    instance.management.inject(refusal)
    ran = run(w365)
    found = {found["key"]: found for found in ran.document["assumptions"]}
    assert ran.code == 0
    assert "'W365 Conformance-" in found["refusal"]["observed"]
    assert "'w365-conformance-" in found["name"]["observed"]
    assert instance.management.count("createEnvironment") == 2
    is_clean(instance, records)


def test_a_create_that_is_carried_out_and_called_refused_leaves_nothing(w365: Command, instance: Server, records: Path) -> None:
    instance.management.inject(faults.Status(operation="createEnvironment", status=400, when="after", times=1))
    ran = run(w365)
    assert "although it rejected the create" in " ".join(ran.document["notes"])
    assert instance.management.count("createEnvironment") == 2
    is_clean(instance, records)


@pytest.mark.parametrize("status", [400, 403])
def test_a_create_that_is_refused_ends_the_run_with_what_was_found_out(
    w365: Command, instance: Server, records: Path, status: int
) -> None:
    instance.management.inject(faults.Status(operation="createEnvironment", status=status))
    ran = run(w365)
    assert ran.code == 1
    assert f"HTTP {status}" in ran.document["problems"][0]
    assert next(found for found in ran.document["assumptions"] if found["key"] == "list")["verdict"] == "holds"
    is_clean(instance, records)


def test_an_environment_that_the_answer_only_claims_to_be_new_is_left_alone(
    w365: Command, instance: Server, records: Path
) -> None:
    instance.management.seed("w365c", creation_date=OLD)
    instance.management.set_options(sanitiser="collide", on_collision="existing")
    instance.management.inject(faults.TruncatedList(keep=1, times=3))
    ran = run(w365)
    assert ran.code == 1
    assert "not certainly new" in ran.document["problems"][0]
    assert {"contoso", "w365c"} == set(instance.management.environments())
    assert untouched(instance, "w365c")
    assert "The environment was not deleted" in ran.document["summary"]
    (record,) = records.glob("*.json")
    again = run(w365)
    assert (again.code, str(record) in again.err) == (1, True)
    assert untouched(instance, "w365c")
    instance.management.delete("w365c")
    record.unlink()
    assert run(w365).code == 3


def test_an_instance_that_fails_for_a_while_is_asked_again_to_delete(w365: Command, instance: Server, records: Path) -> None:
    instance.management.inject(
        faults.Status(operation="deleteEnvironment", status=503, times=6),
        faults.Reset(operation="listEnvironments", skip=12, times=6),
    )
    run(w365)
    is_clean(instance, records)


def test_what_cannot_be_removed_is_said_and_removed_by_the_next_run(
    w365: Command, instance: Server, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "_SECONDS", 1.0)
    monkeypatch.setattr(removal, "_BEYOND_SETTLING_SECONDS", -59.0)
    instance.management.inject(faults.Status(operation="deleteEnvironment", status=500))
    ran = run(w365)
    assert ran.code == 1
    assert "Could not delete environment 'W365 Conformance-" in ran.document["summary"]
    assert len(instance.management.environments()) == 2
    instance.management.clear_faults()
    assert run(w365).code == 0
    is_clean(instance, records)


def test_an_environment_that_somebody_made_anew_meanwhile_is_left_alone(w365: Command, bare: Path, instance: Server) -> None:
    hangs = hang(instance, "at an export")
    with started(bare) as process:
        until(hangs, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    name = next(name for name in instance.management.environments() if name != "contoso")
    instance.management.recreate(name)
    instance.management.clear_requests()
    again = run(w365)
    assert (again.code, again.out) == (1, "")
    assert "The environment was not deleted" in again.err
    assert untouched(instance, name) or {request.method for request in instance.management.requests()} == {"GET"}
    assert name in instance.management.environments()


@pytest.mark.slow
def test_time_that_is_over_ends_the_asking_and_not_the_removal(w365: Command, instance: Server, records: Path) -> None:
    instance.management.inject(faults.Late(calls=100_000))
    ran = run(w365, "--deadline", "5")
    assert ran.code == 1
    assert "The deadline (--deadline) was reached." in ran.document["problems"]
    is_clean(instance, records)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_two_at_once_are_not_taken_for_left_over(w365: Command, bare: Path, instance: Server, records: Path) -> None:
    hangs = hang(instance, "at an export")
    with started(bare) as process:
        until(hangs, process)
        other = run(w365)
        process.send_signal(signal.SIGTERM)
        process.wait(100)
    assert (other.code, "Another `w365 conformance` is running" in other.error) == (1, True)
    is_clean(instance, records)


def test_a_note_that_cannot_be_read_is_not_ignored(w365: Command, instance: Server, records: Path) -> None:
    records.mkdir(parents=True)
    (records / "0.json").write_text("{")
    ran = run(w365)
    assert (ran.code, "cannot be read" in ran.error) == (1, True)
    assert instance.management.count() == 0


def test_where_a_create_cannot_be_noted_nothing_is_sent(w365: Command, instance: Server, records: Path) -> None:
    records.parent.mkdir(parents=True)
    records.touch()
    ran = run(w365)
    assert ran.code == 1
    assert instance.management.count("createEnvironment") == 0


def test_without_a_journal_nothing_begins(w365: Command, instance: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert "W365_JOURNAL" in run(w365).error
    monkeypatch.setenv("W365_JOURNAL", "off")
    assert "W365_JOURNAL" in run(w365).error
    assert instance.management.count() == 0


def test_nothing_begins_where_nobody_can_be_asked(w365: Command, instance: Server) -> None:
    ran = w365(*ARGUMENTS)
    assert (ran.code, "--yes" in ran.err) == (2, True)
    assert instance.management.count() == 0


@pytest.mark.parametrize("answer", ["no", "Ctrl-C"])
def test_nothing_begins_without_a_yes(bare: Path, instance: Server, answer: str) -> None:
    controller, terminal = pty.openpty()
    command = [sys.executable, "-c", HEEDING, *ARGUMENTS]
    with subprocess.Popen(command, cwd=bare, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        said = b""
        while b"Continue?" not in said:
            read = os.read(process.stderr.fileno(), 4096) if process.stderr else b""
            assert read, said
            said += read
        if answer == "no":
            os.write(controller, b"n\n")
        else:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)
    os.close(controller)
    os.close(terminal)
    assert (process.returncode, out) == (1, b"")
    assert b"error: Nothing was sent." in err
    assert b"admin@example.com" in said
    assert instance.management.count() == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [(("--admin-email", "nobody"), "e-mail"), ((), "--admin-email"), (("--admin-email", "a@b.example", "--also", "all"), "all")],
)
def test_wrong_use_is_told_before_anything_is_sent(w365: Command, instance: Server, flags: Sequence[str], said: str) -> None:
    ran = w365("conformance", "--yes", *flags)
    assert (ran.code, said in ran.err) == (2, True)
    assert instance.management.count() == 0


@pytest.mark.parametrize("format_", ["text", "json", "junit", "github", "html"])
def test_no_secret_and_no_instance_is_in_any_report(w365: Command, bare: Path, instance: Server, format_: str) -> None:
    told = [instance.provisioning_key, instance.health_api_key]
    instance.management.inject(
        *(
            faults.Status.model_validate({"operation": operation, "status": 400, "form": form, "text": text})
            for operation, form, text in (
                ("exportEnvironment", "text", told[0]),
                ("setExchange", "array", f"{told[0]} {instance.base_url}"),
                ("setSharePoint", "html", told[1]),
                ("setOAuth2", "string", "invalid-key-of-no-app-registration"),
            )
        )
    )
    ran = w365(
        *ARGUMENTS,
        "--yes",
        "--hide-instance",
        "--output",
        format_,
        "--output",
        f"json={bare / 'kept.json'}",
        "--also",
        "wrong-key",
    )
    written = [ran.out, *(path.read_text() for path in bare.rglob("*") if path.is_file())]
    everywhere = [*written, *(path.read_text() for path in bare.parent.rglob("*") if path.is_file())]
    written, everywhere = ([text.replace("<wbr>", "") for text in texts] for texts in (written, everywhere))
    assert not any(secret in text for secret in told for text in everywhere)
    assert not any(instance.base_url.removeprefix("http://") in text or "127.0.0.1" in text for text in written)
    assert "(instance)" in ran.out


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_the_first_password_is_nowhere(bare: Path, instance: Server) -> None:
    hangs = hang(instance, "at an export")
    with started(bare) as process:
        until(hangs, process)
        password = next(item for name, item in instance.management.environments().items() if name != "contoso").temporary_password
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=100)
    files = [path.read_text() for path in bare.parent.rglob("*") if path.is_file()]
    assert not any(password in text for text in (out, err, *files))


def test_environments_of_other_machines_are_named_and_left(w365: Command, instance: Server, records: Path) -> None:
    name = "W365 Conformance-0123abcd_Prüfung"
    instance.management.seed(name)
    ran = run(w365)
    assert ran.code == 0
    assert any(name in note for note in ran.document["notes"])
    assert untouched(instance, name)
    instance.management.delete(name)
    is_clean(instance, records)


def test_a_wrong_key_that_locks_the_instance_is_told_and_ends_the_run(w365: Command, instance: Server) -> None:
    instance.management.inject(faults.Status(status=403, skip=2))
    ran = run(w365, "--also", "wrong-key")
    assert ran.code == 1
    found = next(found for found in ran.document["assumptions"] if found["key"] == "wrong-key")
    assert (found["verdict"], "the right key has been rejected since then" in found["observed"]) == ("differs", True)
    assert list(instance.management.environments()) == ["contoso"]
