"""What the scenarios rest on: the comparison finds what differs, the search finds a secret, and the page says what is compared."""

import copy

import pytest

from tests.scenarios import fidelity, recording, versions
from tests.scenarios.conftest import HOSTS, MakeWorld
from tests.scenarios.recording import FOLDER


def test_the_page_is_up_to_date() -> None:
    assert fidelity.PAGE.read_text(encoding="utf-8") == fidelity.page(), "run python -m tests.scenarios page"


def test_both_hosts_are_recorded() -> None:
    hosts = {path.stem.rpartition(".")[2] for path in FOLDER.glob("*.json")}
    assert hosts == set(HOSTS)


def test_a_newer_sdk_than_the_recordings_is_noted() -> None:
    [made] = versions.recorded(fidelity.recordings())
    assert fidelity.note(made["sdk"]) == fidelity.note("3.0.9") == ""
    assert (
        f"recorded with the Pulumi SDK {made['sdk']}, and 4.0.0 is installed: run `python -m tests.scenarios record`"
        in fidelity.note("4.0.0")
    )


def test_a_call_that_is_missing_or_otherwise_is_a_difference() -> None:
    name = "two_instances_and_their_keys.ours"
    recorded = recording.load(name)
    assert recording.differences(name, recorded, copy.deepcopy(recorded)) == []
    missing, otherwise = copy.deepcopy(recorded), copy.deepcopy(recorded)
    missing[0]["calls"]["Environment::here"].pop()
    otherwise[0]["calls"]["Environment::here"][0]["request"]["news"]["active"] = False
    for found in (missing, otherwise):
        [difference] = recording.differences(name, recorded, found)
        assert difference.where.startswith(f"{name}/0 up --skip-preview/calls/Environment::here")


def test_a_secret_in_the_clear_is_found(make_world: MakeWorld) -> None:
    world = make_world("embedded")
    world.secrets["sign-on key"] = "sentinel"
    world.look_for_secrets("nothing of interest")
    with pytest.raises(AssertionError, match="sign-on key in what was printed"):
        world.look_for_secrets("the sentinel")
    (world.folder / "state/history").write_text("a sentinel")
    with pytest.raises(AssertionError, match="sign-on key in .*history"):
        world.look_for_secrets()
