"""Every example is a program that runs: deployed to the sandbox, seen there, and nothing to change the second time."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml
from websockets import exceptions

from pulumi_workspace365_sandbox.azure import LocalAzure
from pulumi_workspace365_sandbox.runner import websocket
from pulumi_workspace365_sandbox.runner.servers import Servers
from tests.examples.conftest import EXAMPLES, Example

PYTHON = sorted(path.parent.name for path in EXAMPLES.glob("*/__main__.py"))


def of(name: str) -> pytest.MarkDecorator:
    """The example that a test is about."""
    return pytest.mark.parametrize("example", [name], indirect=True)


def deployed(example: Example) -> dict[str, Any]:
    """Deploy it and see that nothing is left to change; returns the stack's outputs."""
    example.run("up", "--yes", "--skip-preview")
    example.run("preview", "--expect-no-changes")
    return example.outputs()


@of("one-environment")
def test_one_environment(example: Example, world: Servers) -> None:
    outputs = deployed(example)
    assert outputs["name"] == "contoso"
    assert outputs["first_password"] == "[secret]"
    assert world.workspace365.management.environment("contoso").exchange["ServerType"] == "Office365"


@of("customer-from-configuration")
def test_customers_from_configuration(example: Example, world: Servers) -> None:
    assert deployed(example)["environments"] == {"contoso": "contoso", "fabrikam": "fabrikam"}
    fabrikam = world.workspace365.management.environment("fabrikam")
    assert fabrikam.oauth2["Key"] == "made-up-key-of-fabrikam"
    assert fabrikam.sharepoint["DefaultUrl"] == "https://fabrikam.sharepoint.com"


@of("adopting")
def test_adopting_creates_nothing_and_removing_deletes_nothing(example: Example, world: Servers) -> None:
    server = world.workspace365.management
    server.seed("contoso", is_active=True)
    server.seed("fabrikam", is_active=True)
    assert deployed(example)["adopted"] == ["contoso", "fabrikam"]
    assert server.count("createEnvironment") == 0


@of("websocket-api-jwt")
def test_a_websocket_api_with_tokens(example: Example, world: Servers) -> None:
    url, token = deployed(example)["url"], world.azure.management.token(aud="chat")
    assert handshake(world.azure, f"{url}?access_token={token}", origin="https://app.example.com") == 101
    assert handshake(world.azure, f"{url}?access_token={token}", origin="https://elsewhere.example.com") == 403
    assert handshake(world.azure, url, origin="https://app.example.com") == 401


@of("managed-identity-backend")
def test_a_backend_that_knows_the_gateways_identity(example: Example, world: Servers) -> None:
    url = deployed(example)["url"]
    assert handshake(world.azure, url, Authorization="Bearer of-the-client") == 101
    [arrived] = world.azure.management.backend_requests()
    sent = {name.lower(): value for name, value in arrived.headers.items()}
    assert sent["authorization"].startswith("Bearer ey")
    assert "ocp-apim-subscription-key" not in sent


@of("checks-only")
def test_checks_only(example: Example) -> None:
    assert deployed(example)["status"] == "Connected"


@of("hook-on-a-resource")
def test_a_hook_on_somebody_elses_resource(example: Example, world: Servers) -> None:
    deployed(example)
    assert [request.path for request in world.azure.management.backend_requests()] != []


@of("licensing-report")
def test_a_licensing_report(example: Example, world: Servers) -> None:
    world.workspace365.management.seed("contoso", is_active=True)
    outputs = deployed(example)
    assert outputs["users"].keys() == {"contoso"}
    assert outputs["total"] == outputs["users"]["contoso"]


def test_every_example_is_run_and_listed() -> None:
    marks = [mark for item in globals().values() for mark in getattr(item, "pytestmark", []) if mark.args[0] == "example"]
    assert sorted(name for mark in marks for name in mark.args[1]) == PYTHON
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    folders = sorted(path.parent for path in EXAMPLES.glob("*/Pulumi.yaml"))
    assert len(folders) >= 8
    assert [folder.name for folder in folders if f"]({folder.name}/README.md)" not in listed] == []


@pytest.mark.parametrize("folder", [EXAMPLES / name for name in PYTHON], ids=lambda folder: str(folder.name))
def test_an_example_says_what_it_is(folder: Path) -> None:
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["name"] == folder.name
    assert (folder / "README.md").read_text(encoding="utf-8").count("\n") < 30


def handshake(cloud: LocalAzure, url: str, *, origin: Any = None, **headers: str) -> int:
    """The status with which the gateway answers a client that has the subscription key."""
    subscription = cloud.management.resource(f"{cloud.service_id}/subscriptions/master")
    assert subscription is not None
    sent = {"Ocp-Apim-Subscription-Key": subscription.properties["primaryKey"], **headers}
    sent |= {"Origin": origin} if origin else {}
    context = ssl.create_default_context(cafile=cloud.ca_file)
    try:
        with websocket.open_websocket(url, context, sent, seconds=60):
            return 101
    except exceptions.InvalidStatus as refused:
        return refused.response.status_code
