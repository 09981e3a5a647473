from collections.abc import Iterator

import httpx
import pytest

from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import ManagementClient, Server
from tests.waiting import LONGEST


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    with workspace365.running() as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Server:
    """A server as it is after its start; one process serves all tests of a worker."""
    while shared_server.management.statistics().in_flight:
        """A client of the test before has left, its request is still being served."""
    shared_server.management.reset()
    shared_server.management.change_keys(
        provisioning_key=shared_server.provisioning_key, health_api_key=shared_server.health_api_key
    )
    return shared_server


@pytest.fixture
def management(server: Server) -> ManagementClient:
    return server.management


@pytest.fixture
def provisioning(server: Server) -> Iterator[httpx.Client]:
    """A client that knows nothing of the product, with the headers the reference demands."""
    headers = {
        "ProvisioningKey": server.provisioning_key,
        "X-Requested-With": "XMLHttpRequest",
        "Accept": "application/json",
    }
    with httpx.Client(base_url=server.base_url, headers=headers, timeout=LONGEST) as client:
        yield client


@pytest.fixture
def health(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers={"HealthApiKey": server.health_api_key}, timeout=LONGEST) as client:
        yield client
