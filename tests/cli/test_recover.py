import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365.lifecycle.journal import Journal
from pulumi_workspace365.lifecycle.journal_records import Subject

from .conftest import FRONTS, Command, State, on_front

INSTANCE = "https://portal.example.com"
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/workspace365:Environment::{}-resource"
WRITTEN = datetime(2026, 11, 27, 10, 0, 5, 250_000, UTC)
LONGEST = timedelta(seconds=3 * 60 + 60)  # the fixtures' request timeout and the default settle time


@pytest.fixture
def state(bare: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setenv("W365_BASE_URL", INSTANCE)
    return State(bare / "state.json", INSTANCE)


@pytest.fixture
def notes(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """The journal that the commands use."""
    path = bare / "journal.jsonl"
    monkeypatch.setenv("W365_JOURNAL", str(path))
    return Journal(path)


def exported(
    state: State, *creating: dict[str, Any], present: tuple[dict[str, Any], ...] = (), written: datetime | None = WRITTEN
) -> Path:
    """An export of a stack with pending creates."""
    document = json.loads(state.holds(*present).read_text())
    document["deployment"]["manifest"] = {"time": written.isoformat()} if written else {}
    document["deployment"]["pending_operations"] = [
        {"resource": {**resource, "id": "", "outputs": {}}, "type": "creating"} for resource in creating
    ]
    state.path.write_text(json.dumps(document))
    return state.path


@pytest.fixture
def pulumi(bare: Path, notes: Journal, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CLI that prints what the files in this folder hold, by the arguments: ``history``, ``export``, ``export-1``."""
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    folder = bare / "bin"
    folder.mkdir()
    (folder / "pulumi").write_text(
        f'#!/bin/sh\ncase "$*" in *history*) f=history;; *--version*) f="export-${{4}}";; *) f=export;; esac\n'
        f'cat "{folder}/$f" 2>/dev/null || {{ echo "error: the current backend (vm) does not provide $f" >&2; exit 255; }}\n'
    )
    (folder / "pulumi").chmod(0o755)
    (folder / "history").write_text("[]")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    assert notes.open_intents() == []
    monkeypatch.setenv("PULUMI_STACK", "dev")
    return folder


def history(*runs: tuple[int, str, str | None]) -> str:
    """As ``pulumi stack history --json`` prints it: version, start and end of each run."""
    return json.dumps(
        [
            {"version": version, "kind": "update", "startTime": start, "config": {}, "result": "failed"}
            | ({"endTime": end} if end else {})
            for version, start, end in runs
        ]
    )


@FRONTS
def test_a_create_of_the_embedded_engine_is_noted_from_when_it_began(
    w365: Command, state: State, notes: Journal, front: str
) -> None:
    state.front = front
    path = exported(state, state.environment("contoso", None, modified="2026-11-27T09:59:58.5Z"))
    ran = w365("recover", "--state", path, "--output", "json")
    assert (ran.code, ran.err) == (0, "")
    assert [(create["environment"], create["status"]) for create in ran.document["creates"]] == [("contoso", "noted")]
    (intent,) = notes.open_intents()
    began = datetime(2026, 11, 27, 9, 59, 58, 500_000, UTC)
    assert (intent.subject, intent.began) == (Subject(on_front(front, URN.format("contoso")), INSTANCE, "contoso"), began)
    assert intent.until == began + LONGEST


def test_a_create_that_is_noted_is_not_noted_again(w365: Command, state: State, notes: Journal) -> None:
    path = exported(state, state.environment("contoso", None, modified="2026-11-27T09:59:58Z"))
    w365("recover", "--state", path)
    before = notes.open_intents()
    ran = w365("recover", "--state", path, "--output", "json")
    assert [create["status"] for create in ran.document["creates"]] == ["open"]
    assert notes.open_intents() == before


@FRONTS
def test_what_is_in_state_is_passed_over_and_its_open_create_closed(
    w365: Command, state: State, notes: Journal, front: str
) -> None:
    state.front = front
    subject = Subject(on_front(front, URN.format("contoso")), INSTANCE, "contoso")
    notes.record_recovered(subject, WRITTEN - timedelta(minutes=1), WRITTEN)
    contoso = state.environment("contoso", "2026-11-27T10:00:00Z")
    ran = w365("recover", "--state", exported(state, contoso, present=(contoso,)), "--output", "json")
    assert [create["status"] for create in ran.document["creates"]] == ["in state"]
    assert notes.open_intents() == []


def test_an_old_export_closes_no_create_that_began_later(w365: Command, state: State, notes: Journal) -> None:
    subject = Subject(URN.format("contoso"), INSTANCE, "contoso")
    notes.record_recovered(subject, WRITTEN + timedelta(seconds=1), WRITTEN + timedelta(minutes=1))
    w365("recover", "--state", exported(state, present=(state.environment("contoso", "2026-11-27T10:00:00Z"),)))
    assert [intent.subject for intent in notes.open_intents()] == [subject]


def test_only_environments_are_recovered(w365: Command, state: State, notes: Journal) -> None:
    ran = w365("recover", "--state", exported(state, state.sign_on("contoso")))
    assert (ran.code, "No create was interrupted." in ran.out) == (0, True)
    assert notes.open_intents() == []


def test_without_a_time_nothing_is_noted(w365: Command, state: State, notes: Journal) -> None:
    """An export alone does not tell whether its time is that of the export."""
    ran = w365("recover", "--state", exported(state, state.environment("contoso", None)), "--output", "json")
    assert (ran.code, ran.verdicts()) == (0, {"contoso": "warning"})
    assert "it is not known when the run was interrupted: check whether it exists" in ran.document["creates"][0]["detail"]
    assert notes.open_intents() == []


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "1999-12-31T00:00:00Z", "9500-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_time_of_no_clock_tells_nothing_and_leaves_the_journal_as_it_is(
    moment: str, w365: Command, state: State, notes: Journal, pulumi: Path
) -> None:
    """Go writes the first of these where no time was set."""
    stored = state.environment("contoso", None, modified=moment)
    bare = state.environment("contoso", None)
    for path in (exported(state, stored, written=None), exported(state, bare, written=datetime.fromisoformat(moment))):
        ran = w365("recover", "--state", path, "--output", "json")
        assert (ran.code, ran.verdicts()) == (0, {"contoso": "warning"}), ran
    assert pulumi.is_dir()
    assert notes.open_intents() == []


def test_a_name_that_is_encrypted_is_told(w365: Command, state: State, notes: Journal) -> None:
    hidden = state.environment("contoso", None, modified="2026-11-27T10:00:00Z")
    hidden["inputs"]["environment_name"] = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "v1",
    }
    ran = w365("recover", "--state", exported(state, hidden), "--output", "json")
    assert ran.document["creates"][0]["detail"].startswith("its name is encrypted in state")
    assert notes.open_intents() == []


def test_the_last_write_before_the_loss_is_the_states_own_where_no_run_came_later(
    w365: Command, state: State, notes: Journal, pulumi: Path
) -> None:
    exported(state, state.environment("contoso", None)).rename(pulumi / "export")
    (pulumi / "history").write_text(history((0, "2026-11-27T09:00:00.000Z", "2026-11-27T09:00:09.000Z")))
    assert w365("recover").code == 0
    (intent,) = notes.open_intents()
    assert (intent.began, intent.until) == (WRITTEN - LONGEST, WRITTEN + LONGEST)


@pytest.mark.parametrize(("started", "ended"), [("10:00:00.000Z", "10:00:05.000Z"), ("10:00:05.000Z", "10:00:05.000Z")])
def test_a_later_run_hides_when_the_run_was_lost(started: str, ended: str, w365: Command, state: State, pulumi: Path) -> None:
    exported(state, state.environment("contoso", None)).rename(pulumi / "export")
    latest = (0, "2026-11-27T11:00:00.000Z", "2026-11-27T11:00:05.000Z")
    (pulumi / "history").write_text(history(latest, (0, f"2026-11-27T{started}", f"2026-11-27T{ended}")))
    ran = w365("recover", "--output", "json")
    assert ran.document["creates"][0]["detail"].startswith("a later run has written to the stack since")


def test_a_state_that_is_put_together_when_it_is_asked_for_tells_no_time(
    w365: Command, state: State, notes: Journal, pulumi: Path
) -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    exported(state, state.environment("contoso", None), written=later).rename(pulumi / "export")
    ran = w365("recover", "--output", "json")
    assert ran.document["creates"][0]["detail"].startswith("the backend does not record when the stack was last written to")
    assert notes.open_intents() == []


def test_a_service_that_keeps_former_states_tells_in_which_run_a_create_began(
    w365: Command, state: State, notes: Journal, pulumi: Path
) -> None:
    lost, older = state.environment("contoso", None), state.environment("fabrikam", None)
    exported(state, lost, older).rename(pulumi / "export")
    exported(state, older, written=WRITTEN - timedelta(days=1)).rename(pulumi / "export-1")
    (pulumi / "history").write_text(history((2, "2026-11-27T10:00:00.000Z", "2026-11-27T10:30:00.000Z")))
    ran = w365("recover", "--output", "json")
    assert {create["environment"]: create["status"] for create in ran.document["creates"]} == {
        "contoso": "noted",
        "fabrikam": "not recoverable",
    }
    assert [intent.subject.folded for intent in notes.open_intents()] == ["contoso"]


def test_a_run_that_goes_on_or_was_cut_off_is_the_lost_one(w365: Command, state: State, notes: Journal, pulumi: Path) -> None:
    exported(state, state.environment("contoso", None)).rename(pulumi / "export")
    (pulumi / "history").write_text(history((3, "2026-11-27T10:00:00.000Z", None)))
    assert w365("recover").code == 0
    assert len(notes.open_intents()) == 1


def test_a_history_that_is_none_is_one_sentence(w365: Command, state: State, notes: Journal, pulumi: Path) -> None:
    exported(state, state.environment("contoso", None)).rename(pulumi / "export")
    (pulumi / "history").write_text("{")
    ran = w365("recover")
    assert (ran.code, notes.open_intents()) == (1, [])
    assert "`pulumi stack history --json` did not print the expected JSON" in ran.error


@pytest.mark.parametrize("off", [{"W365_JOURNAL": "off"}, {"CI": "true"}])
def test_without_a_journal_it_says_so(off: dict[str, str], w365: Command, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in off.items():
        monkeypatch.setenv(name, value)
    ran = w365("recover", "--state", exported(state, state.environment("contoso", None)))
    assert ran.code == 1
    assert ran.error.startswith("The journal of creates is off")


def test_a_suspect_is_dismissed_without_a_stack(w365: Command, notes: Journal) -> None:
    subject = Subject(URN.format("contoso"), INSTANCE, "contoso")
    notes.record_recovered(subject, WRITTEN, WRITTEN)
    notes.record_suspects(subject, ["T0001", "T0002"])
    ran = w365("recover", "--dismiss", "T0001", "--output", "json")
    assert (ran.code, ran.document["dismissed"]) == (0, ["T0001"])
    assert [create["suspects"] for create in ran.document["creates"]] == [["T0002"]]
    assert [intent.suspects for intent in notes.open_intents()] == [("T0002",)]


def test_a_dismissal_that_settles_nothing_says_so(w365: Command, notes: Journal) -> None:
    ran = w365("recover", "--dismiss", "T0001")
    assert ran.code == 0
    assert "T0001 was not dismissed: no create is open that could have made it." in ran.out
    assert notes.open_intents() == []


def test_check_fails_while_a_create_is_open(w365: Command, state: State, notes: Journal) -> None:
    path = exported(state)
    assert w365("recover", "--check", "--state", path).code == 0
    notes.record_recovered(Subject(URN.format("contoso"), INSTANCE, "contoso"), WRITTEN, WRITTEN)
    assert w365("recover", "--state", path).code == 0
    assert w365("recover", "--check", "--state", path).code == 3


def test_what_other_stacks_have_open_is_not_told_of_this_one(w365: Command, state: State, notes: Journal) -> None:
    subject = Subject("urn:pulumi:prod::shop::pulumi-python:dynamic/workspace365:Environment::contoso", INSTANCE, "contoso")
    notes.record_recovered(subject, WRITTEN, WRITTEN)
    assert w365("recover", "--check", "--state", exported(state)).code == 0
    assert [intent.subject for intent in notes.open_intents()] == [subject]
