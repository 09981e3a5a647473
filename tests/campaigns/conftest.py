"""One server per worker; every campaign empties it first."""

from collections.abc import Iterator

import pytest

from pulumi_workspace365_sandbox import workspace365


@pytest.fixture(scope="session")
def server() -> Iterator[workspace365.Server]:
    with workspace365.running() as running:
        yield running
