"""Start the server in a process of its own, and stop it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_workspace365_sandbox.support import processes
from pulumi_workspace365_sandbox.workspace365.management_client import ManagementClient


@dataclass(frozen=True)
class Server(processes.Running):
    """A running server: the API's address, both keys (as they were at the start), and the management interface."""

    base_url: str
    management_url: str
    provisioning_key: str = field(repr=False)
    health_api_key: str = field(repr=False)

    @property
    def management(self) -> ManagementClient:
        return ManagementClient(self.management_url)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables by which the product finds this server."""
        return {
            "W365_BASE_URL": self.base_url,
            "W365_PROVISIONING_KEY": self.provisioning_key,
            "W365_HEALTH_API_KEY": self.health_api_key,
        }


@contextmanager
def running(data_dir: Path | None = None, *, port: int = 0, management_port: int = 0) -> Iterator[Server]:
    """Run a server for the length of a `with` block; `data_dir` None keeps nothing, port 0 takes a free one.

    Raises:
        StartError: for example when a port is taken.
    """
    options = [f"--port={port}", f"--management-port={management_port}"]
    options += [f"--data={data_dir.resolve()}"] if data_dir else []
    with processes.running("pulumi_workspace365_sandbox.workspace365", *options, name="The Workspace 365 sandbox server") as (
        addresses,
        process,
    ):
        yield Server(**addresses, process=process)
