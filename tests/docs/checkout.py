"""A job of the recipes of docs/ci: a folder of its own, in which their commands run against the sandbox."""

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

from pulumi_workspace365_sandbox import workspace365
from tests import fork_server
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
    "w365": 'exec PYTHON -m pulumi_workspace365_cli "$@"',
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


class Checkout:
    """A project as a CI job finds it: the scripts beside the program, a virtual environment with shims, a stack.

    Args:
        folder: that of the job, its home too.
        server: the instance.
        pulumi: the Pulumi CLI; the embedded engine stands in for it without.
        after: an earlier job on the same stack, of which only what is committed and the state are left.
    """

    def __init__(
        self, folder: Path, server: workspace365.Server, pulumi: str | None = None, after: "Checkout | None" = None
    ) -> None:
        self.folder, self._server = folder, server
        folder.mkdir(exist_ok=True)
        self._state: Path = after._state if after else folder.with_name(f"{folder.name}-state")
        prefix, host_folder = fork_server.prefix_and_host("pulumi" if pulumi else "embedded")
        host = [{"name": "pulumi-python", "path": str(host_folder)}]
        runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": str(prefix)}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "shop", "runtime": runtime, "plugins": {"providers": host}}))
        (folder / "__main__.py").write_text(PROGRAM)
        shutil.copytree(CI, folder / "ci")
        tools = folder / ".venv" / "bin"
        tools.mkdir(parents=True)
        for name, line in (SHIMS | ({"pulumi": f'exec "{pulumi}" "$@"'} if pulumi else {})).items():
            (tools / name).write_text(f"#!/bin/sh\n{line.replace('PYTHON', str(fork_server.python()))}\n")
            (tools / name).chmod(0o755)
        config = folder / "Pulumi.production.yaml"
        if after:
            config.write_text(after.config)
        else:
            self._state.mkdir()
            assert self.run("pulumi stack init production").returncode == 0
            own = {"w365:baseUrl": server.base_url, "workspace365:checks": [{"name": "health", "kind": "health"}]}
            config.write_text(yaml.safe_dump({**yaml.safe_load(config.read_text()), "config": own}))
        self.config: str = config.read_text()

    def run(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command as a CI runs it, with nothing in its environment but what is given."""
        return subprocess.run(
            self._shell(command), cwd=self.folder, env=self.environment | more, capture_output=True, text=True, check=False
        )

    def start(self, command: str, **more: str) -> subprocess.Popen[str]:
        """Start a command; both its outputs are one pipe."""
        return subprocess.Popen(
            self._shell(command),
            cwd=self.folder,
            env=self.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @staticmethod
    def _shell(command: str) -> list[str]:
        return ["bash", "-eo", "pipefail", "-c", command]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / '.venv' / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "CI": "true",
            "W365_SETTLE_SECONDS": "2",
            "STACK": "production",
            "NUMBER": "7",
            "GITHUB_REPOSITORY": "acme/shop",
            "PULUMI_BACKEND_URL": f"file://{self._state}",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **{name: os.environ[name] for name in ("COVERAGE_PROCESS_START", "PYTHONPATH") if name in os.environ},
        }

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
