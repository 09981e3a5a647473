"""Start the local Azure in a process of its own, and stop it."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pulumi_workspace365_sandbox.azure import seeds
from pulumi_workspace365_sandbox.azure.management_client import ManagementClient
from pulumi_workspace365_sandbox.support import processes

Listener = Literal["arm", "login", "gateway", "gateway_plain", "backend", "backend_secure", "key_vault", "management"]


@dataclass(frozen=True)
class LocalAzure(processes.Running):
    """A running local Azure: addresses, who may sign in, and the one API Management service in it."""

    arm_endpoint: str
    authority_host: str
    gateway_url: str
    """``https://…``, as the service's `gatewayUrl`; WebSockets connect to the same port with ``wss``."""
    gateway_plain_url: str
    """``ws://…``, for APIs whose protocols include ``ws``."""
    backend_url: str
    backend_secure_url: str
    """``wss://…``: the same echo backend, with a certificate of the local authority."""
    key_vault_url: str
    """``https://…``: it serves the vault that a request's `Host` names, and is one itself."""
    management_url: str
    openid_config: str
    ca_file: str
    """The certificate of the authority that its servers' certificates are of."""
    bundle_file: str
    """The same, and the certificates of all authorities that are trusted on this machine."""
    subscription_id: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    resource_group_name: str = seeds.RESOURCE_GROUP
    service_name: str = seeds.SERVICE
    region: str = seeds.REGION

    @property
    def service_id(self) -> str:
        return seeds.service_id(self.subscription_id)

    @property
    def websocket_url(self) -> str:
        """``wss://…`` of the gateway, without a path."""
        return self.gateway_url.replace("https:", "wss:")

    @property
    def management(self) -> ManagementClient:
        return ManagementClient(self.management_url)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables by which the product and Azure's own clients find and trust it."""
        signs_in = {
            "TENANT_ID": self.tenant_id,
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
        }
        return {
            "ARM_ENDPOINT": self.arm_endpoint,
            "ARM_SUBSCRIPTION_ID": self.subscription_id,
            **{f"ARM_{name}": value for name, value in signs_in.items()},
            **{f"AZURE_{name}": value for name, value in signs_in.items()},
            "AZURE_AUTHORITY_HOST": self.authority_host,
            # azure-native itself reads none of those for addresses, but these
            "ARM_RESOURCE_MANAGER_ENDPOINT": self.arm_endpoint,
            "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com",
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": self.authority_host,
            "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
            "W365_KEY_VAULT_ENDPOINT": self.key_vault_url,
            "SSL_CERT_FILE": self.bundle_file,
            "W365_CA_FILE": self.ca_file,
            "REQUESTS_CA_BUNDLE": self.bundle_file,
        }

    @property
    def local_variables(self) -> dict[str, str]:
        """The environment variables that only programs for this server know, such as the examples."""
        return {
            "SANDBOX_BACKEND_URL": self.backend_secure_url,
            "SANDBOX_OPENID_CONFIG": self.openid_config,
            "SANDBOX_AZURE_MANAGEMENT_URL": self.management_url,
        }


@contextmanager
def running(data_dir: Path | None = None, *, ports: Mapping[Listener, int] | None = None) -> Iterator[LocalAzure]:
    """Run a local Azure for the length of a `with` block; `data_dir` None keeps nothing, a port left out is a free one.

    Raises:
        StartError: for example when a port is taken.
    """
    with _folder(data_dir) as folder:
        options = (f"--data={folder}", f"--ports={json.dumps(dict(ports or {}))}")
        with processes.running("pulumi_workspace365_sandbox.azure", *options) as (addresses, process):
            yield LocalAzure(**addresses, process=process)


@contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    if data_dir is not None:
        yield data_dir.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="local-azure-") as made:
        yield Path(made)
