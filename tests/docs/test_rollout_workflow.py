"""The example of a rollout for other executors: its files made again, and the workflow for GitHub run job after job, step after step."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_workspace365_cli import app
from pulumi_workspace365_sandbox import workspace365
from tests import fork_server
from tests.docs.checkout import CI, SHIMS
from tests.docs.pages import ROOT

EXAMPLE = ROOT / "examples" / "rollout"
STACKS = ("canary", "north", "south", "east", "west")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WORKFLOW = ".github/workflows/rollout.yml"
FILES = {
    WORKFLOW: ("--emit", "github"),
    "azure-rollout.yml": ("--emit", "azure"),
    "rollout.gitlab-ci.yml": ("--emit", "gitlab"),
    "rollout.operator.yaml": ("cluster.yaml", "--emit", "operator", "--commit", COMMIT),
}
DOCUMENT = yaml.safe_load((EXAMPLE / WORKFLOW).read_text())


def backend(folder: Path) -> str:
    """The address of states in which nothing is deployed yet."""
    states = folder / ".pulumi" / "stacks" / "rollout"
    states.mkdir(parents=True)
    for name in STACKS:
        latest = {"manifest": {"time": "2031-02-03T04:05:06Z", "magic": "", "version": ""}, "resources": [], "metadata": {}}
        checkpoint = {"stack": f"organization/rollout/{name}", "latest": latest}
        (states / f"{name}.json").write_text(json.dumps({"version": 3, "checkpoint": checkpoint}))
    return f"file://{folder}"


@pytest.mark.slow
def test_the_files_of_the_example_are_what_its_plan_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "rollout"
    shutil.copytree(EXAMPLE, project)
    monkeypatch.chdir(project)
    monkeypatch.setenv("PULUMI_BACKEND_URL", backend(tmp_path / "state"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("W365_BASE_URL", raising=False)
    for file, arguments in FILES.items():
        assert app.run(["rollout", *arguments, "--output", file]) == 0, capsys.readouterr().err
        assert f"{file} unchanged: 3 waves, 5 stacks." in capsys.readouterr().out
    edited = project / WORKFLOW
    edited.write_text(edited.read_text().replace("max-parallel: 2", "max-parallel: 20"))
    assert app.run(["rollout", *FILES[WORKFLOW], "--output", WORKFLOW]) == 1
    assert "was edited" in capsys.readouterr().err
    assert app.run(["rollout", *FILES[WORKFLOW], "--output", WORKFLOW, "--force"]) == 0
    assert edited.read_text() == (EXAMPLE / WORKFLOW).read_text()
    capsys.readouterr()
    assert app.run(["rollout", *FILES[WORKFLOW], "--output", "-"]) == 0
    assert capsys.readouterr().out == edited.read_text()
    for wrong in (
        ["--output", "a.yml", "--output", "b.yml"],
        ["--output", ""],
        ["--only", "east"],
        ["--stop-at", "canary"],
        ["--resume", "x"],
    ):
        assert app.run(["rollout", *FILES[WORKFLOW], *wrong]) == 2, wrong
    assert app.run(["rollout", *FILES[WORKFLOW], "--output", "../elsewhere.yml"]) == 1
    assert not (tmp_path / "elsewhere.yml").exists()


@pytest.fixture(scope="module")
def server() -> Iterator[workspace365.Server]:
    with workspace365.running() as started:
        yield started


@dataclass
class Runner:
    """GitHub's runner, as far as the workflow needs it: a fresh checkout for each job, its commands in order, an expression put in for its value."""

    folder: Path
    server: workspace365.Server
    state: str
    timer: int = 30
    succeeded: set[str] = field(default_factory=set)
    ran: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """All jobs of a push; again, only those that did not succeed and those that need them ("Re-run failed jobs")."""
        self.ran.clear()
        for name, job in DOCUMENT["jobs"].items():
            needed = job.get("needs")
            if name.startswith("preview") or name in self.succeeded or (needed and needed not in self.succeeded):
                continue
            legs = job.get("strategy", {}).get("matrix", {}).get("stack", [""])
            assert [self._leg(name, job, stack) for stack in legs]
            if all(f"{name} {stack}" in self.succeeded for stack in legs):
                self.succeeded.add(name)

    def _leg(self, name: str, job: Mapping[str, Any], stack: str) -> str:
        leg = f"{name} {stack}"
        if leg in self.succeeded:
            return leg
        self.ran.append(leg.strip())
        checkout = self.folder / f"job-{len(self.said)}-{len(self.ran)}"
        self._check_out(checkout)
        for step in job["steps"]:
            if "run" not in step:
                continue
            values = {**job.get("env", {}), **step.get("env", {})}
            environment = {key: self._value(str(value), stack) for key, value in values.items()}
            assert "${{" not in step["run"], "expressions reach a command in variables only"
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=checkout,
                env=self._environment(checkout) | environment,
                capture_output=True,
                text=True,
                check=False,
            )
            self.said[leg] = self.said.get(leg, "") + done.stdout + done.stderr
            if done.returncode:
                return leg
        self.succeeded.add(leg)
        return leg

    def _value(self, text: str, stack: str) -> str:
        known = {"matrix.stack": stack, "github.token": "token", "secrets.PULUMI_ACCESS_TOKEN": ""}
        known |= {f"secrets.{name}": value for name, value in self.server.variables.items()}
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], text)

    def _check_out(self, folder: Path) -> None:
        shutil.copytree(self.folder / "repository", folder)
        tools = folder / ".venv" / "bin"
        tools.mkdir(parents=True)
        for name, line in {**SHIMS, "gh": f"echo {self.timer}", "sleep": 'echo "slept $*"'}.items():
            (tools / name).write_text(f"#!/bin/sh\n{line.replace('PYTHON', str(fork_server.python()))}\n")
            (tools / name).chmod(0o755)

    def _environment(self, folder: Path) -> dict[str, str]:
        return {
            "PATH": f"{folder / '.venv' / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "CI": "true",
            "GITHUB_REPOSITORY": "acme/customers",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "W365_SETTLE_SECONDS": "2",
            "PULUMI_BACKEND_URL": self.state,
            "PULUMI_CONFIG_PASSPHRASE": "x",
            **{name: os.environ[name] for name in ("COVERAGE_PROCESS_START", "PYTHONPATH") if name in os.environ},
        }


def repository(folder: Path, server: workspace365.Server) -> Path:
    """The example with the scripts of the recipes, its stacks on this instance."""
    shutil.copytree(EXAMPLE, folder)
    shutil.copytree(CI, folder / "ci")
    prefix, host = fork_server.prefix_and_host("embedded")
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = str(prefix)
    project["plugins"]["providers"][0]["path"] = str(host)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    for name in STACKS:
        settings = folder / f"Pulumi.{name}.yaml"
        settings.write_text(settings.read_text().replace("https://portal.example.com", server.base_url))
    return folder


@pytest.mark.slow
def test_a_red_stack_stops_the_next_wave_and_what_is_left_goes_on_once_it_is_mended(
    server: workspace365.Server, tmp_path: Path
) -> None:
    server.management.reset()
    server.management.seed("tailspin")
    folder = repository(tmp_path / "repository", server)
    runner = Runner(tmp_path, server, backend(tmp_path / "state"))

    runner.run()
    ran = ["current", "wave-1-canary canary", "soak-1-canary", "look-1-canary canary", "wave-2-early north", "wave-2-early south"]
    assert runner.ran == ran, runner.said
    assert "wave-2-early" not in runner.succeeded
    assert "exists already" in runner.said["wave-2-early south"]
    assert sorted(server.management.environments()) == ["contoso", "fabrikam", "tailspin"]
    assert "slept" not in runner.said["soak-1-canary "]
    assert "checks" in runner.said["look-1-canary canary"]

    south = folder / "Pulumi.south.yaml"
    south.write_text(south.read_text().replace("tailspin", "tailspin-toys"))
    runner.run()
    assert runner.ran == ["wave-2-early south", "wave-3-broad east", "wave-3-broad west"], runner.said
    assert sorted(server.management.environments()) == ["adatum", "contoso", "fabrikam", "tailspin", "tailspin-toys", "wingtip"]
    assert server.management.count("createEnvironment") == len(STACKS), "each once"

    east = folder / "Pulumi.east.yaml"
    east.write_text(east.read_text().replace("active: true", "active: false"))
    (folder / "Pulumi.new.yaml").write_text("config: {}\n")
    again = Runner(
        tmp_path, server, runner.state, succeeded={"current", *(name for name in runner.succeeded if "wave-3" not in name)}
    )
    again.said["before"] = ""
    again.run()
    assert "More than agreed: suspensions" in again.said["wave-3-broad east"]
    assert server.management.environment("adatum").is_active, "what exceeds a budget is not deployed"
    assert "wave-3-broad west" in again.succeeded, "a red stack ends no other"

    stale = Runner(tmp_path, server, runner.state)
    stale.said["before"] = stale.said["and before"] = ""
    stale.run()
    assert stale.ran == ["current"], "a stack that the file does not know stops everything"


@pytest.mark.parametrize(("timer", "says"), [(30, ""), (45, ""), (10, "slept 1200"), (0, "slept 1800")])
def test_what_the_wait_timer_leaves_of_a_soak_is_waited_for(timer: int, says: str, tmp_path: Path) -> None:
    done = soak(tmp_path, timer, 30)
    assert done.returncode == 0, done.stderr
    assert (says in done.stdout) if says else done.stdout == ""


def test_a_soak_that_no_runner_can_wait_for_fails(tmp_path: Path) -> None:
    done = soak(tmp_path, 100, 600)
    assert done.returncode == 1
    assert "Set the wait timer of the environment soak-600m to 600 minutes" in done.stdout


def soak(folder: Path, timer: int, minutes: int) -> "subprocess.CompletedProcess[str]":
    """The step between two waves, with a `gh` that answers so and a `sleep` that does not."""
    for name, line in {"gh": f"echo {timer}", "sleep": 'echo "slept $*"'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "MINUTES": str(minutes),
        "ENVIRONMENT": f"soak-{minutes}m",
        "GITHUB_REPOSITORY": "a/b",
    }
    (step,) = DOCUMENT["jobs"]["soak-1-canary"]["steps"]
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
