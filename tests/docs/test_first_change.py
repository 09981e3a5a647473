"""The first change of the page for contributors: its test fails without it, and passes with it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.pages import ROOT

_PAGE = ROOT / ".github/CONTRIBUTING.md"
_PACKAGE = "components/pulumi_workspace365_components"


@pytest.mark.slow
def test_the_first_change_is_one_that_its_test_asks_for(tmp_path: Path) -> None:
    shutil.copytree(ROOT / _PACKAGE, tmp_path / _PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    apply("first-change-test", tmp_path)
    assert outcome(tmp_path) == (1, "1 failed")
    apply("first-change", tmp_path)
    assert outcome(tmp_path) == (0, "4 passed")


def apply(kind: str, folder: Path) -> None:
    [text] = [block.text for block in pages.blocks(_PAGE) if block.kind == kind]
    subprocess.run(["git", "apply", "--unidiff-zero", "-"], cwd=folder, input=text, text=True, check=True)


def outcome(folder: Path) -> tuple[int, str]:
    """The exit code of the changed test, and what its summary begins with."""
    test = "tests/components/validation/test_verdicts.py"
    path = f"{folder / 'components'}:{folder}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test, "-k", "speaks_of_no_websocket"]
    ran = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout.splitlines()[-1].partition(",")[0]
