"""What an extra brings is imported by what needs it alone, which says in one sentence what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

HIDDEN = {"pulumi_azure_native", "azure", "msal"}
sys.meta_path.insert(0, Hidden())
"""
WITHOUT_AZURE = """
import pulumi_workspace365, pulumi_workspace365.resource_types
from pulumi_workspace365_components import CustomerEnvironment, WebSocketApiArgs, policies, validate_after_deploy
from pulumi_workspace365_components.stack_files import websocket_apis
from pulumi_workspace365_components.validation import runner
from pulumi_workspace365_cli import app
import pulumi_workspace365_components, pulumi_workspace365_components.package.provider as package
from pulumi_workspace365.apim import arm_settings, credentials

def refusal(call):
    try:
        call()
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"

print(refusal(lambda: pulumi_workspace365_components.WebSocketApi))
print(refusal(lambda: pulumi_workspace365_components.WebSocketMonitoring))
print(refusal(lambda: package.ComponentProvider("1.0.0").construct("chat", "workspace365:index:WebSocketApi", {})))
print(refusal(credentials.token_source(arm_settings.read(lambda _: None, {}))))

from pulumi_workspace365 import key_vault
from pulumi_workspace365.api.secret_references import SecretReference
print(refusal(lambda: key_vault.read_value(SecretReference.parse("keyvault:abc/k"), lambda _: None, {})))
"""
NEEDED = (
    "WebSocketApi and WebSocketMonitoring are made of azure-native resources, and azure-native is not installed in this environment: "
    "install pulumi-workspace365[apim] (not released yet: `make wheels` in a clone builds it)."
)
TO_SIGN_IN = (
    "azure-identity is not installed in this environment; install pulumi-workspace365[apim] "
    "(not released yet: `make wheels` in a clone builds it), or set ARM_ACCESS_TOKEN "
    "(az account get-access-token --query accessToken --output tsv)."
)
TO_READ_SECRETS = (
    "cannot be read, because azure-keyvault-secrets is not installed in this environment: install pulumi-workspace365[keyvault] "
    "(not released yet: `make wheels` in a clone builds it)"
)
WITHOUT_ENGINE = """
import sys
sys.path[:] = [folder for folder in sys.path if not folder.endswith("/engine")]
from pulumi_workspace365_cli import app
sys.argv = ["w365", *sys.argv[1:]]
app.main()
"""


def run(folder: Path, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "W365_", "ARM_", "AZURE_"))}
    environment = kept | {"PATH": "/usr/bin:/bin"}  # where no Pulumi CLI is
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_without_azure_native_all_but_websocket_apis_is_there(tmp_path: Path) -> None:
    done = run(tmp_path, HIDE + WITHOUT_AZURE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"RunError: {NEEDED}",
        f"RunError: {NEEDED}",
        f"InputPropertiesError: {NEEDED}",
        f"NotSignedIn: Could not sign in to https://management.azure.com with DefaultAzureCredential: {TO_SIGN_IN}",
        f"SecretUnavailable: secret 'k' of key vault abc.vault.azure.net {TO_READ_SECRETS}",
    ]


@pytest.mark.parametrize("command", [["environments"], ["drift", "--stack", "dev"], ["check", "--stack", "dev"]], ids=" ".join)
def test_without_an_engine_a_command_that_reads_the_stack_says_what_to_install(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    done = run(tmp_path, WITHOUT_ENGINE, *command)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(
        "neither is installed: put pulumi on PATH, or install pulumi-workspace365[engine] (not released yet: `make wheels` in a clone builds it).\n"
    )
    assert len(done.stderr.splitlines()) == 1


def test_without_an_engine_messages_advise_the_pulumi_cli(tmp_path: Path) -> None:
    done = run(tmp_path, WITHOUT_ENGINE, "init")
    assert "Next: `pulumi stack init dev`" in done.stdout
    assert "pulumi-workspace365[apim]" in done.stdout
