"""Programs in other languages, run by the Pulumi CLI where it and their runtime are."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from tests.components.websocket_api import world

EXAMPLES = Path(__file__).parents[3] / "examples"
needs = {
    "yaml": ["pulumi", "pulumi-language-yaml"],
    "typescript": ["pulumi", "pulumi-language-nodejs", "npm"],
    "go": ["pulumi", "pulumi-language-go", "go"],
}


@dataclass
class Program:
    """An example in a folder of its own, with a stack on a local Azure."""

    folder: Path
    cloud: azure.LocalAzure
    environment: dict[str, str]

    def run(self, *command: str, code: int = 0) -> str:
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{command}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def pulumi(self, *arguments: str, code: int = 0) -> str:
        return self.run("pulumi", *arguments, "--non-interactive", code=code)

    def counts(self, operation: str) -> dict[str, int]:
        """What an operation did, or would do, with resources: create, same, update, delete."""
        answer = self.pulumi(operation, "--json", *(["--yes", "--skip-preview"] if operation != "preview" else []))
        summary: dict[str, int] = (
            json.loads(answer[answer.index("{") :]).get("changeSummary", {}) if "changeSummary" in answer else {}
        )
        return summary


def program(name: str, folder: Path, servers: tuple[azure.LocalAzure, AzureNative]) -> Program:
    missing = [tool for tool in needs[name] if not shutil.which(tool)]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    cloud, native = servers
    cloud.management.reset()
    shutil.copytree(EXAMPLES / f"websocket-api-{name}", folder, ignore=shutil.ignore_patterns("node_modules", "sdks", "bin"))
    (folder / "state").mkdir()
    environment = world.environment(folder, cloud, native) | {"PULUMI_BACKEND_URL": f"file://{folder}/state"}
    made = Program(folder, cloud, environment)
    (folder / ".venv").symlink_to(sys.prefix)
    made.pulumi("package", "add", ".venv/bin/pulumi-resource-workspace365")
    made.pulumi("stack", "init", "dev")
    values = {
        "resourceGroupName": cloud.resource_group_name,
        "serviceName": cloud.service_name,
        "serviceUrl": cloud.backend_secure_url,
    }
    for key, value in values.items():
        made.pulumi("config", "set", key, value)
    return made


def life(here: Program, resources: int, file: str, before: str, after: str) -> None:
    """Preview, create, no-op, update, refresh after an outside change, delete."""
    assert here.counts("preview") == {"create": resources}
    here.pulumi("up", "--yes", "--skip-preview")
    assert here.counts("preview") == {"same": resources}
    text = (here.folder / file).read_text()
    assert before in text
    (here.folder / file).write_text(text.replace(before, after))
    assert here.counts("preview") == {"same": resources - 1, "update": 1}
    here.pulumi("up", "--yes", "--skip-preview")
    here.cloud.management.delete(f"{here.cloud.service_id}/apis/chat")
    here.pulumi("refresh", "--yes", "--skip-preview")
    here.pulumi("up", "--yes", "--skip-preview")
    assert here.counts("preview") == {"same": resources}
    here.pulumi("destroy", "--yes", "--skip-preview")
    assert here.cloud.management.resource(f"{here.cloud.service_id}/apis/chat") is None


def test_a_yaml_program_deploys_a_websocket_api(tmp_path: Path, servers: tuple[azure.LocalAzure, AzureNative]) -> None:
    here = program("yaml", tmp_path / "program", servers)
    here.pulumi("config", "set", "openidConfig", here.cloud.openid_config)
    life(here, 4, "Pulumi.yaml", "calls: 5", "calls: 6")


def test_a_wrong_handshake_stops_a_yaml_preview_with_a_sentence(
    tmp_path: Path, servers: tuple[azure.LocalAzure, AzureNative]
) -> None:
    here = program("yaml", tmp_path / "program", servers)
    here.pulumi("config", "set", "openidConfig", here.cloud.openid_config)
    file = here.folder / "Pulumi.yaml"
    file.write_text(file.read_text().replace("renewalPeriod: 60", "renewalPeriod: 900"))
    told = here.pulumi("preview", code=1)
    assert "renewal-period of <rate-limit> must be from 1 to 300 seconds" in told
    assert "Traceback" not in told


def test_a_typescript_program_deploys_a_websocket_api(tmp_path: Path, servers: tuple[azure.LocalAzure, AzureNative]) -> None:
    here = program("typescript", tmp_path / "program", servers)
    here.pulumi("config", "set", "--secret", "backendKey", "sesame-street")
    life(here, 5, "index.ts", "Origin not allowed", "Not from here")
    history: Any = "".join(path.read_text() for path in (here.folder / "state").rglob("*.json"))
    assert "sesame-street" not in history


def test_a_go_program_deploys_a_websocket_api(tmp_path: Path, servers: tuple[azure.LocalAzure, AzureNative]) -> None:
    here = program("go", tmp_path / "program", servers)
    here.pulumi("config", "set", "openidConfig", here.cloud.openid_config)
    life(here, 4, "main.go", "Calls: 5", "Calls: 6")
