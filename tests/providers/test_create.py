"""What a killed process leaves behind, and how the next run recognises it."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamic_host.context import Call, set_current
from pulumi_workspace365 import errors
from pulumi_workspace365.api import client
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle import create as lifecycle_create
from pulumi_workspace365.lifecycle import environment_cache, journal, journal_records
from pulumi_workspace365.lifecycle.journal_records import Subject
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests.properties import examples
from tests.waiting import LONGEST

from .conftest import CREATE, Engine, new_run

Serve = Callable[..., Engine]
WANTED = lifecycle_create.CreateRequest("contoso", "a@contoso.example", "A", "B")


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("W365_JOURNAL", str(tmp_path / "journal.jsonl"))
    return tmp_path / "journal.jsonl"


def as_resource(urn: str = "urn:pulumi:dev::p::t::contoso") -> Call:
    return Call("create", urn, hosted=True)


def events(notes: Path) -> list[str]:
    return [journal_records.decode(line)["event"] for line in notes.read_bytes().splitlines()]


def killed_after(server: Server, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A run that dies right after a step of the create."""

    class KilledError(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise KilledError

    sent = client.Client.create_environment

    def die_with_the_answer(*given: Any, **more: Any) -> None:
        sent(*given, **more)
        die()

    with monkeypatch.context() as patched:
        patched.setattr(client.Client, "create_environment", die if step == "intent" else die_with_the_answer)
        with set_current(as_resource()), pytest.raises(KilledError):
            lifecycle_create.create(
                environment_cache.get_cache(Settings(server.base_url, server.provisioning_key, settle_seconds=0.4)),
                WANTED,
                adopt=False,
            )
    new_run()


def test_an_environment_that_a_killed_run_had_created_is_recognised(
    serve: Serve, server: Server, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(server, monkeypatch, "request")
    assert "contoso" in server.management.environments()
    environment = serve(EnvironmentProvider)
    with set_current(as_resource()):
        environment.create(**CREATE)
    assert environment.id == "contoso"
    assert server.management.count("createEnvironment") == 1
    assert notes.stat().st_mode & 0o777 == 0o600


def test_a_run_killed_before_its_request_is_simply_done_again(
    serve: Serve, server: Server, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(server, monkeypatch, "intent")
    assert events(notes) == ["list", "intent"]
    environment = serve(EnvironmentProvider)
    with set_current(as_resource()):
        environment.create(**CREATE)
    assert environment.outs["temporary_password"]
    assert server.management.count("createEnvironment") == 1


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("step", ["intent", "request"])
def test_what_somebody_made_long_after_a_killed_run_is_not_taken_for_its_work(
    serve: Serve, server: Server, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    killed_after(server, monkeypatch, step)
    server.management.seed("contoso", creation_date=(datetime.now(UTC) + timedelta(hours=2)).isoformat())
    with set_current(as_resource()), pytest.raises(errors.Refused, match="exists already"):
        serve(EnvironmentProvider).create(**CREATE)


def test_what_is_gone_is_not_looked_for_when_it_is_created_anew_by_somebody_else(
    serve: Serve, server: Server, notes: Path
) -> None:
    environment = serve(EnvironmentProvider)
    with set_current(as_resource()):
        environment.create(**CREATE)
        server.management.delete("contoso")
        new_run()
        assert not environment.refresh()
        server.management.seed("contoso")
        new_run()
        with pytest.raises(errors.Refused, match="exists already"):
            serve(EnvironmentProvider).create(**CREATE)
    assert '"closed"' in notes.read_text()


@pytest.mark.usefixtures("notes")
def test_what_was_abandoned_is_not_taken_over_again_without_asking(serve: Serve, server: Server) -> None:
    environment = serve(EnvironmentProvider)
    with set_current(as_resource()):
        environment.create(**CREATE, on_delete="abandon")
        environment.delete()
        new_run()
        with pytest.raises(errors.Refused, match="exists already"):
            serve(EnvironmentProvider).create(**CREATE)
    assert server.management.count("createEnvironment") == 1


@pytest.mark.parametrize("sanitiser", ["collide", pytest.param("strip", marks=pytest.mark.slow)])
def test_what_a_lost_create_may_have_made_under_any_name_is_decided_by_a_person(
    serve: Serve, server: Server, notes: Path, monkeypatch: pytest.MonkeyPatch, sanitiser: Any
) -> None:
    server.management.set_options(sanitiser=sanitiser)
    server.management.seed("contoso")  # somebody else's, and the server numbers a second one
    server.management.set_options(on_collision="number")
    server.management.inject(faults.Reset(operation="createEnvironment", when="after", times=1))
    wanted = {**CREATE, "environment_name": "con-toso"}
    for told in ("other environments are new there", "may have made one of these", "may have made one of these"):
        with set_current(as_resource()), pytest.raises(errors.Ambiguous, match=told) as caught:
            serve(EnvironmentProvider).create(**wanted)
        new_run()
    assert server.management.count("createEnvironment") == 1
    (made,) = server.management.environments().keys() - {"contoso"}
    assert repr(made) in str(caught.value)
    with set_current(as_resource()):
        serve(EnvironmentProvider).create(**{**wanted, "environment_name": made, "adopt_existing": True})
    monkeypatch.setenv("W365_JOURNAL", "off")
    new_run()
    with set_current(as_resource()):
        serve(EnvironmentProvider).create(**wanted)
    assert server.management.count("createEnvironment") == 2
    assert notes.exists()


@pytest.mark.slow
def test_of_several_that_a_lost_create_may_have_made_none_is_made_anew_and_one_is_adopted(
    serve: Serve, server: Server, notes: Path
) -> None:
    server.management.inject(faults.Reset(operation="createEnvironment", when="before", times=1))
    first = serve(EnvironmentProvider)
    environment_cache.get_cache(first.provider.settings_for({})).find("x")
    server.management.seed("con toso")
    server.management.seed("con-toso")
    for _ in range(2):
        with set_current(as_resource()), pytest.raises(errors.Ambiguous, match="'con toso', 'con-toso'"):
            serve(EnvironmentProvider).create(**CREATE)
        new_run()
    assert server.management.count("createEnvironment") == 1
    environment = serve(EnvironmentProvider)
    with set_current(as_resource()):
        environment.create(**{**CREATE, "environment_name": "con-toso", "adopt_existing": True})
    assert environment.id == "con-toso"
    assert '"suspected"' in notes.read_text()


@pytest.mark.usefixtures("notes")
def test_another_resource_does_not_get_what_a_killed_run_had_created(
    serve: Serve, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(server, monkeypatch, "request")
    with set_current(as_resource("urn:pulumi:other::p::t::contoso")), pytest.raises(errors.Refused, match="exists already"):
        serve(EnvironmentProvider).create(**CREATE)


def test_a_create_that_is_in_state_needs_no_recognition_any_more(serve: Serve, server: Server, notes: Path) -> None:
    environment = serve(EnvironmentProvider)
    with set_current(as_resource()):
        environment.create(**CREATE)
        new_run()
        environment.refresh()
    assert events(notes) == ["list", "intent", "created", "closed"]
    server.management.recreate("contoso")
    new_run()
    with set_current(as_resource()), pytest.raises(errors.Refused, match="exists already"):
        serve(EnvironmentProvider).create(**CREATE)


def test_a_create_that_certainly_failed_leaves_no_open_intent(serve: Serve, server: Server, notes: Path) -> None:
    server.management.inject(faults.Status(operation="createEnvironment", status=400))
    with set_current(as_resource()), pytest.raises(errors.Rejected):
        serve(EnvironmentProvider).create(**CREATE)
    assert events(notes) == ["list", "intent", "closed"]


HOLD = """
import sys
from pathlib import Path
from pulumi_workspace365.lifecycle.journal_records import Subject
from pulumi_workspace365.lifecycle.journal import Journal
with Journal(Path(sys.argv[1])).exclusive_lock(Subject("other", sys.argv[2], "contoso"), 5):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_two_processes_do_not_create_one_name_at_the_same_time(serve: Serve, server: Server, notes: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(notes), server.base_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        with ThreadPoolExecutor(1) as threads:
            environment = serve(EnvironmentProvider)

            def create() -> None:
                with set_current(as_resource()):
                    environment.create(**CREATE)

            running = threads.submit(create)
            assert server.management.count("createEnvironment") == 0
            process.communicate("go on")
            running.result(timeout=LONGEST)
    assert server.management.count("createEnvironment") == 1


def test_two_instances_of_one_address_create_a_name_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_JOURNAL", "off")
    given = [
        Settings(server.base_url, server.provisioning_key, settle_seconds=0.4, request_timeout=seconds) for seconds in (5, 6)
    ]
    caches = [environment_cache.get_cache(settings) for settings in given]
    assert [cache.find("contoso") for cache in caches] == [None, None]

    def made(cache: environment_cache.EnvironmentCache) -> str:
        with set_current(as_resource(f"urn:pulumi:dev::p::t::{cache.client.settings.request_timeout}")):
            try:
                return lifecycle_create.create(cache, WANTED, adopt=False).name
            except errors.Refused:
                return "refused"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(made, caches)) == ["contoso", "refused"]
    assert server.management.count("createEnvironment") == 1
    caches[0].forget("contoso")
    assert caches[1].find("contoso") is None


def test_a_journal_that_cannot_be_written_is_said_before_anything_is_sent(
    serve: Serve, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("W365_JOURNAL", str(tmp_path / "file" / "journal"))
    with set_current(as_resource()), pytest.raises(errors.ConfigurationError, match="set W365_JOURNAL to another file"):
        serve(EnvironmentProvider).create(**CREATE)
    assert server.management.count("createEnvironment") == 0


def test_where_the_journal_is_kept(tmp_path: Path) -> None:
    assert journal.location({"W365_JOURNAL": "Off"}) is None
    assert journal.location({"CI": "true"}) is None
    assert journal.location({"CI": "true", "W365_JOURNAL": "~/here"}) == Path.home() / "here"
    assert journal.location({"PULUMI_HOME": str(tmp_path)}) == tmp_path / "workspace365" / "journal.jsonl"


EVENTS = st.lists(st.tuples(st.sampled_from(["begin", "created", "suspect", "close"]), st.sampled_from(["a", "b"])), max_size=12)


@examples(25)  # every event is synced to the disk
@given(EVENTS, st.data())
def test_a_torn_journal_knows_everything_up_to_the_tear(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, str]], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    model: dict[str, tuple[str | None, tuple[str, ...]]] = {}
    for event, name in events:
        kept, subject = journal.Journal(path), Subject("urn", "https://x", name)
        if event == "begin":
            kept.record_begin(subject)
            model[name] = (None, ())
        elif event == "created":
            kept.record_created(subject, f"{name}-made", None)
            model = {**model, name: (f"{name}-made", ())} if name in model else model
        elif event == "suspect":
            kept.record_suspects(subject, (f"{name}-perhaps",))
            model = {**model, name: (None, (f"{name}-perhaps",))} if model.get(name, ("",))[0] is None else model
        else:
            kept.close(subject)
            model.pop(name, None)
    if path.exists():
        torn = data.draw(st.integers(0, 40))
        path.write_bytes(path.read_bytes() + b'{"event": "intent", "owner": "urn", "inst'[:torn])
    fresh = journal.Journal(path)
    known = {name: fresh.pending_intent(Subject("urn", "https://x", name)) for name in ("a", "b")}
    assert {name: (intent.name, intent.suspects) for name, intent in known.items() if intent} == model
