"""The command as a person runs it: arguments, variables and a folder in; exit code and both streams out."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365.api import client, transport
from pulumi_workspace365_cli import app
from pulumi_workspace365_sandbox import workspace365

_OURS = ("W365_", "PULUMI_", "GITHUB_", "CI", "NO_COLOR", "FORCE_COLOR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "COLUMNS")
_CERTIFICATES = ("SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed

    @property
    def error(self) -> str:
        """The one line on standard error, when that is all there is."""
        assert self.out == ""
        assert self.err.startswith("error: ")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("error: ").rstrip("\n")

    def verdicts(self) -> dict[str, str]:
        return {check["name"]: check["verdict"] for check in self.document["checks"]}

    def check(self, name: str) -> dict[str, Any]:
        return next(check for check in self.document["checks"] if check["name"] == name)


Command = Callable[..., Ran]


@pytest.fixture(scope="session")
def server_process() -> Iterator[workspace365.Server]:
    with workspace365.running() as server:
        yield server


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, with no variable that a command reads, and no Pulumi CLI."""
    for name in list(os.environ):
        if name.upper().startswith((*_OURS, *_CERTIFICATES)):
            monkeypatch.delenv(name)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("W365_REQUEST_TIMEOUT", "60")
    monkeypatch.setattr(transport, "_BACK_OFF_SECONDS", 0.01)
    monkeypatch.chdir(folder)
    client._clients.clear()
    return folder


@pytest.fixture
def server(server_process: workspace365.Server, bare: Path, monkeypatch: pytest.MonkeyPatch) -> workspace365.Server:  # noqa: ARG001  it clears variables first
    """A running instance, named by variables."""
    server_process.management.reset()
    for name, value in server_process.variables.items():
        monkeypatch.setenv(name, value)
    return server_process


@pytest.fixture
def w365(bare: Path, capsys: pytest.CaptureFixture[str]) -> Command:  # noqa: ARG001  no command sees the tester's own settings
    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = app.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def process(bare: Path) -> Command:
    """The command in a process of its own."""

    def run(*arguments: str | Path, **options: Any) -> Ran:
        command = [sys.executable, "-m", "pulumi_workspace365_cli", *map(str, arguments)]
        done = subprocess.run(command, cwd=bare, capture_output=True, text=True, timeout=60, check=False, **options)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


_DYNAMIC = re.compile(r"pulumi-python:dynamic/(?:workspace365|apim):(\w+)")
_NATIVE = re.compile(r"^(?:urn:.*[:$])?workspace365:index:(?!CustomerEnvironment\b|WebSocketApi\b)\w+(?:::|$)")
FRONTS = pytest.mark.parametrize("front", ["dynamic", "native"])
"""The two kinds of resources that a stack can have."""


def on_front(front: str, value: Any) -> Any:
    """A part of an export or a preview as it is with resources of this kind; it is given with dynamic ones."""
    if front == "dynamic":
        return value
    if isinstance(value, str):
        return _DYNAMIC.sub(r"workspace365:index:\1", value)
    if isinstance(value, list):
        return [on_front(front, item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {on_front(front, key): on_front(front, item) for key, item in value.items()}
    if any(_NATIVE.match(str(found.get(key))) for key in ("type", "urn")):
        for part in ("inputs", "outputs", "detailedDiff"):
            if found.get(part):
                found[part] = {_camel(key): item for key, item in found[part].items() if key != "__provider"}
        for part in ("diffReasons", "replaceReasons"):
            if found.get(part):
                found[part] = [_camel(key) for key in found[part]]
    return found


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


@dataclass
class State:
    """Writes exports of a stack as `pulumi stack export` does, secrets encrypted."""

    path: Path
    instance: str
    front: str = "dynamic"

    def holds(self, *resources: dict[str, Any]) -> Path:
        document = {"version": 3, "deployment": {"manifest": {}, "resources": [_stack(), *resources]}}
        self.path.write_text(json.dumps(document), encoding="utf-8")
        return self.path

    def environment(self, name: str, created: str | None, *, active: bool = True, **more: Any) -> dict[str, Any]:
        outputs = {"creation_date": created, "is_active": active, "incarnation": created, "temporary_password": _CIPHERTEXT}
        return self._resource("Environment", name, {"environment_name": name, "active": active}, outputs, more)

    def sign_on(self, name: str, expires: Any = None, written_to: str | None = None, **more: Any) -> dict[str, Any]:
        outputs = {"key_expires": expires, "written_to": written_to, "key_digest": _CIPHERTEXT}
        return self._resource("OAuth2SignOn", name, {"environment": name, "key": _CIPHERTEXT}, outputs, more)

    def _resource(
        self, kind: str, name: str, inputs: dict[str, Any], outputs: dict[str, Any], more: dict[str, Any]
    ) -> dict[str, Any]:
        type_ = f"pulumi-python:dynamic/workspace365:{kind}"
        told = {key: value for key, value in outputs.items() if value is not None}
        instance = more.pop("instance", self.instance)
        resource: dict[str, Any] = on_front(
            self.front,
            {
                "urn": f"urn:pulumi:dev::shop::{type_}::{name}-resource",
                "custom": True,
                "id": name,
                "type": type_,
                "inputs": {**inputs, "instance": instance},
                "outputs": {**inputs, **told, "name": name, "instance": instance},
                **more,
            },
        )
        return resource


_CIPHERTEXT = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:AAAA:BBBB"}


def _stack() -> dict[str, Any]:
    return {"urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "custom": False, "type": "pulumi:pulumi:Stack"}


@pytest.fixture
def state(server: workspace365.Server, bare: Path) -> State:
    return State(bare / "state.json", server.base_url)
