"""Programs with dynamic providers as people write them: each through its life, on both engines and both hosts."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine import cli
from tests.engine.scenario import run_embedded, run_pulumi
from tests.foreign.life import PROGRAMS, RECORDED, STEPS, Engine, Program, Seen, live, names
from tests.scenarios import recording

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
        assert seen.plan == (program.plan if "create" not in seen.failed or seen.resources["create"] else seen.plan)
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
        assert seen.resources["destroy"] == []


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
def test_a_program_does_on_the_embedded_engine_and_our_host_what_it_does_on_the_cli(name: str, tmp_path: Path) -> None:
    live_and_compare(name, tmp_path, run_embedded, "ours")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in names() if not Program.load(name).hangs("stock")])
def test_the_stock_host_loses_what_the_head_says_on_both_engines(name: str, tmp_path: Path) -> None:
    live_and_compare(name, tmp_path, run_embedded, "stock")


@needs_cli
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "host"), [(name, host) for name in names() for host in HOSTS if not Program.load(name).hangs(host)]
)
def test_the_cli_does_what_is_recorded(name: str, host: str, tmp_path: Path) -> None:
    live_and_compare(name, tmp_path, run_pulumi, host)


def live_and_compare(name: str, folder: Path, engine: Engine, host: str) -> None:
    """Lead a program through its life; what it did on the CLI is recorded, or what it does is compared with that."""
    program = Program.load(name)
    seen = live(program, folder / "it", engine, host)
    assert_as_told(program, seen, host)
    if recording.is_on() and engine is run_pulumi:
        recording.save(f"{name}.{host}", seen.operations, RECORDED)
    else:
        recording.compare(f"{name}.{host}", seen.operations, on_cli=engine is run_pulumi, folder=RECORDED)


def test_every_combination_is_recorded() -> None:
    lived = {f"{name}.{host}" for name in names() for host in HOSTS if not Program.load(name).hangs(host)}
    assert {path.stem for path in RECORDED.glob("*.json")} == lived


def test_every_program_is_there() -> None:
    assert {path.suffix for path in PROGRAMS.iterdir() if path.is_file()} == {".py"}
    assert all((folder / "__main__.py").is_file() for folder in PROGRAMS.iterdir() if folder.is_dir())
