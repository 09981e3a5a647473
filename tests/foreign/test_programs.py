"""Programs with dynamic providers as people write them: each through its life, on both engines and both hosts."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine import cli
from tests.engine.scenario import run_embedded, run_pulumi
from tests.foreign.life import PROGRAMS, STEPS, Program, Seen, live, names

HOSTS = ("ours", "stock")
QUICK = {
    "asset_among_outputs",
    "asset_text",
    "async_methods",
    "code_only",
    "component",
    "datetime_output",
    "dependents",
    "event_loop",
    "number_id",
    "secret_output",
}
needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
programs = pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names()]
)


def assert_as_told(program: Program, seen: Seen, host: str) -> None:
    """What the program's head says of the host is what was seen."""
    assert seen.failed == program.fails(host), seen.said
    if "planned" not in seen.failed:
        assert seen.plan == (program.plan if "create" not in seen.failed or seen.states["create"] else seen.plan)
    if host == "ours":
        for step in ("again", "settled"):
            expected = _typed(program, seen, changed=step == "settled")
            assert {name: seen.outputs[step].get(name) for name in expected} == expected
        if "says" in program.head:
            first = next(step for step in STEPS if step in seen.failed)
            assert program.head["says"] in seen.said[first], seen.said[first]
        assert "KeyboardInterrupt" not in "".join(seen.said.values())
    elif "stock loses" in program.head:
        assert seen.outputs["again"][program.head["stock loses"]]
        assert not seen.outputs["settled"].get(program.head["stock loses"])
    if "destroy" not in seen.failed:
        assert seen.states["destroy"] == []


def _typed(program: Program, seen: Seen, *, changed: bool) -> dict[str, object]:
    told = program.outputs(changed=changed)
    found = seen.outputs["settled" if changed else "again"]
    return {
        name: _as(type(found[name]), value) if name in found and found[name] is not None else value
        for name, value in told.items()
    }


def _as(kind: Any, value: object) -> Any:
    converted = kind(value)
    return pytest.approx(converted) if isinstance(converted, float) else converted


def test_ten_programs_are_tried_every_time() -> None:
    assert len(QUICK) == 10
    assert set(names()) > QUICK
    assert len(names()) >= 40
    assert all(Program.load(name).changed != Program.load(name).text for name in names())


@programs
def test_a_program_lives_on_the_embedded_engine_and_our_host(name: str, tmp_path: Path) -> None:
    program = Program.load(name)
    assert_as_told(program, live(program, tmp_path / "it", run_embedded, "ours"), "ours")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in names() if not Program.load(name).hangs("stock")])
def test_the_stock_host_loses_what_the_head_says(name: str, tmp_path: Path) -> None:
    program = Program.load(name)
    assert_as_told(program, live(program, tmp_path / "it", run_embedded, "stock"), "stock")


@needs_cli
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "host"), [(name, host) for name in names() for host in HOSTS if not Program.load(name).hangs(host)]
)
def test_both_engines_do_the_same(name: str, host: str, tmp_path: Path) -> None:
    program = Program.load(name)
    real, ours = (live(program, tmp_path / engine.__name__, engine, host) for engine in (run_pulumi, run_embedded))
    assert (ours.codes, ours.plan, ours.outputs, ours.states) == (real.codes, real.plan, real.outputs, real.states)


def test_every_program_is_there() -> None:
    assert {path.suffix for path in PROGRAMS.iterdir() if path.is_file()} == {".py"}
    assert all((folder / "__main__.py").is_file() for folder in PROGRAMS.iterdir() if folder.is_dir())
