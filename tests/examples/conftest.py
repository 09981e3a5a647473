"""One sandbox for all examples of a process; each example finds it empty."""

import contextlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine import cli
from pulumi_workspace365_sandbox.runner import servers
from pulumi_workspace365_sandbox.runner.project import Project
from pulumi_workspace365_sandbox.runner.servers import Servers
from tests import fork_server

EXAMPLES = Path(__file__).parents[2] / "examples"
STACK = "sandbox"


@dataclass(frozen=True)
class Example:
    """A copy of an example, on one engine."""

    folder: Path
    command: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """What the engine printed; fails the test when it did not end well."""
        done = subprocess.run(
            [*self.command, *arguments, "--stack", STACK, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{self.folder.name}: {arguments[0]}\n{done.stdout}{done.stderr}"
        return done.stdout

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets masked."""
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            assert cli.main(["stack", "output", "--json", "--stack", STACK]) == 0
        outputs: dict[str, Any] = json.loads(told.getvalue())
        return outputs


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with servers.running(tmp_path_factory.mktemp("sandbox"), "the examples") as running:
        yield running


@pytest.fixture
def world(started: Servers) -> Servers:
    """The sandbox, as at its first start."""
    started.workspace365.management.reset()
    started.azure.management.reset()
    started.azure.management.clear_requests()
    return started


@pytest.fixture(params=["embedded", "pulumi"])
def engine(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command of an engine that this machine has."""
    found = shutil.which("pulumi")
    if request.param == "pulumi" and not found:
        pytest.skip("no Pulumi CLI on PATH")
    return (found,) if request.param == "pulumi" and found else (str(fork_server.python()), "-m", "pulumi_embedded_engine")


@pytest.fixture
def example(
    request: pytest.FixtureRequest, engine: tuple[str, ...], world: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Example:
    """The example of that name, with an empty stack, between a Python and a host that lie where its project file says."""
    folder = tmp_path / "examples" / request.param
    shutil.copytree(EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns("__pycache__"))
    python, host = fork_server.prefix_and_host("embedded" if "pulumi_embedded_engine" in engine else "pulumi")
    (tmp_path / ".venv").symlink_to(python)
    (tmp_path / "host").mkdir()
    (tmp_path / "host/pulumi_dynamic_host").symlink_to(host)
    own = {"PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_HOME": str(tmp_path / "home"), "W365_JOURNAL": "off"}
    environment = Project.at(folder).local_variables(os.environ) | world.variables | own
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(folder)
    assert cli.main(["stack", "init", STACK]) == 0  # the engines share one state
    return Example(folder, engine, environment)
