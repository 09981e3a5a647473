"""The workflow that publishes a release: what it may, what it builds, and that a tag must be the version."""

import os
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from .conftest import FOLDERS, ROOT

WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
JOBS: dict[str, Any] = WORKFLOW["jobs"]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def script(job: str, name: str) -> str:
    [found] = [step["run"] for step in JOBS[job]["steps"] if step.get("name") == name]
    return str(found)


def test_only_the_job_that_publishes_may_more_than_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert {name: job["permissions"] for name, job in JOBS.items() if "permissions" in job} == {
        "publish": {"contents": "read", "id-token": "write", "attestations": "write"}
    }
    assert JOBS["publish"]["environment"] == "pypi"
    assert "secrets." not in (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")


def test_what_is_published_was_tested_attested_and_not_built_again() -> None:
    assert (JOBS["test"]["needs"], JOBS["publish"]["needs"]) == ("build", "test")
    actions = [step["uses"].partition("@")[0] for step in JOBS["publish"]["steps"]]
    assert actions == ["actions/download-artifact", "actions/attest-build-provenance", "pypa/gh-action-pypi-publish"]


@pytest.mark.parametrize(
    ("tag", "code"), [(f"v{VERSION}", 0), (VERSION, 1), (f"v{VERSION}.1", 1), ("v", 1)], ids=["same", "bare", "other", "none"]
)
def test_a_tag_that_is_not_the_version_builds_nothing(tag: str, code: int) -> None:
    command = ["bash", "-e", "-c", script("build", "The tag is the version")]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"GITHUB_REF_NAME": tag}, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert done.stderr == (
        f"The tag is {tag}, but pyproject.toml has the version {VERSION}: tag v{VERSION}, or correct the version.\n"
        if code
        else ""
    )


def test_every_distribution_is_built() -> None:
    assert script("build", "Build").startswith("make dist ")
    listed = subprocess.run(["make", "--dry-run", "dist"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    [loop] = [line for line in listed.splitlines() if line.startswith("for folder in ")]
    folders = loop.removeprefix("for folder in ").partition(";")[0].split()
    assert {(ROOT / folder).resolve() for folder in folders} == set(FOLDERS.values())
