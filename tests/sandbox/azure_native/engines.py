"""A program run by one engine or the other, against a local Azure of its own stack."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from pulumi_workspace365_sandbox.azure import LocalAzure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from tests import fork_server

Engine = Literal["embedded", "pulumi"]
PROGRAM = Path(__file__).parent / "program"
UNLIKE = {"created", "modified", "sourcePosition", "stackTrace", "provider", "createdDate"}


def available(engine: Engine) -> bool:
    return engine == "embedded" or (shutil.which("pulumi") is not None and shutil.which("pulumi-language-python") is not None)


@dataclass
class Stack:
    """The program in a folder of its own."""

    engine: Engine
    folder: Path
    cloud: LocalAzure
    native: AzureNative

    def prepare(self) -> None:
        shutil.copytree(PROGRAM, self.folder, dirs_exist_ok=True)
        (self.folder / "state").mkdir()
        self.run("stack", "init", "dev")
        cloud = self.cloud
        self.configure(
            group=cloud.resource_group_name,
            service=cloud.service_name,
            serviceId=cloud.service_id,
            backend=cloud.backend_url,
            origin="https://a.example",
        )

    def configure(self, **values: str) -> None:
        path = self.folder / "Pulumi.dev.yaml"
        document = yaml.safe_load(path.read_text())
        document.setdefault("config", {}).update({f"chat:{name}": value for name, value in values.items()})
        path.write_text(yaml.safe_dump(document))

    def operate(self, operation: str, *flags: str, fails: bool = False) -> str:
        flags = flags if operation == "preview" else ("--yes", "--skip-preview", *flags)
        return self.run(operation, "--stack", "dev", *flags, fails=fails)

    def run(self, *arguments: str, fails: bool = False) -> str:
        own = {
            "embedded": [str(fork_server.python()), "-m", "pulumi_embedded_engine"],
            "pulumi": ["pulumi", "--non-interactive", "--color=never"],
        }
        finished = subprocess.run(
            [*own[self.engine], *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert bool(finished.returncode) == fails, finished.stdout
        return finished.stdout

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "ARM_", "AZURE_"))}
        return inherited | {
            **self.native.variables,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "correct horse",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def resources(self) -> dict[str, dict[str, Any]]:
        """The state's resources by URN, without what differs from run to run."""
        text = self.run("stack", "export", "--stack", "dev", "--show-secrets")
        listed = json.loads(text)["deployment"].get("resources", [])
        return {item["urn"]: _like(item) for item in listed if not item["type"].startswith("pulumi:providers:")}


def _like(value: Any) -> Any:
    if isinstance(value, dict):
        secret = value.get("4dabf18193072939515e22adb298388d") is not None
        return {name: _like(item) for name, item in value.items() if name not in UNLIKE and not (secret and name == "ciphertext")}
    return sorted((_like(item) for item in value), key=str) if isinstance(value, list) else value
