"""A strict local Azure: Resource Manager with API Management, a login, a WebSocket gateway and a backend: see README.md."""

from pulumi_workspace365_sandbox.azure import faults
from pulumi_workspace365_sandbox.azure.management_client import ManagementClient
from pulumi_workspace365_sandbox.azure.process import Cloud, Listener, running
from pulumi_workspace365_sandbox.azure.records import (
    BackendRequest,
    ConnectionLog,
    GatewayLog,
    Request,
    Resource,
    ServerOptions,
    State,
)
from pulumi_workspace365_sandbox.management.client import ManagementError
from pulumi_workspace365_sandbox.management.processes import StartError

__all__ = [
    "BackendRequest",
    "Cloud",
    "ConnectionLog",
    "GatewayLog",
    "Listener",
    "ManagementClient",
    "ManagementError",
    "Request",
    "Resource",
    "ServerOptions",
    "StartError",
    "State",
    "faults",
    "running",
]
