"""A Pulumi project of its own on the local Azure, run by either engine."""

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from websockets import exceptions

from pulumi_workspace365_components import policies
from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from pulumi_workspace365_sandbox.runner import engines, websocket
from pulumi_workspace365_sandbox.runner.deployment import Deployment, Result
from pulumi_workspace365_sandbox.runner.engines import Operation
from pulumi_workspace365_sandbox.runner.project import Project
from tests import fork_server, program_files

SALT: str = yaml.safe_load((Path(__file__).parents[3] / "stacks/Pulumi.sandbox.yaml").read_text())["encryptionsalt"]
ENGINES = ["embedded", "pulumi"]
HEAD = """
import pulumi
from pulumi_workspace365_components import *

GIVEN = dict(resource_group_name={group!r}, service_name={service!r}, service_url={backend!r}, path="chat")
"""


@dataclass
class World:
    """One project with one stack. `program` runs behind `HEAD`; each test has a service that is as at its first start."""

    folder: Path
    cloud: azure.LocalAzure
    environment: dict[str, str]
    engine: engines.Engine
    program: str = ""

    def run(self, operation: Operation, *, code: int = 0) -> Result:
        """An operation; fails the test when it ends otherwise."""
        head = HEAD.format(
            group=self.cloud.resource_group_name, service=self.cloud.service_name, backend=self.cloud.backend_secure_url
        )
        program_files.write(self.folder / "__main__.py", head + self.program)
        result = self.deployment.run(operation)
        assert result.exit_code == code, "\n".join([*result.problems, result.stdout, result.stderr])
        return result

    def up(self, program: str | None = None, *, code: int = 0) -> Result:
        if program is not None:
            self.program = program
        return self.run("up", code=code)

    def preview(self, program: str | None = None, *, code: int = 0) -> Result:
        if program is not None:
            self.program = program
        return self.run("preview", code=code)

    @property
    def deployment(self) -> Deployment:
        return Deployment(Project.at(self.folder), "dev", self.engine, self.environment)

    def command(self, *arguments: str) -> str:
        """A command of the engine, such as `state delete URN`; what it printed."""
        line = [*self.engine.command, *arguments, "--yes", "--stack", "dev", "--non-interactive"]
        done = subprocess.run(line, cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def forget(self, *urns: str) -> None:
        """Take resources out of the state, as `pulumi state delete` does."""
        self.command("state", "delete", *urns)

    def urn(self, name: str) -> str:
        """The URN of the only resource of this name in the state, which is no component."""
        resources = json.loads(self.state())["checkpoint"]["latest"]["resources"]
        [found] = [item["urn"] for item in resources if item["custom"] and item["urn"].endswith(f"::{name}")]
        return str(found)

    def another(self, folder: Path) -> "World":
        """Another project, with a state of its own, on the same service."""
        other = replace(
            self, folder=made(folder), environment=self.environment | {"PULUMI_BACKEND_URL": Project.at(folder).backend_url}
        )
        assert other.deployment.ensure_stack() == ""
        return other

    def state(self) -> str:
        return (self.folder / ".sandbox/state/.pulumi/stacks/chat/dev.json").read_text()

    def id(self, tail: str) -> str:
        return f"{self.cloud.service_id}/{tail}"

    def deployed(self, tail: str) -> dict[str, Any]:
        """The properties of a resource of the service; fails the test when it is not there."""
        found = self.cloud.management.resource(self.id(tail))
        assert found is not None, tail
        return found.properties

    def exists(self, tail: str) -> bool:
        return self.cloud.management.resource(self.id(tail)) is not None

    def changes(self) -> list[str]:
        """What was changed at the service since the requests were cleared, in order: `PUT apis` and the like."""
        return [
            request.operation
            for request in self.cloud.management.requests()
            if request.operation and request.method in {"PUT", "DELETE", "PATCH"}
        ]

    def key(self, subscription: str = "master") -> str:
        return str(self.deployed(f"subscriptions/{subscription}")["primaryKey"])

    def attempt(self, probe: policies.Probe, path: str = "chat") -> int:
        """The status of the last attempt of a probe."""
        status = 0
        for _ in range(probe.repeat):
            try:
                with self.connected(path, headers=dict(probe.headers), query=dict(probe.query)):
                    status = 101
            except exceptions.InvalidStatus as refused:
                status = refused.response.status_code
        return status

    @contextmanager
    def connected(
        self, path: str = "chat", *, headers: dict[str, str], query: dict[str, str] | None = None
    ) -> Iterator[websocket.Socket]:
        """A WebSocket through the gateway."""
        context = ssl.create_default_context(cafile=self.cloud.ca_file)
        url = f"{self.cloud.websocket_url}/{path}" + (f"?{urlencode(query)}" if query else "")
        with websocket.open_websocket(url, context, headers, seconds=60) as socket:
            yield socket


def at_first(name: str, servers: tuple[azure.LocalAzure, AzureNative], folder: Path) -> World:
    """A project for the engine of this name, on a service as at its first start; skips the test where the engine is not."""
    found = engine(name)
    if found is None:
        pytest.skip("no Pulumi CLI on PATH")
    cloud, native = servers
    cloud.management.reset()
    world = World(made(folder), cloud, environment(folder, cloud, native), found)
    if name == "embedded":  # its plugins are warm too
        world.environment["PATH"] = f"{fork_server.prefix() / 'bin'}{os.pathsep}{world.environment['PATH']}"
    assert world.deployment.ensure_stack() == ""
    return world


def made(folder: Path) -> Path:
    """A folder with a project named chat and a stack in it."""
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: chat\nruntime:\n  name: python\n  options:\n    toolchain: pip\n")
    (folder / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    (folder / ".sandbox/state").mkdir(parents=True)
    return folder


def engine(name: str) -> engines.Engine | None:
    """The engine of this name, if it is here."""
    if name == "pulumi" and not shutil.which("pulumi"):
        return None
    if name == "embedded":
        return engines.Engine("embedded", (str(fork_server.python()), "-m", "pulumi_embedded_engine"), "")
    return engines.choose_engine("pulumi", os.environ)


def environment(folder: Path, cloud: azure.LocalAzure, native: AzureNative) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI", "W365_", "ARM_", "AZURE_"))}
    own = Project.at(folder).local_variables(kept) | cloud.variables | native.variables
    return own | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def shown(result: Result) -> dict[str, tuple[str, ...]]:
    """What changed: by resource, the properties."""
    return {
        f"{step.op} {step.urn.split('::')[2].rpartition(':')[2]} {step.urn.split('::')[-1]}": step.keys
        for step in result.account.done
    }
