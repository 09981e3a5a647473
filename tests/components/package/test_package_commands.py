"""What the Pulumi CLI says of the installed plugin and its schema."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pulumi_workspace365_components.package import provider_settings
from tests.components.package.language_programs import EXAMPLES, where

PLUGIN = Path(sys.prefix, "bin", "pulumi-resource-workspace365")
PAGE = Path(__file__).parents[3] / "docs/installation-configuration.md"
SDKS = {
    "nodejs": "nodejs/environment.ts",
    "go": "go/workspace365/environment.go",
    "java": "java/src/main/java/com/pulumi/workspace365/Environment.java",
    "python": "python/pulumi_workspace365_native/environment.py",
}


def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["pulumi", *arguments, "--non-interactive"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@where("pulumi", "pulumi-language-nodejs", "pulumi-language-go", "pulumi-language-java", "pulumi-language-python")
def test_the_cli_accepts_the_schema_and_writes_sdks(tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(pulumi("package", "get-schema", str(PLUGIN)).stdout)
    assert re.fullmatch(r"\d+\.\d+\.\d+", json.loads(schema.read_text())["version"])
    judged = pulumi("schema", "check", str(schema))
    assert judged.stdout + judged.stderr == ""
    for language, file in SDKS.items():
        pulumi("package", "gen-sdk", str(schema), "--language", language, "--out", str(tmp_path))
        assert (tmp_path / file).is_file()


class Logo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def logo() -> Iterator[str]:
    """The address of a logo, which the generator for C# fetches."""
    with HTTPServer(("127.0.0.1", 0), Logo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/logo.png"
        server.shutdown()


@where("pulumi", "pulumi-language-dotnet")
def test_the_sdk_for_csharp_has_what_the_example_uses(tmp_path: Path, logo: str) -> None:
    answered = json.loads(pulumi("package", "get-schema", str(PLUGIN)).stdout)
    (tmp_path / "schema.json").write_text(json.dumps({**answered, "logoUrl": logo}))
    pulumi("package", "gen-sdk", str(tmp_path / "schema.json"), "--language", "dotnet", "--out", str(tmp_path))
    sdk, program = tmp_path / "dotnet", (EXAMPLES / "environment-csharp/Program.cs").read_text()
    declared = re.findall(r'new Workspace365\.(\w+)\("\w+", new\(\)\n    \{\n(.*?)\n    \}', program, re.DOTALL)
    assert [kind for kind, _ in declared].count("Environment") == 1
    for kind, arguments in declared:
        source = (sdk / f"{kind}.cs").read_text()
        assert "namespace Pulumi.Workspace365\n{" in source
        for argument in re.findall(r"^ +(\w+) = ", arguments, re.MULTILINE):
            assert re.search(rf" {argument}\b", source.partition(f" class {kind}Args ")[2]), (kind, argument)
    for enum, member in re.findall(r"Workspace365\.(\w+)\.(\w+),", program):
        assert f"public static {enum} {member} {{ get; }}" in (sdk / "Enums.cs").read_text()
    for component in ("CustomerEnvironment", "WebSocketApi", "WebSocketMonitoring"):
        assert "AdditionalSecretOutputs" not in (sdk / f"{component}.cs").read_text()  # which options of components do not have


def test_the_registrys_page_has_every_setting_of_the_provider() -> None:
    rows = re.findall(r"^\| `workspace365:(\w+)`( \(secret\))? \| `(\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    settings = provider_settings.SETTINGS
    assert [(name, bool(secret), variable, meaning) for name, secret, variable, meaning in rows] == [
        (name, setting.secret, setting.variable, setting.description) for name, setting in settings.items()
    ]
