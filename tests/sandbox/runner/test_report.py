"""`up --report FILE`: the page that `w365 check` writes about what was deployed, while the servers still run."""

import json
from pathlib import Path

import pytest
import yaml

from tests.sandbox.runner.workbench import Workbench, ended, outputs, summary


@pytest.fixture
def page(workbench: Workbench) -> Path:
    workbench.tell(*outputs(), summary(same=1))
    return workbench.root / "report.html"


def checks(workbench: Workbench, *asked: dict[str, str]) -> None:
    config = {"config": {"workspace365:checks": list(asked)}}
    (workbench.root / "Pulumi.sandbox.yaml").write_text(yaml.safe_dump(config))


def deployed(workbench: Workbench, page: Path) -> str:
    """Create an environment and write the page, as is said in the end; returns its text."""
    environment = ended("create", "pulumi-python:dynamic/workspace365:Environment::contoso", new={"custom": True})
    workbench.tell(*environment, *outputs(), summary(create=1))
    done = workbench.sandbox("up", "--report", str(page))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"Report: {page}")
    return page.read_text(encoding="utf-8")


def test_up_writes_the_page_and_says_where(workbench: Workbench, page: Path) -> None:
    checks(workbench, {"name": "health of all", "kind": "health"})
    shown = deployed(workbench, page)
    assert "1 of 1 checks passed." in shown
    assert "health of all" in shown
    assert "Deployment: 1 step in" in shown
    assert "create Environment contoso" in shown


def test_a_check_that_does_not_pass_fails_the_run_and_the_page_tells_more(workbench: Workbench, page: Path) -> None:
    checks(workbench, {"name": "nobody there", "kind": "http", "url": "http://127.0.0.1:1/"})
    done = workbench.sandbox("up", "--json", "--report", str(page))
    problem = f"1 of 1 checks did not pass: nobody there. {page} tells more."
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (1, [problem])
    assert "127.0.0.1:1 refuses the connection" in page.read_text(encoding="utf-8")


def test_the_page_of_a_stack_without_checks_shows_the_deployment(workbench: Workbench, page: Path) -> None:
    shown = deployed(workbench, page)
    assert "stack sandbox, which has none" in shown
    assert "create Environment contoso" in shown


def test_a_page_that_cannot_be_written_is_wrong_use_before_anything_is_done(workbench: Workbench) -> None:
    for wrong, said in (("no/where.html", "does not exist"), (str(workbench.root), "is a folder, not a file")):
        done = workbench.sandbox("up", "--report", wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    assert workbench.operations == []
