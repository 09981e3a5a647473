"""A Resource Manager of our own, a host that must never be asked, and a client with a token and a secret header that must be seen nowhere."""

from collections.abc import Iterator

import pytest

from pulumi_dynamic_host import redaction
from pulumi_workspace365.apim import backoff, client, models
from tests.providers.apim import fake_arm

TOKEN = "token-eyJhbGciOi-very-secret"
HEADER_SECRET = "header-s3cr3t-of-the-backend"
TARGET = models.ServiceTarget(subscription_id=fake_arm.SUBSCRIPTION, resource_group_name="rg", service_name="apim")


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[fake_arm.FakeArm, fake_arm.FakeArm]]:
    with fake_arm.running() as arm, fake_arm.running() as other:
        yield arm, other


@pytest.fixture
def arm(servers: tuple[fake_arm.FakeArm, fake_arm.FakeArm], monkeypatch: pytest.MonkeyPatch) -> fake_arm.FakeArm:
    monkeypatch.setattr(backoff, "_FIRST_PAUSE", 0.01)
    for server in servers:
        server.requests.clear()
        server.answers.clear()
    return servers[0]


@pytest.fixture
def elsewhere(servers: tuple[fake_arm.FakeArm, fake_arm.FakeArm]) -> fake_arm.FakeArm:
    """Another host: a token that arrives here has leaked."""
    return servers[1]


@pytest.fixture
def asks(arm: fake_arm.FakeArm) -> client.ConnectivityClient:
    redaction.register(TOKEN)
    return client.ConnectivityClient(arm.endpoint, lambda: TOKEN)


def request(**fields: object) -> models.ConnectivityRequest:
    given = {
        "region": "northeurope",
        "address": "chat.example.com",
        "port": 443,
        "protocol": "HTTPS",
        "headers": {"Authorization": f"Bearer {HEADER_SECRET}"},
    }
    return models.ConnectivityRequest.model_validate(given | fields)
