"""The matrix runs what `make test` runs, says what a machine lacks, and fails when any test did."""

import shutil
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from tests.matrix import __main__ as matrix
from tests.matrix.cells import CELLS, Cell, interpreter
from tests.matrix.running import Result, run

HERE = Cell("here", python=".".join(map(str, sys.version_info[:2])))
MAKEFILE = "test:\n\t@.venv/bin/python -m pytest -p no:cacheprovider -p no:randomly $(PYTEST)\n"
CONFTEST = "def pytest_addoption(parser):\n    parser.addoption('--inputs')\n"
TESTS = """
import pathlib

RAN = pathlib.Path("ran")

def test_one():
    RAN.open("a").write("one ")

def test_two():
    RAN.open("a").write("two ")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has the commands of this one, with one commit."""
    made = tmp_path / "project"
    made.mkdir()
    (made / "Makefile").write_text(MAKEFILE)
    (made / "conftest.py").write_text(CONFTEST)
    (made / "test_some.py").write_text(TESTS)
    (made / "gone").touch()
    for command in ("init", "add .", "-c user.name=a -c user.email=a@example.com commit -m x"):
        subprocess.run(["git", *command.split()], cwd=made, check=True, capture_output=True)
    (made / "gone").unlink()
    return made


def installed(_: Cell, copy: Path, _log: int) -> int:
    """The interpreter of this run instead of packages from an index."""
    (copy / ".venv/bin").mkdir(parents=True)
    (copy / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (copy / ".venv/bin/python").chmod(0o755)
    return 0


def ran(cell: Cell, project: Path) -> Result:
    return run(cell, project, project.parent, lambda _: None, installed)


def test_a_cell_runs_the_tests_of_the_working_tree_in_a_copy(project: Path) -> None:
    (project / "test_more.py").write_text("def test_three():\n    pass\n")
    progress: list[str] = []
    result = run(HERE, project, project.parent, progress.append, installed)
    assert (result.passed, result.counts, result.failed) == (True, "3 passed", [])
    assert progress[-1] == "100 %"
    copy = project.parent / "here/main"
    assert (copy / "ran").exists()
    assert not (copy / "gone").exists()
    assert not (project / "ran").exists()


def test_a_failed_test_and_failed_packages_fail_their_cell(project: Path) -> None:
    (project / "test_more.py").write_text("def test_three():\n    assert 1 == 2\n")
    result = ran(HERE, project)
    assert (result.passed, result.counts) == (False, "1 failed, 2 passed")
    assert [test.partition(" - ")[0] for test in result.failed] == ["test_more.py::test_three"]
    result = run(replace(HERE, name="poor"), project, project.parent, lambda _: None, lambda *_: 3)
    assert (result.passed, result.counts) == (False, "its packages could not be installed")


@pytest.mark.skipif(not (shutil.which("faketime") and shutil.which("cc")), reason="no faketime or no cc on PATH")
@pytest.mark.slow
def test_a_clock_is_moved_and_time_that_passes_is_not(project: Path) -> None:
    check = "import time\n\ndef test_clock():\n    assert 1_990_000_000 < time.time() < 2_000_200_000 and time.monotonic() < 1_990_000_000\n    time.sleep(0.001)\n"
    (project / "test_some.py").write_text(check)
    result = ran(replace(HERE, name="moved", clock="2033-05-19 12:00:00", load=1), project)
    assert (result.passed, result.counts) == (True, "1 passed")


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("faketime") and shutil.which("cc")), reason="no faketime or no cc on PATH")
def test_threads_under_a_moved_clock_survive_that_others_set_variables(project: Path) -> None:
    check = """
        import itertools, os, threading, time

        def test_threads():
            end = time.monotonic() + 10
            def waiting():
                lock = threading.Lock()
                lock.acquire()
                while time.monotonic() < end:
                    lock.acquire(timeout=0.001)
                    os.getpid(), os.urandom(8), os.stat("."), time.time(), sum(range(2000))
            threads = [threading.Thread(target=waiting) for _ in range(6)]
            for thread in threads:
                thread.start()
            for round in itertools.takewhile(lambda _: time.monotonic() < end, itertools.count()):
                names = [f"VARIABLE_{round % 5000}_{number}" for number in range(50)]
                os.environ.update(dict.fromkeys(names, "x" * 50))
                for name in names:
                    del os.environ[name]
    """
    (project / "test_some.py").write_text(textwrap.dedent(check))
    result = ran(replace(HERE, name="moved", clock="2033-05-19 12:00:00"), project)
    assert (result.passed, result.counts) == (True, "1 passed")


@pytest.mark.slow
def test_an_order_is_another_one(project: Path) -> None:
    many = "".join(f"def test_{n}():\n    pathlib.Path('ran').open('a').write('{n} ')\n" for n in range(9))
    (project / "test_some.py").write_text(f"import pathlib\n\n{many}")
    assert ran(replace(HERE, name="usual"), project).passed
    assert ran(replace(HERE, name="other", order=1), project).passed
    usual, other = ((project.parent / name / "main/ran").read_text().split() for name in ("usual", "other"))
    assert usual == sorted(other) != other


def test_what_a_machine_lacks_is_named_and_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    assert interpreter("2.6") is None
    assert Cell("old", python="2.6").missing() == "Python 2.6"
    assert HERE.missing() is None
    monkeypatch.setenv("PATH", "")
    assert replace(HERE, clock="2033-05-19").missing() == "faketime and a C compiler (cc)"
    assert (replace(HERE, packages="lowest").missing() or "").startswith("uv")


def test_property_tests_with_other_inputs_are_told() -> None:
    log = Path("log")
    usual = Result(HERE, log, inputs={"a": "1", "b": "2"})
    order = Result(replace(HERE, name="order", order=1), log, inputs={"a": "1", "b": "3", "c": "4"})
    elsewhere = Result(Cell("elsewhere", python="3.0"), log, inputs={"a": "9"})
    assert matrix._other_inputs([usual, order, elsewhere]) == ["b took other inputs in order than in here"]


def test_the_cells_have_names_of_their_own() -> None:
    assert len({cell.name for cell in CELLS}) == len(CELLS)
