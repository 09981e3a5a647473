"""The examples of which a part is a service that no test has: what they hand to it, and what they do with what it gives."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime import rpc

from pulumi_workspace365_sandbox.runner.servers import Servers
from tests.examples.conftest import EXAMPLES, Example

KEY = "sentinel-key-of-the-environment"
_REFERENCE = re.compile(r"\$\{azure\.secrets\.([a-z-]+)\}")
_UNDER_MOCKS = """
import json, runpy, sys
import pulumi

made = {}

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        made[args.typ.rpartition(":")[2]] = args.inputs
        given = {"clientId": "client-of-contoso", "value": sys.argv[2]} | args.inputs
        return f"id-of-{args.name}", given

    def call(self, args):
        return {"tenantId": "tenant-of-contoso", "id": "x", "clientId": "x", "objectId": "x"}

pulumi.runtime.set_all_config({"project:redirectUri": "https://portal.example.com/signin", "project:keyExpires": "2090-06-30"})
pulumi.runtime.set_mocks(Mocks(), preview=False)

@pulumi.runtime.test
def run():
    runpy.run_path(sys.argv[1], run_name="__main__")

run()
print(json.dumps(made, default=str))
"""


def test_an_app_registration_and_its_secret_become_the_sign_on_of_a_customer(tmp_path: Path) -> None:
    program = EXAMPLES / "entra-sign-on/program/__main__.py"
    command = [sys.executable, "-W", "error::DeprecationWarning:pulumi_azuread", "-c", _UNDER_MOCKS, str(program), KEY]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    made: dict[str, dict[str, Any]] = json.loads(ran.stdout.splitlines()[-1])
    assert made["Application"]["web"] == {"redirectUris": ["https://portal.example.com/signin"]}
    assert made["ApplicationPassword"] == {
        "applicationId": "id-of-contoso",
        "displayName": "Workspace 365",
        "endDate": "2090-06-30T23:59:59Z",
    }
    assert made["ServicePrincipal"]["clientId"] == "client-of-contoso"
    sign_on = made["OAuth2SignOn"]
    assert sign_on["authority"] == "https://login.microsoftonline.com/tenant-of-contoso"
    assert (sign_on["client_id"], sign_on["key_expires"]) == ("client-of-contoso", "2090-06-30")
    assert sign_on["key"] == {rpc._special_sig_key: rpc._special_secret_sig, "value": KEY}


@pytest.mark.parametrize("example", ["esc"], indirect=True)
def test_what_an_esc_environment_gives_is_what_the_stack_takes(example: Example, world: Servers) -> None:
    values = yaml.safe_load((EXAMPLES / "esc/environment.yaml").read_text())["values"]
    opened = values["azure"]["secrets"]["fn::open::azure-secrets"]
    assert set(opened) == {"login", "vault", "get"}
    keys = {"provisioning-key": example.environment["W365_PROVISIONING_KEY"], "contoso-sign-on": KEY}
    assert opened["get"].keys() == keys.keys()

    given = {name: keys[_REFERENCE.fullmatch(text)[1]] for name, text in values["environmentVariables"].items()}  # type: ignore[index]
    assert given.keys() <= {name for name in example.environment if name.startswith("W365_")}
    for name, text in values["pulumiConfig"].items():
        found = _REFERENCE.fullmatch(text)
        assert found
        example.run("config", "set", "--secret", name, keys[found[1]])
    example.run("up", "--yes", "--skip-preview")
    example.run("preview", "--expect-no-changes")
    assert world.workspace365.management.environment("contoso").oauth2["Key"] == KEY
    kept = [path for path in example.folder.parent.parent.rglob("*.json") if os.access(path, os.R_OK)]
    assert not [path for path in kept if KEY in path.read_text(errors="replace")]

    stack = yaml.safe_load((EXAMPLES / "esc/Pulumi.production.yaml").read_text())
    assert stack["environment"] == ["workspace365/production"]
    assert "workspace365/production --file environment.yaml" in (EXAMPLES / "esc/README.md").read_text()
