"""The local servers of a project: on the same ports and with the same keys every time."""

import json
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from sandbox import locks, workspace365
from sandbox.workspace365 import ManagementClient, StartError

_PORTS = range(20_000, 30_000)  # below the range from which systems hand out ports by themselves
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Servers:
    """The running servers and the environment variables to use them."""

    workspace365: workspace365.Server
    shared: bool = False
    """They belong to a `serve` in another process and go on when this one ends."""

    @property
    def variables(self) -> dict[str, str]:
        return self.workspace365.variables

    def describe(self) -> dict[str, object]:
        """Addresses, keys and variables, for `serve`."""
        server = self.workspace365
        addresses = {"base_url": server.base_url, "management_url": server.management_url}
        keys = {"provisioning_key": server.provisioning_key, "health_api_key": server.health_api_key}
        return {"workspace365": addresses | keys, "environment": self.variables}


@contextmanager
def running(folder: Path, purpose: str) -> Iterator[Servers]:
    """Start the servers for a `with` block, or use those that a `serve` of this folder has started.

    Raises:
        StartError: a kept port is taken by something else.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locks.held(folder / "servers.lock", purpose))
            found = Servers(stack.enter_context(_started(folder)))
        except locks.HeldError:
            found = Servers(_served(folder), shared=True)
        yield found


@contextmanager
def _started(folder: Path) -> Iterator[workspace365.Server]:
    ports = _ports(folder)
    try:
        with workspace365.running(folder / "workspace365", **ports) as server:
            yield server
    except StartError as error:
        raise StartError(
            f"{error}. The ports in {folder / 'ports.json'} were chosen once and are part of what the stack's state knows. "
            "End the program that took the port, or start over with `python -m sandbox reset`."
        ) from None


def _ports(folder: Path) -> dict[str, int]:
    """The kept ports; free ones, kept from now on, when there are none yet."""
    path = folder / "ports.json"
    if not path.exists():
        chosen = dict(zip(("port", "management_port"), _free_ports(), strict=False))
        written = path.with_suffix(".new")
        written.write_text(json.dumps({"workspace365": chosen}), encoding="utf-8")
        written.replace(path)
    return _kept_ports(folder)


def _kept_ports(folder: Path) -> dict[str, int]:
    ports: dict[str, int] = json.loads((folder / "ports.json").read_text(encoding="utf-8"))["workspace365"]
    return ports


def _free_ports() -> Iterator[int]:
    for port in random.sample(_PORTS, len(_PORTS)):
        with closing(socket.socket()) as candidate:
            try:
                candidate.bind((_HOST, port))
            except OSError:
                continue
        yield port


def owner(folder: Path) -> str:
    """Who runs the servers of this folder."""
    return locks.holder(folder / "servers.lock")


def _served(folder: Path) -> workspace365.Server:
    """The server that another process runs, asked over its management interface; it may have only just been started."""
    try:
        for attempt in Retrying(
            retry=retry_if_exception_type(OSError), stop=stop_after_delay(5), wait=wait_fixed(0.1), reraise=True
        ):
            with attempt:
                ports = _kept_ports(folder)
                management_url = f"http://{_HOST}:{ports['management_port']}"
                keys = ManagementClient(management_url).state().keys
    except OSError:
        raise StartError(f"The servers of {folder} belong to {owner(folder)}, but they do not answer.") from None
    return workspace365.Server(f"http://{_HOST}:{ports['port']}", management_url, **keys.model_dump())
