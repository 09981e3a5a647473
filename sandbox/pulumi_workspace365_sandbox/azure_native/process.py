"""Start the provider in a process of its own, for engines to attach to."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pulumi_workspace365_sandbox.azure_native import installed_plugin
from pulumi_workspace365_sandbox.support import processes


@dataclass(frozen=True)
class AzureNative(processes.Running):
    """A running provider."""

    port: int

    @property
    def variables(self) -> dict[str, str]:
        """The environment variable by which an engine attaches to it instead of starting the plugin."""
        return {"PULUMI_DEBUG_PROVIDERS": f"azure-native:{self.port}"}


@contextmanager
def running(variables: Mapping[str, str], *, port: int = 0) -> Iterator[AzureNative]:
    """Run the provider for the length of a `with` block; port 0 takes a free one.

    With W365_REAL_AZURE_NATIVE=1 it is the real plugin, on a port of its own choice.

    Args:
        variables: ARM_RESOURCE_MANAGER_ENDPOINT, ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST, ARM_SUBSCRIPTION_ID, ARM_TENANT_ID,
            ARM_CLIENT_ID, ARM_CLIENT_SECRET and SSL_CERT_FILE, as the plugin reads them; the stack's `azure-native:…` configuration wins over the ids and the secret.
        port: on which engines attach.

    Raises:
        StartError: for example when the port is taken.
    """
    options: tuple[str, ...] = ("pulumi_workspace365_sandbox.azure_native", f"--port={port}")
    if installed_plugin.is_requested(os.environ):
        options = ("pulumi_workspace365_sandbox.azure_native.installed_plugin", installed_plugin.find_plugin(os.environ))
    with processes.running(*options, variables=variables) as (addresses, process):
        yield AzureNative(addresses["port"], process=process)
