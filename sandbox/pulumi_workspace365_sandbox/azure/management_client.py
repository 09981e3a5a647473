"""A typed client of the management interface, on the standard library alone."""

from typing import Any
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter

from pulumi_workspace365_sandbox.azure import records
from pulumi_workspace365_sandbox.azure.faults import AnyFault
from pulumi_workspace365_sandbox.azure.records import BackendRequest, ConnectionLog, GatewayLog, Resource, ServerOptions, State
from pulumi_workspace365_sandbox.management import calls

_REQUESTS = TypeAdapter(list[records.Request])
_GATEWAY_LOGS = TypeAdapter(list[GatewayLog])
_CONNECTION_LOGS = TypeAdapter(list[ConnectionLog])
_BACKEND_REQUESTS = TypeAdapter(list[BackendRequest])


class ManagementClient:
    """See and change everything of one local Azure behind its back; ManagementError for wrong use."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def state(self) -> State:
        """Everything the server holds, secrets included."""
        return State.model_validate(self._call("GET", "/state"))

    def resource(self, id_: str) -> Resource | None:
        return self.state().resources.get(id_.casefold())

    def requests(self, **fields: str | int | None) -> list[records.Request]:
        """The history of the Resource Manager, oldest first; `operation="PUT apis"` and the like keep only those."""
        return _REQUESTS.validate_python(self._call("GET", f"/requests?{urlencode(fields)}"))

    def gateway_logs(self, **fields: str | int) -> list[GatewayLog]:
        """Rows of ApiManagementGatewayLogs, oldest first; fields filter."""
        return _GATEWAY_LOGS.validate_python(self._call("GET", f"/logs/gateway?{urlencode(fields)}"))

    def connection_logs(self, **fields: str | int) -> list[ConnectionLog]:
        """Rows of ApiManagementWebSocketConnectionLogs, oldest first; fields filter."""
        return _CONNECTION_LOGS.validate_python(self._call("GET", f"/logs/connections?{urlencode(fields)}"))

    def backend_requests(self) -> list[BackendRequest]:
        """The handshakes that arrived at the echo backend."""
        return _BACKEND_REQUESTS.validate_python(self._call("GET", "/backend/requests"))

    def clear_requests(self) -> None:
        """Forget requests and logs."""
        self._call("DELETE", "/requests")

    def token(self, *, lifetime: int = 3600, **claims: Any) -> str:
        """A signed token with these claims, `aud` first of all; None leaves a standard claim out."""
        minted: str = self._call("POST", "/tokens", {"claims": claims, "lifetime": lifetime})["token"]
        return minted

    def inject(self, *faults: AnyFault) -> list[int]:
        """Set faults, in this order."""
        return [self._call("POST", "/faults", fault.model_dump())["number"] for fault in faults]

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def turn(self, **knobs: Any) -> ServerOptions:
        """Turn knobs, the fields of `Knobs`; the others stay as they are."""
        return ServerOptions.model_validate(self._call("PATCH", "/knobs", knobs))

    def change(self, id_: str, **properties: Any) -> Resource:
        """Change properties of a resource as somebody else would, past all rules; None removes one."""
        return Resource.model_validate(self._call("PATCH", _path(id_), properties))

    def delete(self, id_: str) -> None:
        """Delete a resource, and what is below it, past all rules."""
        self._call("DELETE", _path(id_))

    def clear_counters(self) -> None:
        """Rate limits and quotas begin anew."""
        self._call("DELETE", "/counters")

    def end_connections(self) -> None:
        """End all sessions at the gateway, as when it is restarted."""
        self._call("DELETE", "/connections")

    def reset(self) -> None:
        """The seeded service, without faults, logs or counters, every knob as at the start; ids, keys and certificates stay."""
        self._call("POST", "/reset")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return calls.call(self.base_url, method, path, body)


def _path(id_: str) -> str:
    return f"/resources?id={quote(id_, safe='')}"
