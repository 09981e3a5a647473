"""One local Azure and one azure-native for all tests of a process."""

from collections.abc import Iterator

import pytest

from pulumi_workspace365_sandbox import azure, azure_native
from pulumi_workspace365_sandbox.azure_native import AzureNative


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[azure.LocalAzure, AzureNative]]:
    with azure.running() as cloud, azure_native.running(cloud.variables) as native:
        yield cloud, native
