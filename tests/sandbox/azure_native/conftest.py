from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from pulumi_workspace365_sandbox import azure, azure_native
from pulumi_workspace365_sandbox.azure import LocalAzure
from pulumi_workspace365_sandbox.azure_native import AzureNative
from tests.sandbox.azure_native.engines import Engine, Stack, available


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[LocalAzure]:
    with azure.running() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def native(shared_cloud: LocalAzure) -> Iterator[AzureNative]:
    with azure_native.running(shared_cloud.variables) as provider:
        yield provider


@pytest.fixture(params=["embedded", "pulumi"])
def stack(request: pytest.FixtureRequest, shared_cloud: LocalAzure, native: AzureNative, tmp_path: Path) -> Stack:
    """A new stack on an empty service, with each engine that is there."""
    engine = cast("Engine", request.param)
    if not available(engine):
        pytest.skip("no Pulumi CLI on PATH")
    shared_cloud.management.reset()
    made = Stack(engine, tmp_path, shared_cloud, native)
    made.prepare()
    return made
