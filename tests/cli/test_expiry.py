from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .conftest import FRONTS, Command, State


def _in_days(days: int) -> str:
    return str(datetime.now(UTC).date() + timedelta(days=days))


@pytest.fixture
def state(bare: Path) -> State:
    return State(bare / "state.json", "https://portal.example.com")


@FRONTS
def test_keys_that_end_soon_come_first_and_fail(w365: Command, state: State, front: str) -> None:
    state.front = front
    keys = (state.sign_on("late", _in_days(400)), state.sign_on("ended", _in_days(-2)), state.sign_on("soon", _in_days(10)))
    ran = w365("expiry", "--state", state.holds(*keys), "--output", "json")
    assert ran.code == 3
    assert [key["environment"] for key in ran.document["keys"]] == ["ended", "soon", "late"]
    assert ran.verdicts() == {"ended": "failed", "soon": "failed", "late": "ok"}
    assert "ended on" in ran.check("ended")["detail"]


def test_within_moves_the_border(w365: Command, state: State) -> None:
    path = state.holds(state.sign_on("contoso", _in_days(45)))
    assert w365("expiry", "--state", path).code == 0
    assert w365("expiry", "--state", path, "--within", "45").code == 3


def test_a_key_without_a_readable_end_is_skipped_and_told(w365: Command, state: State) -> None:
    hidden = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:A:B"}
    path = state.holds(state.sign_on("none"), state.sign_on("hidden", hidden), state.sign_on("odd", "in spring"))
    ran = w365("expiry", "--state", path, "--output", "json")
    assert ran.code == 0
    assert set(ran.verdicts().values()) == {"skipped"}
    assert ran.document["notes"] == ["3 without key_expires cannot be checked: set it together with the key."]


def test_it_needs_neither_instance_nor_key(w365: Command, state: State) -> None:
    ran = w365("expiry", "--state", state.holds())
    assert (ran.code, "The stack manages no sign-on." in ran.out) == (0, True)


def test_negative_days_are_wrong_usage(w365: Command, state: State) -> None:
    ran = w365("expiry", "--state", state.holds(), "--within", "-1")
    assert ran.code == 2
    assert "--within" in ran.error
