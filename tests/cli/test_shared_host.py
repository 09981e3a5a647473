"""One host for the stacks of a rollout: real engines, the real host, real servers."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.host_process import HostEndedError
from pulumi_workspace365_cli.rollout.shared_host import Hosts, SharedHost, open_hosts
from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests import fork_server
from tests.waiting import LONGEST, wait_for, wait_until_gone

PULUMI = shutil.which("pulumi")

LATE = 8000
"""Milliseconds for an answer that somebody is killed before."""

CUSTOMERS = """
import pulumi

class Customer(pulumi.ComponentResource):
    def __init__(self, name, inputs):
        super().__init__("workspace365:index:CustomerEnvironment", name, inputs, None, remote=True)

email = pulumi.Config().get("email") or "a@b.example"
for name in pulumi.Config().require_object("customers"):
    Customer(name, {"environmentName": name, "adminEmail": email, "adminFirstName": "A", "adminLastName": "B"})
"""
"""With the component of the package, which its host builds."""

PROGRAM = """
import pulumi
from pulumi_workspace365 import Environment, Instance

config = pulumi.Config()

def declare(name, resource_name, opts=None):
    Environment(resource_name, environment_name=name, admin_email=f"a@{name}.example", admin_first_name="A", admin_last_name="B",
                deletion_protection=False, opts=opts)

for name in config.require_object("customers"):
    declare(name, name)
    if config.get("second"):
        second = Instance(f"second-{name}", base_url=config.require("second"), provisioning_key=config.require_secret("secondKey"))
        declare(name, f"{name}-there", pulumi.ResourceOptions(provider=second))
"""


@dataclass
class Project:
    """A project of several stacks, each with its instance, key and customers."""

    root: Path
    engine: str
    front: str

    @property
    def plugin(self) -> str:
        """The name of the plugin that a shared host stands in for."""
        return {"dynamic": "pulumi-python", "native": "workspace365"}[self.front]

    @property
    def namespace(self) -> str:
        """Of the settings of the instance."""
        return {"dynamic": "w365", "native": "workspace365"}[self.front]

    def stack(self, name: str, server: Server, *customers: str, **config: Any) -> None:
        """Write a stack's configuration."""
        settings = {
            "shop:customers": list(customers),
            f"{self.namespace}:baseUrl": server.base_url,
            f"{self.namespace}:provisioningKey": server.provisioning_key,
            f"{self.namespace}:settleSeconds": "5",
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
            output, _ = process.communicate(timeout=10 * LONGEST)
        return process.returncode, output

    def init(self, *stacks: str) -> None:
        for stack in stacks:
            code, output = self.run(stack, {}, "stack", "init")
            assert code == 0, output

    def contexts(self, *stacks: str) -> list[CommandContext]:
        return [CommandContext(os.environ, self.root, stack) for stack in stacks]


@pytest.fixture
def front() -> str:
    return "dynamic"


@pytest.fixture(params=["embedded", *(["pulumi"] if PULUMI else [])])
def project(request: pytest.FixtureRequest, front: str, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    prefix, host = fork_server.prefix_and_host(request.param)
    plugin = {"name": "pulumi-python", "path": str(host)}
    if front == "native":
        plugin = {"name": "workspace365", "path": str(prefix / "bin")}
    (bare / "Pulumi.yaml").write_text(
        yaml.safe_dump(
            {
                "name": "shop",
                "runtime": {"name": "python", "options": {"virtualenv": str(prefix)}},
                "plugins": {"providers": [plugin]},
            }
        )
    )
    (bare / "__main__.py").write_text(
        PROGRAM.replace("pulumi_workspace365 import", "pulumi_workspace365.native import") if front == "native" else PROGRAM
    )
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
    return Project(bare, request.param, front)


@pytest.fixture
def first(server_process: Server) -> Server:
    server_process.management.reset()
    return server_process


@pytest.fixture(scope="session")
def second_process() -> Iterator[Server]:
    with workspace365.running() as server:
        yield server


@pytest.fixture
def second(second_process: Server) -> Server:
    second_process.management.reset()
    return second_process


def lists(*servers: Server) -> list[int]:
    return [server.management.count("listEnvironments") for server in servers]


def creates(server: Server) -> int:
    return server.management.count("createEnvironment")


def in_parallel(project: Project, hosts: Hosts, stacks: Sequence[str], *arguments: str) -> dict[str, str]:
    """The output of an operation on each of some stacks, which all go well."""

    def run(stack: str) -> str:
        with hosts.attached(stack) as variables:
            code, output = project.run(stack, variables, *arguments)
        assert code == 0, output
        return output

    with ThreadPoolExecutor(len(stacks)) as pool:
        return dict(zip(stacks, pool.map(run, stacks), strict=True))


FRONTS = pytest.mark.parametrize("front", ["dynamic", "native"])


@pytest.mark.slow
@FRONTS
def test_stacks_share_lists_and_limits_and_nothing_else(project: Project, first: Server, second: Server) -> None:
    for stack, customers in {"a": ["contoso", "fabrikam"], "b": ["litware", "adatum"]}.items():
        project.stack(stack, first, *customers, **{f"{project.namespace}:maxInFlight": "3"})
    project.stack("c", second, "contoso")
    project.init("a", "b", "c")
    with open_hosts(project.contexts("a", "b", "c")) as hosts:
        in_parallel(project, hosts, "abc", "up", "--yes")
        assert first.management.statistics().max_in_flight <= 3
        assert [set(server.management.environments()) for server in (first, second)] == [
            {"contoso", "fabrikam", "litware", "adatum"},
            {"contoso"},
        ]
        before = lists(first, second)
        in_parallel(project, hosts, "abc", "refresh", "--yes")
        assert lists(first, second) == before

        hosts.next_wave()
        for name in ("fabrikam", "litware"):  # one of each stack: as many as may vanish from one
            first.management.delete(name)
        outputs = in_parallel(project, hosts, "abc", "refresh", "--yes")
        assert lists(first, second) == [count + 1 for count in before]
        for stack, gone in {"a": "fabrikam", "b": "litware"}.items():
            assert re.search(rf"{gone}.* delete", outputs[stack]), outputs[stack]
        assert "3 unchanged" not in outputs["a"]
        assert "2 unchanged" in outputs["c"]

        hosts.next_wave()
        in_parallel(project, hosts, "ab", "up", "--yes")
        assert {"fabrikam", "litware"} <= first.management.environments().keys()
        assert hosts.failure is None


@pytest.mark.slow
@FRONTS
def test_an_explicit_provider_keeps_its_instance(project: Project, first: Server, second: Server) -> None:
    """One engine, one port, two configurations."""
    there = {"shop:second": second.base_url, "shop:secondKey": second.provisioning_key}
    project.stack("a", first, "contoso", "fabrikam", **there)
    project.init("a")
    with open_hosts(project.contexts("a")) as hosts:
        in_parallel(project, hosts, "a", "up", "--yes")
        assert [set(server.management.environments()) for server in (first, second)] == [{"contoso", "fabrikam"}] * 2
        second.management.delete("fabrikam")
        hosts.next_wave()
        in_parallel(project, hosts, "a", "up", "--yes", "--refresh")
        assert [creates(server) for server in (first, second)] == [2, 3]
    statuses = {request.status for server in (first, second) for request in server.management.requests()}
    assert statuses <= {200, 201, 204, 404}


@pytest.mark.slow
def test_the_death_of_one_engine_is_no_matter_to_others(project: Project, first: Server) -> None:
    project.stack("a", first, "contoso")
    project.stack("b", first, "fabrikam")
    project.init("a", "b")
    first.management.inject(faults.Latency(operation="createEnvironment", when="after", ms=LATE, times=1))
    with open_hosts(project.contexts("a", "b")) as hosts:
        with hosts.attached("a") as of_a, project.start("a", of_a, "up", "--yes", "--skip-preview") as killed:
            wait_for(lambda: creates(first) == 1, 10 * LONGEST)
            with hosts.attached("b") as of_b, project.start("b", of_b, "up", "--yes", "--skip-preview") as other:
                killed.kill()
                output, _ = other.communicate(timeout=10 * LONGEST)
                assert other.returncode == 0, output
        project.run("a", {}, "cancel", "--yes")
        assert "created by an earlier run" in in_parallel(project, hosts, "a", "up", "--yes")["a"]
    assert creates(first) == 2


@pytest.mark.slow
@pytest.mark.parametrize("front", ["native"])
def test_components_of_the_package_are_built_for_their_own_stack(project: Project, first: Server, second: Server) -> None:
    (project.root / "__main__.py").write_text(CUSTOMERS)
    project.stack("a", first, "contoso", "fabrikam")
    project.stack("b", first, "litware", "adatum")
    project.stack("c", second, "contoso")
    project.init("a", "b", "c")
    with open_hosts(project.contexts("a", "b", "c")) as hosts:
        outputs = in_parallel(project, hosts, "abc", "up", "--yes")
        assert [set(server.management.environments()) for server in (first, second)] == [
            {"contoso", "fabrikam", "litware", "adatum"},
            {"contoso"},
        ]
        for stack, own in {"a": "fabrikam", "b": "litware"}.items():
            assert re.search(rf"CustomerEnvironment\W+{own}", outputs[stack]), outputs[stack]
        assert "contoso" not in outputs["b"]
        hosts.next_wave()
        before = lists(first, second)
        project.stack("a", first, "contoso", "fabrikam", **{"shop:email": "nobody"})
        with hosts.attached("a") as of_a, hosts.attached("b") as of_b, project.start("a", of_a, "up", "--yes") as refused:
            code, output = project.run("b", of_b, "up", "--yes", "--refresh")
            said, _ = refused.communicate(timeout=10 * LONGEST)
        assert (code, refused.returncode != 0) == (0, True), output + said
        assert "admin_email: it must be" in said
        assert "admin_email: " not in output
        assert lists(first, second) == [before[0] + 1, before[1]]


@pytest.mark.slow
@FRONTS
def test_the_death_of_the_host_loses_no_create(project: Project, first: Server) -> None:
    project.stack("a", first, "contoso")
    project.init("a")
    first.management.inject(faults.Latency(operation="createEnvironment", when="after", ms=LATE, times=1))
    with open_hosts(project.contexts("a")) as hosts:
        assert isinstance(hosts, SharedHost)
        with hosts.attached("a") as variables, project.start("a", variables, "up", "--yes", "--skip-preview") as process:
            wait_for(lambda: creates(first) == 1, 10 * LONGEST)
            os.kill(hosts.processes[project.plugin].process_id, signal.SIGKILL)
            output, _ = process.communicate(timeout=10 * LONGEST)
        assert process.returncode != 0, output
        assert re.fullmatch(
            rf"The host that the stacks of this rollout share \(process {hosts.processes[project.plugin].process_id}\) was ended by SIGKILL: the stacks .*\.",
            str(hosts.failure),
        )
        with pytest.raises(HostEndedError, match="was ended by SIGKILL"):
            hosts.next_wave()
        with pytest.raises(HostEndedError, match="was ended by SIGKILL"), hosts.attached("a"):
            pass
    with open_hosts(project.contexts("a")) as hosts:
        assert "created by an earlier run" in in_parallel(project, hosts, "a", "up", "--yes")["a"]
    assert creates(first) == 1


@pytest.mark.slow
def test_engines_that_outlive_the_rollout_keep_their_host(project: Project, first: Server) -> None:
    project.stack("a", first, "contoso")
    project.init("a")
    first.management.inject(faults.Latency(operation="createEnvironment", ms=2000))
    hosts: Any = open_hosts(project.contexts("a"))
    host = hosts.__enter__()
    attached = host.attached("a")
    variables = attached.__enter__()
    with project.start("a", variables, "up", "--yes", "--skip-preview") as process:
        wait_for(lambda: creates(first) == 1, 10 * LONGEST)
        host.close()  # as when the rollout is killed: nothing was released
        output, _ = process.communicate(timeout=10 * LONGEST)
        assert process.returncode == 0, output
    os.kill(host.processes[project.plugin].process_id, signal.SIGTERM)
    wait_until_gone(host.processes[project.plugin].process_id)


def refusal(contexts: Sequence[CommandContext]) -> str:
    with pytest.raises(CommandError) as refused, open_hosts(contexts):
        pass
    return str(refused.value)


@pytest.mark.parametrize("variable", ["W365_PROVISIONING_KEY", "W365_BASE_URL", "W365_PROVISIONING_KEY_FILE"])
def test_variables_that_would_reach_several_instances_are_refused(
    project: Project, first: Server, second: Server, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    project.stack("a", first)
    project.stack("b", second)
    monkeypatch.setenv(variable, first.base_url)
    for own_hosts in (False, True):
        with (
            pytest.raises(CommandError, match=rf"{variable} would apply to all of these stacks"),
            open_hosts(project.contexts("a", "b"), own_hosts=own_hosts),
        ):
            pass


def test_stacks_that_cannot_share_a_host_are_refused(
    project: Project, first: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.stack("a", first)
    other = tmp_path / "other"
    shutil.copytree(project.root, other)
    both = [*project.contexts("a"), CommandContext(os.environ, other, "a")]
    assert refusal(both).endswith("roll out each project by itself, or give every stack a host of its own with --own-hosts.")
    with open_hosts(both, own_hosts=True) as hosts, hosts.attached("a") as variables:
        assert variables == {}
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "azure-native:1,pulumi-python:2")
    assert "attaches a host of pulumi-python already" in refusal(project.contexts("a"))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 40001; sleep 60", "serves one stack only: renew it with `w365 init`"),
        ("echo out of order >&2; exit 3", "does not start: out of order"),
        ("exit 3", "does not start: it ended with code 3."),
        ("kill -9 $$", "does not start: it was ended by SIGKILL."),
    ],
)
def test_a_host_that_does_not_start_is_told(project: Project, first: Server, script: str, reason: str) -> None:
    project.stack("a", first)
    launcher = project.root / "broken/pulumi-resource-pulumi-python"
    launcher.parent.mkdir()
    launcher.write_text(f"#!/bin/sh\n{script}\n")
    document = yaml.safe_load((project.root / "Pulumi.yaml").read_text())
    document["plugins"]["providers"][0]["path"] = "broken"
    (project.root / "Pulumi.yaml").write_text(yaml.safe_dump(document))
    assert "cannot be started: Permission denied." in refusal(project.contexts("a"))
    launcher.chmod(0o755)
    assert reason in refusal(project.contexts("a"))
    del document["plugins"]
    (project.root / "Pulumi.yaml").write_text(yaml.safe_dump(document))
    with open_hosts(project.contexts("a")) as hosts, hosts.attached("a") as variables:
        assert variables == {}  # the engine starts whichever host it has
