"""What the Pulumi CLI says of the installed plugin and its schema."""

import json
import re
import subprocess
import sys
from pathlib import Path

from pulumi_workspace365_components.package import provider_settings
from tests.components.package.language_programs import where

PLUGIN = Path(sys.prefix, "bin", "pulumi-resource-workspace365")
PAGE = Path(__file__).parents[3] / "docs/installation-configuration.md"
SDKS = {
    "nodejs": "nodejs/environment.ts",
    "go": "go/workspace365/environment.go",
    "python": "python/workspace365_websocket/environment.py",
}


def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["pulumi", *arguments, "--non-interactive"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@where("pulumi", "pulumi-language-nodejs", "pulumi-language-go", "pulumi-language-python")
def test_the_cli_accepts_the_schema_and_writes_sdks(tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(pulumi("package", "get-schema", str(PLUGIN)).stdout)
    assert re.fullmatch(r"\d+\.\d+\.\d+", json.loads(schema.read_text())["version"])
    judged = pulumi("schema", "check", str(schema))
    assert judged.stdout + judged.stderr == ""
    for language, file in SDKS.items():
        pulumi("package", "gen-sdk", str(schema), "--language", language, "--out", str(tmp_path))
        assert (tmp_path / file).is_file()


def test_the_registrys_page_has_every_setting_of_the_provider() -> None:
    rows = re.findall(r"^\| `workspace365:(\w+)`( \(secret\))? \| `(\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    settings = provider_settings.SETTINGS
    assert [(name, bool(secret), variable, meaning) for name, secret, variable, meaning in rows] == [
        (name, setting.secret, setting.variable, setting.description) for name, setting in settings.items()
    ]
