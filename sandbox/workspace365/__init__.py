"""A strict stand-in for the Workspace 365 Provisioning API and Health API: see README.md."""

from sandbox.management_calls import ManagementError
from sandbox.processes import StartError
from sandbox.workspace365 import faults
from sandbox.workspace365.management_client import ManagementClient
from sandbox.workspace365.process import Server, running
from sandbox.workspace365.records import Environment, Keys, Knobs, Licensing, Request, State, Statistics

__all__ = [
    "Environment",
    "Keys",
    "Knobs",
    "Licensing",
    "ManagementClient",
    "ManagementError",
    "Request",
    "Server",
    "StartError",
    "State",
    "Statistics",
    "faults",
    "running",
]
