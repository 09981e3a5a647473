"""A strict local Azure: Resource Manager with API Management, a login, a WebSocket gateway and a backend: see README.md."""

from pulumi_workspace365_sandbox.azure import faults
from pulumi_workspace365_sandbox.azure.management_client import ManagementClient
from pulumi_workspace365_sandbox.azure.process import Listener, LocalAzure, running
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
from pulumi_workspace365_sandbox.support.processes import StartError

__all__ = [
    "BackendRequest",
    "ConnectionLog",
    "GatewayLog",
    "Listener",
    "LocalAzure",
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
