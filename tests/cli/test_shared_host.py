"""One host for the stacks of a rollout: real engines, the real host, real servers."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.host_process import HostEndedError
from pulumi_workspace365_cli.rollout.shared_host import SharedHost, open_hosts
from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests import fork_server
from tests.waiting import LONGEST, wait_for, wait_until_gone

PULUMI = shutil.which("pulumi")

PROGRAM = """
import pulumi
from pulumi_workspace365 import Environment

for name in pulumi.Config().require_object("customers"):
    Environment(name, environment_name=name, admin_email=f"a@{name}.example", admin_first_name="A", admin_last_name="B",
                deletion_protection=False)
"""


@dataclass
class Project:
    """A project of several stacks, each with its instance, key and customers."""

    root: Path
    engine: str

    def stack(self, name: str, server: Server, *customers: str, **config: Any) -> None:
        """Write a stack's configuration."""
        settings = {
            "shop:customers": list(customers),
            "w365:baseUrl": server.base_url,
            "w365:provisioningKey": server.provisioning_key,
            "w365:settleSeconds": "5",
            **config,
        }
        (self.root / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": settings}))

    def command(self, stack: str, *arguments: str) -> list[str]:
        if self.engine == "pulumi":
            return [str(PULUMI), *arguments, "--stack", stack, "--non-interactive"]
        return [str(fork_server.python()), "-m", "pulumi_embedded_engine", *arguments, "--stack", stack, "--non-interactive"]

    def start(self, stack: str, variables: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(stack, *arguments),
            cwd=self.root,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, stack: str, variables: dict[str, str], *arguments: str) -> tuple[int, str]:
        with self.start(stack, variables, *arguments) as process:
            output, _ = process.communicate(timeout=LONGEST)
        return process.returncode, output

    def init(self, *stacks: str) -> None:
        for stack in stacks:
            code, output = self.run(stack, {}, "stack", "init")
            assert code == 0, output

    def contexts(self, *stacks: str) -> list[CommandContext]:
        return [CommandContext(os.environ, self.root, stack) for stack in stacks]


@pytest.fixture(params=["embedded", *(["pulumi"] if PULUMI else [])])
def project(request: pytest.FixtureRequest, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    prefix, host = fork_server.prefix_and_host(request.param)
    (bare / "Pulumi.yaml").write_text(
        yaml.safe_dump(
            {
                "name": "shop",
                "runtime": {"name": "python", "options": {"virtualenv": str(prefix)}},
                "plugins": {"providers": [{"name": "pulumi-python", "path": str(host)}]},
            }
        )
    )
    (bare / "__main__.py").write_text(PROGRAM)
    (bare / "state").mkdir()
    if request.param == "pulumi":
        monkeypatch.setenv("PATH", f"{Path(str(PULUMI)).parent}:{Path(sys.executable).parent}:/usr/bin:/bin")
    for name, value in {
        "PULUMI_BACKEND_URL": f"file://{bare / 'state'}",
        "PULUMI_HOME": str(bare / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "W365_JOURNAL": str(bare / "journal.jsonl"),
    }.items():
        monkeypatch.setenv(name, value)
    return Project(bare, request.param)


@pytest.fixture
def first(server_process: Server) -> Server:
    server_process.management.reset()
    return server_process


def lists(server: Server) -> int:
    return server.management.count("listEnvironments")


def test_play(project: Project, first: Server) -> None:
    project.stack("a", first, "contoso", "fabrikam")
    project.stack("b", first, "litware", "adatum")
    project.init("a", "b")
    with open_hosts(project.contexts("a", "b")) as hosts:
        for stack in ("a", "b"):
            with hosts.attached(stack) as variables:
                code, output = project.run(stack, variables, "up", "--yes")
                assert code == 0, output
        print(output, lists(first), first.management.statistics().by_operation)
        hosts.next_wave()
        before = lists(first)
        for stack in ("a", "b"):
            with hosts.attached(stack) as variables:
                code, output = project.run(stack, variables, "refresh", "--yes")
                print(output)
                assert code == 0, output
        assert lists(first) == before + 1
    assert 0
