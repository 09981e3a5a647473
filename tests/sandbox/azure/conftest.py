import ssl
from collections.abc import Iterator

import httpx
import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.apimanagement import ApiManagementClient

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure import LocalAzure
from tests.sandbox.azure.desk import Desk


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[LocalAzure]:
    with azure.running() as cloud:
        yield cloud


@pytest.fixture
def cloud(shared_cloud: LocalAzure) -> LocalAzure:
    """A local Azure as it is after its start; one process serves all tests of a worker."""
    shared_cloud.management.reset()
    return shared_cloud


@pytest.fixture(scope="session")
def apim(shared_cloud: LocalAzure) -> Iterator[ApiManagementClient]:
    """The official client, signed in through azure-identity."""
    credential = ClientSecretCredential(
        shared_cloud.tenant_id,
        shared_cloud.client_id,
        shared_cloud.client_secret,
        authority=shared_cloud.authority_host,
        disable_instance_discovery=True,
        connection_verify=shared_cloud.ca_file,
    )
    with ApiManagementClient(
        credential,
        shared_cloud.subscription_id,
        base_url=shared_cloud.arm_endpoint,
        connection_verify=shared_cloud.ca_file,
        polling_interval=0,
    ) as client:
        yield client


@pytest.fixture(scope="session")
def http(shared_cloud: LocalAzure) -> Iterator[httpx.Client]:
    """Plain HTTP with a token for the Resource Manager."""
    token = shared_cloud.management.token(aud="https://management.azure.com/")
    trusted = ssl.create_default_context(cafile=shared_cloud.ca_file)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=shared_cloud.arm_endpoint, verify=trusted, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def desk(cloud: LocalAzure, apim: ApiManagementClient, http: httpx.Client) -> Desk:
    return Desk(cloud, apim, http)
