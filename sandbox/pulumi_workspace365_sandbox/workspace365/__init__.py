"""A strict stand-in for the Workspace 365 Provisioning API and Health API: see README.md."""

from pulumi_workspace365_sandbox.management.client import ManagementError
from pulumi_workspace365_sandbox.support.processes import StartError
from pulumi_workspace365_sandbox.workspace365 import faults
from pulumi_workspace365_sandbox.workspace365.management_client import ManagementClient
from pulumi_workspace365_sandbox.workspace365.process import Server, running
from pulumi_workspace365_sandbox.workspace365.records import (
    Environment,
    Keys,
    Licensing,
    Request,
    ServerOptions,
    State,
    Statistics,
)

__all__ = [
    "Environment",
    "Keys",
    "Licensing",
    "ManagementClient",
    "ManagementError",
    "Request",
    "Server",
    "ServerOptions",
    "StartError",
    "State",
    "Statistics",
    "faults",
    "running",
]
