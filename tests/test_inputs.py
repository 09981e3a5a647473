"""The inputs of property tests are the same in every run, whatever else is loaded; a search finds others and keeps those that fail."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns import properties

ROOT = Path(__file__).resolve().parents[1]
PROPERTY = """
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples


@examples(200)
@given(st.text("xyz"), st.floats() | st.dates().map(str), st.lists(st.integers() | st.binary()))
def test_that_holds(text, number, values):
    pass


@examples(1)
@given(first=st.dates(date(2000, 1, 1)), days=st.integers(1, 9))
def test_that_fails_later(tmp_path, first, days):
    assert (first + timedelta(days)).year < 2300
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A suite with the habits of this one and property tests of its own."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in ("__init__.py", "conftest.py", "inputs.py", "other_user.py", "properties.py"):
        shutil.copy(ROOT / "tests" / name, tests)
    (tests / "test_property.py").write_text(PROPERTY)
    return tmp_path


def run(project: Path, *options: str, **variables: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", *options]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def inputs(project: Path, *options: str, **variables: str) -> dict[str, str]:
    code, output = run(project, "--inputs=inputs.json", *options, **variables)
    assert code == 0, output
    chosen: dict[str, str] = json.loads((project / "inputs.json").read_text())
    return chosen


@pytest.mark.slow
def test_inputs_do_not_depend_on_modules_variables_hashes_or_workers(project: Path) -> None:
    alone = inputs(project)
    assert int(alone["tests/test_property.py::test_that_holds"].split()[0]) >= 200
    assert "tests/test_property.py::test_that_fails_later" in alone
    (project / "more.py").write_text(
        "\n".join(f"value_{number} = {'x' * number!r}, {number * 7 + 1000}" for number in range(200))
    )
    assert inputs(project, "-p", "more", "-n", "2", CI="1", PYTHONHASHSEED="7") == alone


@pytest.mark.slow
def test_a_search_is_repeated_by_its_seed_and_what_fails_is_an_example_from_then_on(project: Path) -> None:
    record, test = project / "inputs.json", "tests/test_property.py::test_that_fails_later"
    assert inputs(project, test)
    shutil.copytree(project, project / "again")
    found = properties.search(1, 60, record, test, root=project, workers=0)
    assert (found.properties, len(found.problems)) == (1, 1), found
    assert "@example(first=date(2300, " in found.problems[0]
    properties.search(1, 60, project / "again/inputs.json", test, root=project / "again", workers=0)
    source = (project / "tests/test_property.py").read_text()
    assert "test_that_fails_later" in found.problems[0]
    assert (project / "again/tests/test_property.py").read_text() == source != PROPERTY
    assert "from hypothesis import example" in source
    code, output = run(project, test)
    assert code == 1
    assert "test_that_fails_later" in output
