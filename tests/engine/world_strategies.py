"""Drives the program `world` on either engine and compares what they do: calls, state, exit codes, errors."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from pulumi.runtime.proto import resource_pb2

from tests import fork_server
from tests.engine import cli
from tests.engine.cli import PASSPHRASE, PROGRAMS

SALT = "v1:cW8rx5NttoM=:v1:Cy/etkuxTAx4SuQn:qZouG+h/x0NUd6vZ5ZfcLgBuepM0ww=="
_VOLATILE = {"randomSeed", "resourceStatusAddress", "resourceStatusToken", "sourcePosition", "stackTrace", "engineAddress"}
_PLACES = {
    "rootDirectory",
    "programDirectory",
    "mapperTarget",
    "loaderTarget",
    "resolverTarget",
    "target",
    "token",
    "supportsViews",
}
_IGNORED = {"created", "modified", *_VOLATILE, *_PLACES}
_CARRIED = (
    resource_pb2.ResourceHookRequest,
    resource_pb2.ErrorHookRequest,
    resource_pb2.TransformRequest,
    resource_pb2.TransformInvokeRequest,
)
_UNCOMPARED = {"GetDeploymentInfo", "Handshake", "SignalAndWaitForShutdown", "Cancel"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it asked of providers and program."""

    code: int
    output: str
    calls: list[Json]

    def methods(self, service: str = "ResourceProvider") -> list[str]:
        """The methods called, with the name of the resource where there is one."""
        return [_label(call) for call in self.calls if call["method"].startswith(f"/pulumirpc.{service}/")]


def _label(call: Json) -> str:
    method = call["method"].rpartition("/")[2]
    request = call["request"]
    name = request.get("name") or str(request.get("urn", "")).rpartition("::")[2]
    return f"{method} {name}".strip()


@dataclass
class World:
    """A copy of the program with a plan, a server (a folder) and a state of its own.

    Args:
        directory: where the copy is.
        engine: `embedded` or `pulumi`.
        variables: further environment variables.
    """

    directory: Path
    engine: str
    variables: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    @classmethod
    def make(cls, directory: Path, engine: str) -> "World":
        shutil.copytree(PROGRAMS / "world", directory)
        (directory / "world").mkdir()
        (directory / "state").mkdir()
        text = (directory / "Pulumi.dev.yaml").read_text(encoding="utf-8")
        (directory / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n{text}", encoding="utf-8")
        world = cls(directory, engine)
        world.plan([])
        assert world.run("stack", "init", "dev", stack="").code == 0
        return world

    def plan(self, resources: Sequence[Json], **more: Any) -> None:
        """Write what the program registers next."""
        (self.directory / "plan.json").write_text(json.dumps({"resources": list(resources), **more}), encoding="utf-8")

    def things(self) -> Json:
        """What exists on the server, by id."""
        return {path.stem: json.loads(path.read_text()) for path in (self.directory / "world").glob("id-*.json")}

    def change(self, id_: str, **values: Any) -> None:
        """Change something on the server behind the engine's back."""
        path = self.directory / "world" / f"{id_}.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}), encoding="utf-8")

    def remove(self, id_: str) -> None:
        (self.directory / "world" / f"{id_}.json").unlink()

    def environment(self) -> dict[str, str]:
        base = cli.PulumiCLI(self.directory).environment()
        return {**base, "PULUMI_STACK": "dev", "PYTHONDONTWRITEBYTECODE": "", **self.variables}

    def command(self, *arguments: str, stack: str = "dev") -> list[str]:
        named = ["--stack", stack] if stack else []
        command = ["pulumi"] if self.engine == "pulumi" else [str(fork_server.python()), "-m", "pulumi_embedded_engine"]
        return [*command, *arguments, *named, "--non-interactive", "--color", "never"]

    def popen(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.directory,
            env={**self.environment(), **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, stack: str = "dev", trace: bool = True) -> Ran:
        """Run a command of the engine."""
        self.runs += 1
        path = self.directory / f"calls-{self.runs}.json"
        process = subprocess.run(
            self.command(*arguments, stack=stack),
            cwd=self.directory,
            env=self.environment() | ({"PULUMI_DEBUG_GRPC": str(path)} if trace else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(process.returncode, process.stdout, _calls(path))

    def up(self, *flags: str) -> Ran:
        return self.run("up", "--yes", "--skip-preview", *flags)

    def preview(self, *flags: str) -> Ran:
        return self.run("preview", *flags)

    def refresh(self, *flags: str) -> Ran:
        return self.run("refresh", "--yes", "--skip-preview", *flags)

    def destroy(self, *flags: str) -> Ran:
        return self.run("destroy", "--yes", "--skip-preview", *flags)

    def export(self) -> Json:
        text = self.run("stack", "export", "--show-secrets", trace=False).output
        document: Json = json.loads(text)
        return document

    def state(self) -> list[Json]:
        """The resources of the stack, without what differs between any two runs; providers' ids are replaced."""
        resources = self.export()["deployment"].get("resources") or []
        ids = {item["id"]: "ID" for item in resources if item["type"].startswith("pulumi:providers:")}
        return sorted((_comparable(item, ids) for item in resources), key=lambda item: json.dumps(item, sort_keys=True))

    def resource(self, name: str) -> Json:
        """The one resource of a name."""
        (found,) = [item for item in self.state() if item["urn"].rpartition("::")[2] == name]
        return found

    def pending(self) -> list[tuple[str, str]]:
        operations = self.export()["deployment"].get("pending_operations") or []
        return [(item["type"], item["resource"]["urn"].rpartition("::")[2]) for item in operations]


def _calls(path: Path) -> list[Json]:
    if not path.exists():
        return []
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [entry for entry in entries if entry.get("progress") == "request_started"]


def _comparable(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        kept = {key: _comparable(item, ids) for key, item in sorted(value.items()) if key not in _IGNORED}
        return {key: item for key, item in kept.items() if item not in ([], {})}
    if isinstance(value, list):
        return [_comparable(item, ids) for item in value]
    if isinstance(value, str):
        for id_, name in ids.items():
            value = value.replace(id_, name)
    return value


def _decoded(call: Json) -> Json:
    """A call; what a callback carries is read, because its bytes depend on the order of names."""
    data = base64.b64decode(call["request"].get("request", ""))
    for kind in _CARRIED:
        try:
            message = kind.FromString(data)
        except DecodeError:
            continue
        if not UnknownFieldSet(message):
            return {kind.DESCRIPTOR.name: json_format.MessageToDict(message)}
    return {"request": call["request"]}


def comparable_calls(ran: Ran, ids: Mapping[str, str]) -> dict[str, list[Json]]:
    """The calls by the resource they are about, in order: calls about different resources may overtake each other."""
    grouped: dict[str, list[Json]] = {}
    for call in ran.calls:
        service, _, method = call["method"].removeprefix("/pulumirpc.").partition("/")
        if service in {"ResourceProvider", "ResourceMonitor", "Callbacks"} and method not in _UNCOMPARED:
            request = _decoded(call) if service == "Callbacks" else call["request"]
            subject = request.get("urn") or f"{request.get('type', '')}::{request.get('name', '')}"
            grouped.setdefault(f"{service} {subject}", []).append({"method": method, "request": _comparable(request, ids)})
    return grouped


def provider_ids(ran: Ran) -> dict[str, str]:
    """The ids that providers got in a run, for leaving them out of comparisons."""
    ids = {}
    for call in ran.calls:
        if call["method"].endswith("/Configure"):
            ids[call["request"].get("id", "")] = "ID"
    return ids


__all__ = ["PASSPHRASE", "Ran", "World", "comparable_calls", "os", "provider_ids"]
