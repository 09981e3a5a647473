"""One local Azure and one azure-native for all tests of a process; each test finds the service as at its first start."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import azure, azure_native
from sandbox.azure_native import AzureNative
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[azure.Cloud, AzureNative]]:
    with azure.running() as cloud, azure_native.running(cloud.variables) as native:
        yield cloud, native


@pytest.fixture(params=["embedded"])
def here(request: pytest.FixtureRequest, servers: tuple[azure.Cloud, AzureNative], tmp_path: Path) -> World:
    """A project on the embedded engine; on others too where a test is parametrised with ``world.ENGINES``."""
    cloud, native = servers
    engine = world.engine(request.param)
    if engine is None:
        pytest.skip("no Pulumi CLI on PATH")
    cloud.management.reset()
    folder = world.made(tmp_path / "project")
    made = World(folder, cloud, world.environment(folder, cloud, native), engine)
    assert made.deployment.ensure_stack() == ""
    return made


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Outputs need a current event loop, which ``asyncio.run`` in a test before has taken away."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    made.close()
    asyncio.set_event_loop(asyncio.new_event_loop())
