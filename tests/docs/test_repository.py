"""What stands in .github: valid by its schema, and true."""

import subprocess
import sys

import pytest
import yaml

from tests.docs.pages import ROOT
from tests.matrix.cells import CELLS

GITHUB = ROOT / ".github"
SCHEMAS = {
    "workflows/*.yml": "github-workflows",
    "ISSUE_TEMPLATE/[!c]*.yml": "github-issue-forms",
    "ISSUE_TEMPLATE/config.yml": "github-issue-config",
}


@pytest.mark.parametrize("files", SCHEMAS)
def test_files_are_valid_by_the_schema_of_their_vendor(files: str) -> None:
    paths = sorted(GITHUB.glob(files))
    assert paths
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{SCHEMAS[files]}", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_cell_of_the_matrix_is_tried_every_week_with_its_python() -> None:
    matrix = yaml.safe_load((GITHUB / "workflows/support.yml").read_text())["jobs"]["matrix"]["strategy"]["matrix"]
    (python,) = matrix["python"]
    tried = dict.fromkeys(matrix["cell"], python) | {one["cell"]: one["python"] for one in matrix["include"]}
    assert tried == {cell.name: cell.python for cell in CELLS}


def test_a_change_runs_what_the_project_s_ci_runs() -> None:
    steps = yaml.safe_load((GITHUB / "workflows/ci.yml").read_text())["jobs"]["ci"]["steps"]
    assert steps[-1] == {"run": ".ci/run"}
