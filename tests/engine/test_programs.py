"""Programs as users write them do on the embedded engine, and on our host, what they do on the Pulumi CLI and the stock host.

What the CLI did is recorded beside (``record_programs``); where a CLI is on PATH, the recordings themselves are put to the test.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine import cli
from tests.engine.cli import RECORDED
from tests.engine.scenario import Engine, Scenario, names, run_embedded, run_pulumi
from tests.scenarios import recording

Json = dict[str, Any]
needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
programs = pytest.mark.parametrize("name", names())
ASKING = {"keeper", "stumbles", "tenants"}
"""Programs that ask most of a host: every method of a provider, failures. `make test-all` runs the others."""

LONG = {"blocks", "estate", "greenhouse", "hooked", "keeper", "lookup", "shapes", "tenants", "transformed"}
"""Programs that only `make test-all` runs on the embedded engine and the stock host."""

KEPT = {
    "estate": [
        *(
            line
            for place, name in enumerate(("ground-kitchen", "upper-bath", "upper-bed"))
            for line in (
                f"2 up: /state[{place}]/outputs/door: expected '(none)', got 'door of home-{name}'",
                f"2 up: /state[{place}]/outputs/name: expected '(none)', got 'villa-{name}'",
            )
        ),
        "2 up: /state[3]/outputs/doors[0]: expected None, got 'door of home-ground-kitchen'",
        "2 up: /state[4]/outputs/doors[0]: expected None, got 'door of home-upper-bed'",
        "2 up: /state[4]/outputs/doors[1]: expected None, got 'door of home-upper-bath'",
        "2 up: /state[8]/outputs/doors[0]: expected None, got 'door of home-ground-kitchen'",
    ],
    "lookup": [
        "1 up: /state[0]/outputs/pages: expected '(none)', got 100",
        "1 up: /state[0]/outputs/title: expected '(none)', got 'title of isbn-2'",
        "3 up: /state[0]/outputs/pages: expected '(none)', got 7",
        "3 up: /state[0]/outputs/title: expected '(none)', got 'now mine'",
    ],
}
"""Outputs of providers without an ``update``, which our host keeps and the stock host loses."""


def every_time(is_tried: Callable[[str], bool]) -> pytest.MarkDecorator:
    """All programs; those that are not tried every time are slow."""
    marked = [name if is_tried(name) else pytest.param(name, marks=pytest.mark.slow) for name in names()]
    return pytest.mark.parametrize("name", marked)


def recorded(name: str) -> list[Json]:
    noted: list[Json] = json.loads((RECORDED / "programs" / f"{name}.json").read_text(encoding="utf-8"))["operations"]
    return noted


def differences(expected: Any, actual: Any, where: str = "") -> list[str]:
    """Every place in which two documents differ, as readable lines."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        found: list[str] = []
        for key in sorted(expected.keys() | actual.keys()):
            found += differences(expected.get(key, "(none)"), actual.get(key, "(none)"), f"{where}/{key}")
        return found
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [
            line
            for index, pair in enumerate(zip(expected, actual, strict=True))
            for line in differences(*pair, f"{where}[{index}]")
        ]
    return [] if expected == actual else [f"{where}: expected {expected!r}, got {actual!r}"]


def compare(name: str, directory: Path, engine: Engine, host: str = "stock") -> list[str]:
    """How a run of the program differs from the recorded one."""
    expected, actual = recorded(name), Scenario(name, directory / name, engine, host)
    if host != "stock":
        actual.steps = [step for step in actual.steps if step != "preview"]
        expected = [_whatever_the_host(step) for step in expected if step["step"] != "preview"]
    taken = actual.run()
    assert [step["step"] for step in taken] == [step["step"] for step in expected]
    pairs = enumerate(zip(expected, taken, strict=True))
    return [
        f"{number} {then['step']}: {line}"
        for number, (then, now) in pairs
        for line in differences(then, {key: now[key] for key in then})
    ]


def _whatever_the_host(step: Json) -> Json:
    """What may not depend on the host: what was done; not how host and engine talked, nor what a preview could foresee."""
    return {key: step[key] for key in ("step", "code", "files", "state")}


@every_time(lambda name: name not in LONG)
def test_the_embedded_engine_does_what_the_cli_does(name: str, tmp_path: Path) -> None:
    assert compare(name, tmp_path, run_embedded) == []


@pytest.mark.slow
@every_time(lambda name: name in ASKING)
def test_our_host_does_what_the_stock_host_does_and_keeps_more(name: str, tmp_path: Path) -> None:
    assert compare(name, tmp_path, run_embedded, "ours") == KEPT.get(name, [])


@needs_cli
@programs
def test_the_recordings_are_what_the_cli_does_today(name: str, tmp_path: Path) -> None:
    found = compare(name, tmp_path, run_pulumi)
    recording.allow_for_another_cli(found, RECORDED / "programs" / f"{name}.json")
    assert found == []


@needs_cli
@programs
def test_our_host_does_the_same_on_the_cli(name: str, tmp_path: Path) -> None:
    found = compare(name, tmp_path, run_pulumi, "ours")
    if found != KEPT.get(name, []):
        recording.allow_for_another_cli(found, RECORDED / "programs" / f"{name}.json")
    assert found == KEPT.get(name, [])


@needs_cli
@pytest.mark.parametrize("name", ["estate", "keeper", "tenants", "vault"])
def test_either_engine_continues_where_the_other_stopped(name: str, tmp_path: Path) -> None:
    scenario = Scenario(name, tmp_path / name, run_embedded)
    scenario.prepare()
    unchanging = [{"preview": "--expect-no-changes"}, {"up": "--expect-no-changes"}, {"refresh": "--expect-no-changes"}]
    assert _codes(scenario, run_embedded, ["up"]) == [0]
    assert _codes(scenario, run_pulumi, unchanging) == [0, 0, 0]
    scenario.take(next(step for step in scenario.steps if "edit" in step or "config" in step))
    assert _codes(scenario, run_pulumi, ["up"]) == [0]
    assert _codes(scenario, run_embedded, unchanging) == [0, 0, 0]


def _codes(scenario: Scenario, engine: Engine, steps: list[Any]) -> list[int]:
    scenario.engine = engine
    return [noted.code for step in steps if (noted := scenario.take(step))]


def test_there_are_programs_of_every_kind() -> None:
    assert len(names()) >= 12
