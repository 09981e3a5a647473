"""The resource through real engines and provider processes: when it checks, when it does not, and what its failure does to a run."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox import azure, workspace365
from tests.providers.apim.fake_arm import CONNECTED, SUBSCRIPTION, Answer, FakeArm, accepted, disconnected
from tests.scenarios.world import Host, World, engine_for

ENGINES = ["embedded", *(["pulumi"] if shutil.which("pulumi") else [])]
NATIVE = pytest.param("native", marks=pytest.mark.slow)
CASES = [
    *((engine, host) for engine in ENGINES for host in ("ours", *(["stock"] if shutil.which("pulumi") else []))),
    *(pytest.param((engine, "native"), marks=pytest.mark.slow) for engine in ENGINES),
]
TOKEN, HEADER = "arm-access-token-very-secret", "backend-header-very-secret"
UP, DOWN = Answer(200, CONNECTED), Answer(200, disconnected())

PROGRAM = """
first = w365.ConnectivityCheck(
    "backend",
    resource_group_name="rg",
    service_name="apim",
    region="northeurope",
    address="chat.example.com",
    port=443,
    protocol="HTTPS",
    headers={{"Authorization": "Bearer {header}"}},
    {more}
)
w365.ConnectivityCheck(
    "after", resource_group_name="rg", service_name="apim", region="northeurope", address="8.8.8.8", port=53, opts=ResourceOptions(depends_on=[first])
)
pulumi.export("status", first.connection_status)
pulumi.export("passed", first.passed)
"""


@pytest.fixture(scope="session")
def workspace365_server() -> Iterator[workspace365.Server]:
    with workspace365.running() as server:
        yield server


@pytest.fixture(scope="session")
def cloud() -> Iterator[azure.LocalAzure]:
    with azure.running() as started:
        yield started


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=CASES, ids="-".join)
def world(tmp_path: Path, workspace365_server: workspace365.Server, arm: FakeArm, request: pytest.FixtureRequest) -> World:
    engine, host = request.param
    return make(tmp_path, workspace365_server, arm, engine, host)


@pytest.fixture(params=["ours", NATIVE])
def world_on_our_host(
    tmp_path: Path, workspace365_server: workspace365.Server, arm: FakeArm, engine: str, request: pytest.FixtureRequest
) -> World:
    return make(tmp_path, workspace365_server, arm, engine, request.param)


def make(folder: Path, server: workspace365.Server, arm: FakeArm, engine: str, host: Host) -> World:
    world = World(folder, engine_for(engine), host, server)
    world.variables |= {  # and none of Workspace 365, which a check does not need
        "ARM_ENDPOINT": arm.endpoint,
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
        "ARM_ACCESS_TOKEN": TOKEN,
        "W365_BASE_URL": "",
        "W365_PROVISIONING_KEY": "",
    }
    world.secrets |= {"token": TOKEN, "header": HEADER}
    declare(world)
    return world


def declare(world: World, **more: object) -> None:
    arguments = "\n    ".join(f"{name}={value!r}," for name, value in more.items())
    world.program(PROGRAM.format(header=HEADER, more=arguments))


def names(world: World) -> set[str]:
    return {label for label in world.state() if label.startswith("ConnectivityCheck")}


def quiet(world: World, arm: FakeArm) -> None:
    """A run that finds nothing to do asks the service nothing."""
    before = len(arm.requests)
    assert set(world.run("up", "--expect-no-changes").changes) <= {"same"}
    assert len(arm.requests) == before


def test_a_deployment_stays_red_until_the_gateway_reaches_its_backend(world: World, arm: FakeArm) -> None:
    arm.answers = [DOWN]
    world.run("preview", ARM_ACCESS_TOKEN=None, ARM_SUBSCRIPTION_ID=None)
    assert not arm.requests

    for tries in (1, 2):  # the second without any change
        failed = world.up(code=1)
        (said,) = [line for line in failed.errors if "did not pass" in line]
        for word in (
            "chat.example.com:443 is Disconnected",
            "100 failed",
            "NetworkSecurityRule",
            "RuleName=Deny443",
            "TCP port 443",
        ):
            assert word in said
        assert not names(world)
        assert arm.checks == tries, "what depends on it must wait"

    arm.answers = [accepted(), UP]
    passed = world.up()
    assert passed.steps("create") == ["ConnectivityCheck after", "ConnectivityCheck backend"]
    assert (passed.outputs["status"], passed.outputs["passed"]) == ("Connected", True)
    quiet(world, arm)
    before = len(arm.requests)
    world.run("refresh")
    world.run("destroy")
    assert len(arm.requests) == before


@pytest.mark.slow
def test_a_check_that_does_not_pass_any_more_is_made_again_until_it_does(world_on_our_host: World, arm: FakeArm) -> None:
    world, arm.answers = world_on_our_host, [UP]
    declare(world, triggers=["v1"])
    world.up()
    assert arm.checks == 2

    arm.answers = [DOWN]
    declare(world, triggers=["v2"])
    (said,) = [line for line in world.up(code=1).errors if "did not pass" in line]
    assert "TCP port 443" in said
    assert world.state()["ConnectivityCheck backend"]["outputs"]["passed"] is False

    declare(world, triggers=["v1"])  # going back to what had passed hides nothing, nor does a refresh
    world.up(code=1)
    world.run("refresh")
    world.up(code=1)

    hotfix = world.up(W365_CHECKS="warn")
    assert "CHECK NOT PASSED, but let through by W365_CHECKS=warn" in "".join(hotfix.warnings)
    assert hotfix.outputs["passed"] is False
    before = arm.checks
    assert world.run("preview").planned("update") == ["ConnectivityCheck backend"]
    assert arm.checks == before
    world.up(code=1)

    arm.answers = [UP]
    fixed = world.up()
    assert fixed.steps("update") == ["ConnectivityCheck backend"]
    assert fixed.outputs["passed"] is True
    quiet(world, arm)

    declare(world, triggers=["v1"], every_update=True)
    for _ in ("changed", "the same"):
        before = arm.checks
        assert world.up().steps("update") == ["ConnectivityCheck backend"]
        assert arm.checks == before + 1


def test_wrong_arguments_are_told_in_a_preview(world_on_our_host: World, arm: FakeArm) -> None:
    declare(world_on_our_host, require="perfect", instance=-1, method="GET")
    failed = world_on_our_host.run("preview", code=1, ARM_ENDPOINT="http://127.0.0.1:1?x=1")
    told = "\n".join(failed.errors)
    key = "workspace365:armEndpoint" if world_on_our_host.host == "native" else "apim:armEndpoint"
    for argument in ("require: ", "instance: ", f"{key} (ARM_ENDPOINT) must be the address of Resource Manager"):
        assert argument in told
    assert not arm.requests


BACKEND = """
w365.ConnectivityCheck(
    "backend",
    resource_group_name="{group}",
    service_name="{service}",
    region="West Europe",
    address="localhost",
    port={port},
    protocol="TCP",
)
"""


@pytest.mark.slow
def test_a_stopped_backend_fails_the_deployment_until_it_is_started(
    tmp_path: Path, workspace365_server: workspace365.Server, arm: FakeArm, cloud: azure.LocalAzure, engine: str
) -> None:
    """Against the local Azure, which really connects: signed in as azure-native would be, over TLS."""
    world = make(tmp_path, workspace365_server, arm, engine, "ours")
    world.variables |= cloud.variables
    del world.variables["ARM_ACCESS_TOKEN"]
    world.secrets |= {"client secret": cloud.variables["ARM_CLIENT_SECRET"]}
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    world.program(BACKEND.format(group=cloud.resource_group_name, service=cloud.service_name, port=port))
    for _ in ("stopped", "still stopped"):
        (said,) = [line for line in world.up(code=1).errors if "did not pass" in line]
        assert f"localhost:{port} is Disconnected" in said
        assert "What to do: " in said
    with closing(socket.create_server(("127.0.0.1", port))):
        assert world.up().steps("create") == ["ConnectivityCheck backend"]
    quiet(world, arm)
