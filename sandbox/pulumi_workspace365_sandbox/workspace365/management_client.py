"""A typed client of the management interface, on the standard library alone."""

from typing import Any
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter

from pulumi_workspace365_sandbox.management import calls
from pulumi_workspace365_sandbox.workspace365 import records
from pulumi_workspace365_sandbox.workspace365.faults import AnyFault
from pulumi_workspace365_sandbox.workspace365.records import Environment, Keys, Operation, ServerOptions, State, Statistics

_REQUESTS = TypeAdapter(list[records.Request])


class ManagementClient:
    """See and change everything of one server behind the API's back; ManagementError for wrong use."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def state(self) -> State:
        """Everything the server holds, secrets included."""
        return State.model_validate(self._call("GET", "/state"))

    def environments(self) -> dict[str, Environment]:
        """By name, with the settings the API never gives back."""
        return self.state().environments

    def environment(self, name: str) -> Environment:
        """One environment; KeyError when there is none of this name."""
        return self.environments()[name]

    def requests(self, **fields: str | int | None) -> list[records.Request]:
        """The history, oldest first; `operation="createEnvironment"` and the like keep only requests with that value."""
        return _REQUESTS.validate_python(self._call("GET", f"/requests?{urlencode(fields)}"))

    def count(self, operation: Operation | None = None) -> int:
        """How many requests arrived, of this operation or altogether."""
        counted = self.statistics()
        return counted.requests if operation is None else counted.by_operation.get(operation, 0)

    def statistics(self) -> Statistics:
        return Statistics.model_validate(self._call("GET", "/statistics"))

    def clear_requests(self) -> None:
        self._call("DELETE", "/requests")

    def inject(self, *faults: AnyFault) -> list[int]:
        """Set faults, in this order; their numbers are for `remove_fault`."""
        return [self._call("POST", "/faults", fault.model_dump())["number"] for fault in faults]

    def remove_fault(self, number: int) -> None:
        self._call("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def turn(self, **knobs: Any) -> ServerOptions:
        """Turn knobs of the instance, the fields of `Knobs`; the others stay as they are."""
        return ServerOptions.model_validate(self._call("PATCH", "/knobs", knobs))

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

    def reset(self) -> None:
        """No environments, faults or history, every knob as at the start; the keys stay."""
        self._call("POST", "/reset")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return calls.call(self.base_url, method, path, body)


def _path(name: str) -> str:
    return f"/environments/{quote(name, safe='')}"
