"""A strict local Azure: Resource Manager with API Management, a login, a WebSocket gateway and a backend: see README.md."""

from sandbox.azure import faults
from sandbox.azure.management_client import ManagementClient
from sandbox.azure.process import Cloud, Listener, running
from sandbox.azure.records import BackendRequest, ConnectionLog, GatewayLog, Knobs, Request, Resource, State
from sandbox.management_calls import ManagementError
from sandbox.processes import StartError

__all__ = [
    "BackendRequest",
    "Cloud",
    "ConnectionLog",
    "GatewayLog",
    "Knobs",
    "Listener",
    "ManagementClient",
    "ManagementError",
    "Request",
    "Resource",
    "StartError",
    "State",
    "faults",
    "running",
]
