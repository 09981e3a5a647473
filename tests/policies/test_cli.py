"""The pack on the Pulumi CLI, whose language host for Python runs it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_policies import pack
from pulumi_workspace365_sandbox import azure, azure_native
from pulumi_workspace365_sandbox.azure import LocalAzure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from pulumi_workspace365_sandbox.runner.project import Project
from tests import fork_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("pulumi") and shutil.which("pulumi-language-python")),
        reason="no Pulumi CLI with its language host on PATH",
    ),
]
ENVIRONMENTS = """
admin = dict(admin_email="admin@contoso.example", admin_first_name="Carla", admin_last_name="Conti")
kept = Environment("kept", environment_name="kept", **admin)
Environment("retired", environment_name="retired", active=False, deletion_protection=False, **admin)
OAuth2SignOn("kept", environment=kept, authority="https://login.example.com/x", client_id="00000000-0000-0000-0000-000000000001",
    key_from="env:KEY", key_version="1", key_expires="2031-01-01")
"""
OPEN = """
Environment("open", environment_name="open", deletion_protection=False, **admin)
"""
APIS = """
from pulumi_workspace365_components import WebSocketApi, policies

service = dict(resource_group_name={group!r}, service_name={service!r}, service_url={backend!r}, subscription_required=False)
handshake = policies.combine(
    policies.ready.allowed_origins("https://app.example.com"),
    policies.ready.jwt(openid_config="https://login.example.com/.well-known/openid-configuration", audiences=["chat"]),
)
WebSocketApi("guarded", **service, path="guarded", handshake=handshake, validation=dict(regions=[{region!r}], probes=False))
"""
BARE = """
WebSocketApi("bare", **service, path="bare")
"""
IMPORTS = {
    "dynamic": "from pulumi_workspace365 import Environment, OAuth2SignOn",
    "native": "from pulumi_workspace365.native import Environment, OAuth2SignOn",
}
Done = subprocess.CompletedProcess[str]
Operate = Callable[..., Done]


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[LocalAzure, AzureNative]]:
    with azure.running() as cloud, azure_native.running(cloud.variables) as native:
        yield cloud, native


@pytest.fixture(params=["dynamic", "native"])
def operate(request: pytest.FixtureRequest, servers: tuple[LocalAzure, AzureNative], tmp_path: Path) -> Operate:
    """Runs an operation with the pack on a program made of parts."""
    cloud, native = servers
    python, host = fork_server.prefix_and_host("pulumi")
    options = f"{{name: python, options: {{toolchain: pip, virtualenv: {python}}}}}"
    plugins = f"plugins:\n  providers:\n    - {{name: pulumi-python, path: {host}}}\n"
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: {options}\n{plugins}")
    names = {"dynamic": "w365:baseUrl", "native": "workspace365:baseUrl"}
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config: {{{names[request.param]}: 'https://portal.example.com'}}\n")
    (tmp_path / "config.json").write_text("{}")
    own = {"PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_HOME": str(tmp_path / "home"), "KEY": "k", "W365_JOURNAL": "off"}
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment = Project.at(tmp_path).local_variables(os.environ) | cloud.variables | native.variables | own | path

    def run(*arguments: str) -> Done:
        command = ["pulumi", *arguments, "--stack", "dev", "--non-interactive", "--color", "never"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    def operated(operation: str, *parts: str, **config: object) -> Done:
        values = {"group": cloud.resource_group_name, "service": cloud.service_name, "backend": cloud.backend_secure_url}
        program = IMPORTS[request.param] + "".join(parts).format(region=cloud.region, **values)
        (tmp_path / "__main__.py").write_text(program)
        (tmp_path / "config.json").write_text(json.dumps({name.replace("_", "-"): value for name, value in config.items()}))
        flags = ["--yes", "--skip-preview"] if operation == "up" else []
        return run(operation, *flags, "--policy-pack", str(pack.FOLDER), "--policy-pack-config", "config.json")

    cloud.management.reset()
    assert run("stack", "init").returncode == 0
    return operated


def passed(done: Done) -> bool:
    """Whether an operation ended well and the pack found nothing."""
    assert done.returncode == 0, done.stdout + done.stderr
    return "✅ workspace365@v" in done.stdout


def test_a_program_that_keeps_the_rules_passes(operate: Operate) -> None:
    assert passed(operate("preview", ENVIRONMENTS, APIS))


def test_a_mandatory_rule_that_is_broken_stops_the_preview(operate: Operate) -> None:
    done = operate("preview", ENVIRONMENTS, OPEN)
    assert done.returncode != 0
    assert "[mandatory]  environment-protected" in done.stdout
    assert "Environment 'open' is neither protected nor retired" in done.stdout
    assert passed(operate("preview", ENVIRONMENTS, OPEN, environment_protected={"exempt": ["open"]}))


def test_an_open_api_is_told_and_levels_are_configured(operate: Operate) -> None:
    done = operate("preview", APIS, BARE)
    assert done.returncode != 0
    assert "[mandatory]  websocket-api-authenticates" in done.stdout
    assert "[advisory]  websocket-api-checks-origin" in done.stdout
    assert "'guarded'" not in done.stdout
    advised = operate("preview", APIS, BARE, all="advisory", websocket_api_checks_origin="disabled")
    assert not passed(advised)
    assert "[advisory]  websocket-api-authenticates" in advised.stdout
    assert "websocket-api-checks-origin" not in advised.stdout


def test_what_is_deployed_is_judged_as_what_is_declared(operate: Operate) -> None:
    """The outputs of azure-native lack some of its inputs."""
    assert passed(operate("up", APIS))
    assert passed(operate("preview", APIS))
    told = [line for step in ("up", "preview") for line in operate(step, APIS, BARE, all="advisory").stdout.splitlines()]
    assert sum("[advisory]  websocket-api-authenticates" in line for line in told) == 2
    assert not any("guarded" in line for line in told if "[advisory]" in line)


def test_a_configuration_that_is_malformed_is_refused_before_anything_runs(operate: Operate) -> None:
    done = operate("preview", ENVIRONMENTS, environment_protected={"exempt": "contoso"})
    assert done.returncode != 0
    assert "environment-protected: exempt: Invalid type" in done.stdout + done.stderr
