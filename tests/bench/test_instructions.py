"""Counted instructions beside those of a baseline: what is compared, noticed and said."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench import instructions, valgrind
from bench.__main__ import app
from bench.processes import FailedError

SAVED = {"w365 --help": 0.5, "host": 0.8}


def test_a_path_that_takes_three_per_cent_more_is_named_with_before_and_after() -> None:
    (told,) = instructions.regressions({"w365 --help": 0.515, "host": 0.8}, SAVED)
    assert told.startswith(
        "w365 --help takes 0.515 times the instructions of `import pulumi`, 3.0% more than the 0.500 of the baseline"
    )


@pytest.mark.parametrize("found", [{"w365 --help": 0.504, "host": 0.805}, {"w365 --help": 0.2, "host": 0.8}, {"new": 9.0}, {}])
def test_noise_gains_and_what_has_no_counterpart_are_no_regression(found: dict[str, float]) -> None:
    assert instructions.regressions(found, SAVED) == []


def test_each_version_of_python_has_a_baseline_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "instructions.json"
    assert instructions.baseline(file) == {}
    instructions.save(SAVED, file)
    monkeypatch.setattr(instructions, "VERSION", "3.99")
    assert instructions.baseline(file) == {}
    instructions.save({"host": 0.7}, file)
    assert instructions.baseline(file) == {"host": 0.7}
    monkeypatch.undo()
    assert instructions.baseline(file) == SAVED


def test_ratios_are_to_the_reference_of_the_same_run() -> None:
    assert instructions.ratios({instructions.REFERENCE: 800, "host": 600}) == {"host": 0.75}


@pytest.mark.parametrize(("count", "code"), [(1030, 1), (1005, 0)])
def test_a_regression_ends_the_command_with_one(count: int, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valgrind, "is_here", lambda: True)
    monkeypatch.setattr(instructions, "measure", lambda *_: iter([(instructions.REFERENCE, 1000), ("host", count)]))
    monkeypatch.setattr(instructions, "baseline", lambda: {"host": 1.0})
    ran = CliRunner().invoke(app, ["instructions"])
    assert ran.exit_code == code
    assert ("host takes 1.030 times" in ran.stderr) is bool(code)


FAKE = """#!/bin/sh
echo 'summary: 1234' >"${1#*=}"
shift
exec "$@"
"""
"""A valgrind that counts nothing."""


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder; valgrind is a stand-in."""
    fake = tmp_path / "bin" / "valgrind"
    fake.parent.mkdir()
    fake.write_text(FAKE)
    fake.chmod(0o700)
    monkeypatch.setattr(valgrind, "TOOL", [str(fake)])
    return tmp_path


def test_a_command_is_counted(counted: Path) -> None:
    assert valgrind.count(["true"], counted, {}) == 1234
    with pytest.raises(FailedError, match="sh -c echo no >&2; exit 3: no"):
        valgrind.count(["sh", "-c", "echo no >&2; exit 3"], counted, {})


def test_a_server_is_used_at_its_port_and_interrupted(counted: Path) -> None:
    ports: list[int] = []
    server = "import sys, signal; signal.signal(signal.SIGINT, lambda *_: sys.exit()); print(4711, flush=True); signal.pause()"
    command = [sys.executable, "-c", server]
    assert valgrind.count(command, counted, {}, ports.append) == 1234
    assert ports == [4711]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_valgrind_counts_alike_each_time(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "sum(range(100_000))"]
    subprocess.run(command, check=True)
    one, other = (valgrind.count(command, tmp_path, {}) for _ in range(2))
    assert one == pytest.approx(other, rel=0.01)
