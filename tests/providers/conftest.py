"""A real Workspace 365 server per worker, and providers as a host would load them, each test in a run of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import PROVIDER_KEY

from pulumi_dynamic_host.assets import ElidedAsset
from pulumi_workspace365.api import client, concurrency, transport
from pulumi_workspace365.lifecycle import claims, environment_cache, journal
from pulumi_workspace365.resource import base
from pulumi_workspace365_sandbox import workspace365

CREATE = {
    "environment_name": "contoso",
    "admin_email": "admin@contoso.example",
    "admin_first_name": "Carla",
    "admin_last_name": "-",
    "active": True,
    "adopt_existing": False,
    "deletion_protection": False,
    "name_policy": "accept",
}


@pytest.fixture(scope="session")
def server_process() -> Iterator[workspace365.Server]:
    with workspace365.running() as server:
        yield server


@pytest.fixture
def server(server_process: workspace365.Server, monkeypatch: pytest.MonkeyPatch) -> workspace365.Server:
    server_process.management.reset()
    for name, value in server_process.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("W365_SETTLE_SECONDS", "1")
    monkeypatch.setenv("W365_REQUEST_TIMEOUT", "5")
    monkeypatch.setattr(transport, "_BACK_OFF_SECONDS", 0.01)
    new_run()
    return server_process


def new_run() -> None:
    """Forget what a provider process would forget when it ends."""
    environment_cache._caches.clear()
    client._clients.clear()
    concurrency._limiters.clear()
    journal._journals.clear()
    claims._current.clear()


@dataclass
class Engine:
    """Calls one provider the way the engine does through the SDK's host: check, then create or diff and update."""

    provider: base.Provider[Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    outs: dict[str, Any] = field(default_factory=dict)
    id: str = ""

    def check(self, **news: Any) -> dict[str, Any]:
        given = {name: value for name, value in news.items() if value is not None}
        result = self.provider.check(self.inputs, {**given, PROVIDER_KEY: "reference"})
        assert [failure.property for failure in result.failures] == [""] * len(result.failures)
        if result.failures:
            raise CheckError(*(failure.reason for failure in result.failures))
        return result.inputs

    def create(self, **news: Any) -> list[str]:
        """Returns the reasons why the resource is not yet as declared."""
        inputs = self.check(**news)
        result = self.provider.create(inputs)
        self.inputs, self.id, self.outs = inputs, result.id, {**(result.outs or {}), PROVIDER_KEY: "reference"}
        return list(getattr(result, "reasons", []))

    def changes(self, **news: Any) -> bool:
        """Whether a diff finds a change; it gets no content of assets."""
        inputs = {
            name: ElidedAsset("0" * 64) if isinstance(value, pulumi.Asset) else value
            for name, value in self.check(**news).items()
        }
        return bool(self.provider.diff(self.id, self.outs, inputs).changes)

    def update(self, **news: Any) -> None:
        inputs = self.check(**news)
        self.outs = {**(self.provider.update(self.id, self.outs, inputs).outs or {}), PROVIDER_KEY: "reference"}
        self.inputs = inputs

    def refresh(self) -> bool:
        """Whether the resource is still there."""
        result = self.provider.read(self.id, dict(self.outs))
        self.outs = {**(result.outs or {}), PROVIDER_KEY: "reference"}
        self.inputs = self.inputs if result.inputs is None else {**result.inputs, PROVIDER_KEY: "reference"}
        return bool(result.id)

    def delete(self) -> None:
        self.provider.delete(self.id, self.outs)


class CheckError(Exception):
    """The check failed; the arguments are the reasons."""


@pytest.fixture
def serve(server: workspace365.Server) -> Callable[..., Engine]:  # noqa: ARG001  the providers need it
    def load(provider: type[base.Provider[Any]], **config: Any) -> Engine:
        instance = provider()
        instance.configure(ConfigureRequest(Config(config, "test")))
        return Engine(instance)

    return load
