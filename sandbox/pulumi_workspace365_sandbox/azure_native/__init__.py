"""The azure-native provider's protocol, spoken to the engine and carried out on a Resource Manager: see README.md."""

from pulumi_workspace365_sandbox.azure_native.process import AzureNative, running
from pulumi_workspace365_sandbox.support.processes import StartError

__all__ = ["AzureNative", "StartError", "running"]
