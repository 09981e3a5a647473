"""Start the server in a process of its own, and stop it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.workspace365.management_client import ManagementClient

_ROOT = Path(__file__).resolve().parents[2]


class StartError(Exception):
    """The server did not start; the message says why and what to do."""


@dataclass(frozen=True)
class Server:
    """A running server: the API's address, both keys (as they were at the start), and the management interface."""

    base_url: str
    management_url: str
    provisioning_key: str = field(repr=False)
    health_api_key: str = field(repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False, compare=False)
    """The server's process, when this one started it."""

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

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
    command = [sys.executable, "-m", "sandbox.workspace365", *options]
    with subprocess.Popen(  # noqa: S603  our own module
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            yield _started(process)
        finally:
            _stop(process)


def _started(process: subprocess.Popen[bytes]) -> Server:
    line = process.stdout.readline() if process.stdout else b""
    told = json.loads(line or b'{"error": "the server process ended at once"}')
    if "error" in told:
        raise StartError(f"The Workspace 365 sandbox server did not start: {told['error']}")
    return Server(**told, process=process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close its standard input, by which it ends; kill it when it does not."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
