"""A typed client of the management interface, on the standard library alone."""

from typing import Any
from urllib.parse import quote

from pulumi_workspace365_sandbox.azure.faults import AnyFault
from pulumi_workspace365_sandbox.azure.records import (
    BackendRequest,
    ConnectionLog,
    GatewayLog,
    Request,
    Resource,
    ServerOptions,
    State,
)
from pulumi_workspace365_sandbox.management.client import Client


class ManagementClient(Client[State, ServerOptions, Request, AnyFault]):
    """See and change everything of one local Azure behind its back; ManagementError for wrong use."""

    state_type, options_type, request_type = State, ServerOptions, Request

    def resource(self, id_: str) -> Resource | None:
        return self.state().resources.get(id_.casefold())

    def gateway_logs(self, **fields: str | int) -> list[GatewayLog]:
        """Rows of ApiManagementGatewayLogs, oldest first; fields filter."""
        return self._records(GatewayLog, "/logs/gateway", fields)

    def connection_logs(self, **fields: str | int) -> list[ConnectionLog]:
        """Rows of ApiManagementWebSocketConnectionLogs, oldest first; fields filter."""
        return self._records(ConnectionLog, "/logs/connections", fields)

    def backend_requests(self) -> list[BackendRequest]:
        """The handshakes that arrived at the echo backend."""
        return self._records(BackendRequest, "/backend/requests", {})

    def token(self, *, lifetime: int = 3600, **claims: Any) -> str:
        """A signed token with these claims, `aud` first of all; None leaves a standard claim out."""
        minted: str = self._call("POST", "/tokens", {"claims": claims, "lifetime": lifetime})["token"]
        return minted

    def change(self, id_: str, **properties: Any) -> Resource:
        """Change properties of a resource as somebody else would, past all rules; None removes one."""
        return Resource.model_validate(self._call("PATCH", _path(id_), properties))

    def set_secret(self, id_: str, value: str, **attributes: Any) -> str:
        """Add a version to a secret of Key Vault, such as https://contoso.vault.azure.net/secrets/name.

        Args:
            id_: its address, without a version.
            value: the secret.
            attributes: `enabled`, `nbf` and `exp`, as on the wire.

        Returns:
            The version.
        """
        body = {"value": value, "attributes": attributes}
        return str(self._call("POST", f"/secrets?id={quote(id_, safe='')}", body)["version"])

    def delete(self, id_: str) -> None:
        """Delete a resource, and what is below it, past all rules."""
        self._call("DELETE", _path(id_))

    def clear_counters(self) -> None:
        """Rate limits and quotas begin anew."""
        self._call("DELETE", "/counters")

    def end_connections(self) -> None:
        """End all sessions at the gateway, as when it is restarted."""
        self._call("DELETE", "/connections")


def _path(id_: str) -> str:
    return f"/resources?id={quote(id_, safe='')}"
