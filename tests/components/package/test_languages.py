"""WebSocket APIs of programs in other languages, run by the Pulumi CLI where it and their runtime are."""

from pathlib import Path

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from tests.components.package import language_programs
from tests.components.package.language_programs import TOOLS, Program, where
from tests.components.websocket_api import world

Servers = tuple[azure.LocalAzure, AzureNative]


def program(name: str, folder: Path, servers: Servers) -> Program:
    cloud, native = servers
    cloud.management.reset()
    made = language_programs.copied(f"websocket-api-{name}", folder, lambda made: world.environment(made, cloud, native))
    names = {"resourceGroupName": cloud.resource_group_name, "serviceName": cloud.service_name}
    made.configure({**names, "serviceUrl": cloud.backend_secure_url, "openidConfig": cloud.openid_config}, {})
    return made


def life(here: Program, cloud: azure.LocalAzure, resources: int, edit: tuple[str, str, str]) -> None:
    """Preview, create, no-op, update, refresh after an outside change, delete."""
    assert here.preview() == [f"+ {resources} to create"]
    here.up()
    assert here.preview() == [f"{resources} unchanged"]
    here.edit(*edit)
    assert here.preview() == ["~ 1 to update", f"{resources - 1} unchanged"]
    here.up()
    cloud.management.delete(f"{cloud.service_id}/apis/chat")
    here.pulumi("refresh", "--yes", "--skip-preview")
    here.up()
    assert here.preview() == [f"{resources} unchanged"]
    here.pulumi("destroy", "--yes", "--skip-preview")
    assert cloud.management.resource(f"{cloud.service_id}/apis/chat") is None


@where(*TOOLS["yaml"])
def test_a_yaml_program_deploys_a_websocket_api(tmp_path: Path, servers: Servers) -> None:
    here = program("yaml", tmp_path / "program", servers)
    life(here, servers[0], 4, ("Pulumi.yaml", "calls: 5", "calls: 6"))


@where(*TOOLS["yaml"])
def test_a_wrong_handshake_stops_a_yaml_preview_with_a_sentence(tmp_path: Path, servers: Servers) -> None:
    here = program("yaml", tmp_path / "program", servers)
    here.edit("Pulumi.yaml", "renewalPeriod: 60", "renewalPeriod: 900")
    told = here.pulumi("preview", refused=True)
    assert "renewalPeriod: Input should be less than or equal to 300" in told


@where(*TOOLS["typescript"])
def test_a_typescript_program_deploys_a_websocket_api(tmp_path: Path, servers: Servers) -> None:
    here = program("typescript", tmp_path / "program", servers)
    here.pulumi("config", "set", "--secret", "backendKey", "sesame-street")
    life(here, servers[0], 5, ("index.ts", "Origin not allowed", "Not from here"))
    assert "sesame-street" not in here.stored()


@where(*TOOLS["go"])
def test_a_go_program_deploys_a_websocket_api(tmp_path: Path, servers: Servers) -> None:
    here = program("go", tmp_path / "program", servers)
    life(here, servers[0], 4, ("main.go", "Calls: 5", "Calls: 6"))
