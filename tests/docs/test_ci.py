"""The recipes of docs/ci: each parsed, and what it runs run against the sandbox, with the embedded engine in the place of `pulumi`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from sandbox import workspace365
from tests import warm
from tests.docs import pages

CI = pages.ROOT / "docs" / "ci"
RECIPES = ("github-actions.yml", "azure-pipelines.yml", "gitlab-ci.yml")
JOBS = ("preview", "deploy", "watch")
PROGRAM = """\
import pulumi
from pulumi_workspace365 import Environment

for name in ("contoso", "fabrikam"):
    Environment(name, environment_name=name, admin_email="it@example.com", admin_first_name="I", admin_last_name="T", active=True)
"""
SHIMS = {
    "pulumi": 'exec PYTHON -m pulumi_embedded_engine "$@"',
    "w365": 'exec PYTHON -m pulumi_workspace365_components.cli "$@"',
    "pip": "exit 0",
    "python3": '[ "$1 $2" = "-m venv" ] && exit 0\nexec PYTHON "$@"',
    "gh": 'case "$*" in *--jq*) [ ! -f gh.log ] || printf "40\\n41\\n";; *) echo "$@" >> gh.log;; esac',
}


def recipe(name: str) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load((CI / name).read_text(encoding="utf-8"))
    return document


def job(name: str, which: str) -> dict[str, Any]:
    document = recipe(name)
    stages = {stage["stage"]: stage for stage in document.get("stages", [])}
    found: dict[str, Any] = (stages or document.get("jobs") or document)[which]
    return found


def commands(name: str, which: str) -> list[str]:
    """The shell commands of a job, in order."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, Mapping):
            for key, item in value.items():
                if key in {"run", "bash"} and isinstance(item, str):
                    yield item
                elif key == "script":
                    yield from item
                else:
                    yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)

    before = recipe(name).get("default", {}).get("before_script", [])
    return [*before, *walk(job(name, which))]


def scripts(name: str, which: str) -> list[str]:
    """The scripts of ci/ that a job runs."""
    return [command.split()[1] for command in commands(name, which) if command.startswith("bash ci/")]


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("which", JOBS)
def test_every_recipe_runs_the_same_scripts(name: str, which: str) -> None:
    brings_the_cli = ["ci/pulumi.sh"] if name == "azure-pipelines.yml" else []
    assert scripts(name, which) == ["ci/setup.sh", *brings_the_cli, f"ci/{which}.sh"]
    assert all((CI / Path(script).name).is_file() for script in scripts(name, which))


@pytest.mark.parametrize("name", RECIPES)
def test_a_pull_request_is_given_no_key_of_the_instance_nor_of_azure(name: str) -> None:
    told = yaml.safe_dump(
        {"job": job(name, "preview"), "all": recipe(name).get("env"), "variables": recipe(name).get("variables")}
    )
    assert "W365_" not in told
    assert "ARM_" not in told
    assert "production" not in told.replace("STACK: production", "")


@pytest.fixture(scope="module")
def server() -> Iterator[workspace365.Server]:
    with workspace365.running() as started:
        yield started


class Checkout:
    """A project as a CI job finds it: the scripts beside the program, a virtual environment with shims, a stack."""

    def __init__(self, folder: Path, server: workspace365.Server, pulumi: str | None = None) -> None:
        self.folder, self._server = folder, server
        prefix, host_folder = warm.prefix_and_host("pulumi" if pulumi else "embedded")
        host = [{"name": "pulumi-python", "path": str(host_folder)}]
        runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": str(prefix)}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "shop", "runtime": runtime, "plugins": {"providers": host}}))
        (folder / "__main__.py").write_text(PROGRAM)
        shutil.copytree(CI, folder / "ci")
        tools = folder / ".venv" / "bin"
        tools.mkdir(parents=True)
        for name, line in (SHIMS | ({"pulumi": f'exec "{pulumi}" "$@"'} if pulumi else {})).items():
            (tools / name).write_text(f"#!/bin/sh\n{line.replace('PYTHON', str(warm.python()))}\n")
            (tools / name).chmod(0o755)
        (folder / "state").mkdir()
        assert self.run("pulumi stack init production").returncode == 0
        own = {"w365:baseUrl": server.base_url, "workspace365:checks": [{"name": "health", "kind": "health"}]}
        config = folder / "Pulumi.production.yaml"
        config.write_text(yaml.safe_dump({**yaml.safe_load(config.read_text()), "config": own}))

    def run(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command as a CI runs it, with nothing in its environment but what is given."""
        given = {
            "PATH": f"{self.folder / '.venv' / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "STACK": "production",
            "NUMBER": "7",
            "GITHUB_REPOSITORY": "acme/shop",
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **{name: os.environ[name] for name in ("COVERAGE_PROCESS_START", "PYTHONPATH") if name in os.environ},
        }
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=self.folder,
            env=given | more,
            capture_output=True,
            text=True,
            check=False,
        )

    def job(self, name: str, which: str) -> tuple[int, str]:
        """All commands of a job, those after a failure included; the first exit code that is not 0, and everything that was said."""
        keys = {} if which == "preview" else self._server.variables
        done = [self.run(command, **keys) for command in commands(name, which)]
        return next((ran.returncode for ran in done if ran.returncode), 0), "".join(ran.stdout + ran.stderr for ran in done)

    def failures(self, file: str) -> list[str]:
        return [
            case.get("name", "") for case in ET.parse(self.folder / file).iter("testcase") if case.find("failure") is not None
        ]


ENGINES = [
    pytest.param(None, id="embedded"),
    pytest.param(
        shutil.which("pulumi") or "", id="pulumi", marks=pytest.mark.skipif(not shutil.which("pulumi"), reason="no Pulumi CLI")
    ),
]


@pytest.mark.parametrize("pulumi", ENGINES)
def test_the_commands_of_a_recipe_preview_deploy_and_watch(
    server: workspace365.Server, tmp_path: Path, pulumi: str | None
) -> None:
    server.management.reset()
    checkout = Checkout(tmp_path, server, pulumi)

    code, said = checkout.job(RECIPES[0], "preview")
    assert code == 0, said
    assert "2 environments created." in (tmp_path / "plan.md").read_text()
    assert (tmp_path / "gh.log").read_text() == "pr comment 7 --body-file plan.md\n"
    assert server.management.count() == 0

    code, said = checkout.job(RECIPES[0], "deploy")
    assert code == 0, said
    assert server.management.environment("contoso").is_active
    assert checkout.failures("check.xml") == []
    assert (tmp_path / "plan.json").exists() == bool(pulumi)

    server.management.change("contoso", is_active=False)
    code, said = checkout.job(RECIPES[0], "watch")
    assert code == 4, said
    assert "No key" in said or "manages no sign-on" in said
    assert checkout.failures("drift.xml") == ["contoso: Environment"]

    (tmp_path / "__main__.py").write_text(PROGRAM.replace("active=True", "active=False"))
    before = server.management.count()
    code, said = checkout.job(RECIPES[0], "preview")
    assert code == 3, said
    assert checkout.failures("plan.xml") == ["suspensions"]
    renewed = "api --method PATCH repos/acme/shop/issues/comments/41 --field body=@plan.md"
    assert (tmp_path / "gh.log").read_text().splitlines()[1:] == [renewed]
    assert "More than agreed: suspensions" in (tmp_path / "plan.md").read_text().replace("\\", "")
    assert server.management.count() == before


@pytest.mark.parametrize(("preview", "ends"), [("delete.cli", 3), ("error.cli", 1), ("noop.cli", 0)])
def test_nothing_is_deployed_but_what_was_judged(tmp_path: Path, preview: str, ends: int) -> None:
    """With a `pulumi` that only prints a recorded preview and notes what it is asked for."""
    shutil.copytree(CI, tmp_path / "ci")
    recorded = pages.ROOT / "tests" / "components" / "cli" / "previews" / f"{preview}.json"
    note = 'echo "$@" >> asked.log\ncase "$*" in *--help) echo "--save-plan string";; preview*) cat "%s"; exit %d;; esac'
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name, line in {"pulumi": note % (recorded, ends == 1), "w365": f'[ "$1" = check ] && exit 0\n{SHIMS["w365"]}'}.items():
        (tools / name).write_text(f"#!/bin/sh\n{line.replace('PYTHON', str(warm.python()))}\n")
        (tools / name).chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "STACK": "production"}
    done = subprocess.run(["bash", "ci/deploy.sh"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == ends, done.stdout + done.stderr
    asked = (tmp_path / "asked.log").read_text().splitlines()[1:]
    up = ["up --stack production --yes --skip-preview --plan=plan.json"] if ends == 0 else []
    assert asked == ["preview --stack production --json --save-plan=plan.json", *up]


@pytest.mark.parametrize("name", RECIPES[1:])
def test_what_a_recipe_runs_beside_the_scripts_works(name: str, tmp_path: Path) -> None:
    """The scripts themselves are those that the other recipe has run."""
    (tmp_path / "ci").mkdir()
    (tmp_path / "plan.md").write_text("### Judgement\n")
    for script in CI.glob("*.sh"):
        (tmp_path / "ci" / script.name).write_text("")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    for command in (command for which in JOBS for command in commands(name, which)):
        line = ["bash", "-eo", "pipefail", "-c", command]
        done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, command + done.stderr
