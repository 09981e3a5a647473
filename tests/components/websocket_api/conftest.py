"""Each test finds the service as at its first start."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World


@pytest.fixture(params=["embedded"])
def here(request: pytest.FixtureRequest, servers: tuple[azure.LocalAzure, AzureNative], tmp_path: Path) -> World:
    """A project on the embedded engine; on others too where a test is parametrised with ``world.ENGINES``."""
    return world.at_first(request.param, servers, tmp_path / "project")


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Outputs need a current event loop, which ``asyncio.run`` in a test before has taken away."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    made.close()
    asyncio.set_event_loop(asyncio.new_event_loop())
