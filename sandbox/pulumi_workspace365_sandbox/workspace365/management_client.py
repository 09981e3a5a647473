"""A typed client of the management interface, on the standard library alone."""

from typing import Any
from urllib.parse import quote

from pulumi_workspace365_sandbox.management.client import Client
from pulumi_workspace365_sandbox.workspace365.faults import AnyFault
from pulumi_workspace365_sandbox.workspace365.records import (
    Environment,
    Keys,
    Operation,
    Request,
    ServerOptions,
    State,
    Statistics,
)


class ManagementClient(Client[State, ServerOptions, Request, AnyFault]):
    """See and change everything of one server behind the API's back; ManagementError for wrong use."""

    state_type, options_type, request_type = State, ServerOptions, Request

    def environments(self) -> dict[str, Environment]:
        """By name, with the settings the API never gives back."""
        return self.state().environments

    def environment(self, name: str) -> Environment:
        """One environment; KeyError when there is none of this name."""
        return self.environments()[name]

    def count(self, operation: Operation | None = None) -> int:
        """How many requests arrived, of this operation or altogether."""
        counted = self.statistics()
        return counted.requests if operation is None else counted.by_operation.get(operation, 0)

    def statistics(self) -> Statistics:
        return Statistics.model_validate(self._call("GET", "/statistics"))

    def change_keys(self, **keys: str) -> Keys:
        """Rotate `provisioning_key` or `health_api_key`: the old one is revoked at once. Empty: "not configured"."""
        return Keys.model_validate(self._call("PATCH", "/keys", keys))

    def seed(self, name: str, **fields: Any) -> Environment:
        """Create an environment under exactly this name, or replace it; `fields` as in `Environment`."""
        return Environment.model_validate(self._call("PUT", _path(name), fields))

    def change(self, name: str, **fields: Any) -> Environment:
        """Change fields of an environment, for example `is_active=False`."""
        return Environment.model_validate(self._call("PATCH", _path(name), fields))

    def delete(self, name: str) -> None:
        self._call("DELETE", _path(name))

    def recreate(self, name: str) -> Environment:
        """Delete an environment and create it again: a new id and creation date, no settings."""
        return Environment.model_validate(self._call("POST", f"{_path(name)}/recreate"))


def _path(name: str) -> str:
    return f"/environments/{quote(name, safe='')}"
