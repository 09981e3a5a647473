"""The local servers of a project: on the same ports and with the same keys every time."""

import json
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import Field, TypeAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from pulumi_workspace365_sandbox import azure, azure_native, workspace365
from pulumi_workspace365_sandbox.azure_native import AzureNative
from pulumi_workspace365_sandbox.runner import locks
from pulumi_workspace365_sandbox.runner.project import COMMAND
from pulumi_workspace365_sandbox.support import input_files, private_files
from pulumi_workspace365_sandbox.support.processes import PortInUseError, StartError

_PORTS = range(20_000, 30_000)  # below the range from which systems hand out ports by themselves
_ATTEMPTS = 5
"""To find ports that no other program takes while the servers start."""
_HOST = "127.0.0.1"
_LISTENERS = {"workspace365": ("port", "management_port"), "azure": get_args(azure.Listener), "azure_native": ("port",)}
_T = TypeVar("_T")

Ports = dict[str, dict[str, int]]
_PORTS_KEPT = TypeAdapter(dict[str, dict[str, Annotated[int, Field(gt=0, lt=65536)]]])
_START_OVER = f"Start over with `{COMMAND} reset`, which empties the sandbox."
_SERVE_AGAIN = f"End `{COMMAND} serve` and start it again, which writes the file anew."


@dataclass(frozen=True)
class Servers:
    """The running servers and the environment variables to use them."""

    workspace365: workspace365.Server
    azure: azure.LocalAzure
    azure_native: AzureNative
    shared: bool = False
    """They belong to a `serve` in another process and go on when this one ends."""

    @property
    def variables(self) -> dict[str, str]:
        azure = self.azure.variables | self.azure.local_variables
        return self.workspace365.variables | azure | self.azure_native.variables

    @property
    def ended(self) -> str:
        """The server that ended by itself, if any."""
        ended = {
            "The Workspace 365 sandbox server": self.workspace365.ended,
            "The sandbox's Azure": self.azure.ended,
            "The sandbox's azure-native": self.azure_native.ended,
        }
        return next((name for name, has in ended.items() if has), "")

    def addresses(self) -> list[str]:
        """What a person wants to know of them; no key."""
        told = {
            "Workspace 365": self.workspace365.base_url,
            "Resource Manager": self.azure.arm_endpoint,
            "API Management": self.azure.websocket_url,
            "backend": self.azure.backend_secure_url,
        }
        return [f"{name:<18}{address}" for name, address in told.items()]

    def describe(self) -> dict[str, object]:
        """Addresses, keys and variables, for `serve`."""
        server, cloud = self.workspace365, self.azure
        addresses = {"base_url": server.base_url, "management_url": server.management_url}
        keys = {"provisioning_key": server.provisioning_key, "health_api_key": server.health_api_key}
        azure_fields = {name: value for name, value in vars(cloud).items() if isinstance(value, str)}
        return {"workspace365": addresses | keys, "azure": azure_fields, "environment": self.variables}


@contextmanager
def running(folder: Path, purpose: str) -> Iterator[Servers]:
    """Start the servers for a `with` block, or use those that a `serve` of this folder has started.

    Raises:
        StartError: a kept port is taken by something else.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locks.hold(folder / "servers.lock", purpose))
            servers = stack.enter_context(_started(folder))
            _keep(folder, servers)
        except locks.HeldError:
            servers = _served(folder)
        yield servers


def served(folder: Path) -> Servers:
    """The servers that another process runs.

    Raises:
        StartError: nobody runs them, or they do not answer.
    """
    try:
        with locks.hold(folder / "servers.lock", "a look whether servers run"):
            raise StartError(
                f"No servers run for {folder.parent}: start them with `{COMMAND} serve` in another terminal, and let them run."
            )
    except locks.HeldError:
        return _served(folder)


@contextmanager
def _started(folder: Path) -> Iterator[Servers]:
    path = folder / "ports.json"
    kept_ports = _kept_ports(path)
    with ExitStack() as stack:
        for attempt in range(_ATTEMPTS):
            ports = _ports(kept_ports)
            try:
                servers = _start(folder, ports, stack)
                break
            except StartError as error:
                stack.close()
                if isinstance(error, PortInUseError) and ports != kept_ports and attempt + 1 < _ATTEMPTS:
                    continue  # somebody else was quicker, and no state knows these ports yet
                raise StartError(
                    f"{error}. If another program took a port, end it: the ports in {path} are part of what the stack's state "
                    f"knows. {_START_OVER}"
                ) from None
        if ports != kept_ports:
            private_files.replace(path, json.dumps(ports).encode())
        yield servers


def _start(folder: Path, ports: Any, stack: ExitStack) -> Servers:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(_entered, stack, workspace365.running(folder / "workspace365", **ports["workspace365"]))
        second = pool.submit(_entered, stack, azure.running(folder / "azure", ports=ports["azure"]))
    server, cloud = first.result(), second.result()
    native = _entered(stack, azure_native.running(cloud.variables, port=ports["azure_native"]["port"]))
    return Servers(server, cloud, native)


def _entered(stack: ExitStack, context: AbstractContextManager[_T]) -> _T:
    return stack.enter_context(context)


def _ports(kept_ports: Ports) -> Ports:
    """The kept ports, and free ones for the listeners that have none yet."""
    used = {port for ports in kept_ports.values() for port in ports.values()}
    free = (port for port in _free_ports() if port not in used)
    return {
        name: {listener: kept_ports.get(name, {}).get(listener) or next(free) for listener in _LISTENERS[name]}
        for name in _LISTENERS
    }


def _kept_ports(path: Path) -> Ports:
    """Empty before the first start."""
    try:
        return input_files.validated(path, _PORTS_KEPT.validate_json)
    except FileNotFoundError:
        return {}
    except input_files.FileError as error:
        raise StartError(f"{error}. {_START_OVER}") from error


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


def _keep(folder: Path, servers: Servers) -> None:
    """Tell other processes where the servers are; the folder and the file are for their owner only."""
    parts: dict[str, Any] = {"workspace365": servers.workspace365, "azure": servers.azure, "azure_native": servers.azure_native}
    document = {
        name: {item.name: getattr(part, item.name) for item in fields(part) if item.compare} for name, part in parts.items()
    }
    private_files.replace(folder / "addresses.json", json.dumps(document).encode())


def _served(folder: Path) -> Servers:
    """The servers that another process runs; it may have only just been started."""
    try:
        for attempt in Retrying(
            retry=retry_if_exception_type(OSError), stop=stop_after_delay(10), wait=wait_fixed(0.1), reraise=True
        ):
            with attempt:
                addresses = input_files.json_object(folder / "addresses.json")
                socket.create_connection((_HOST, addresses["azure_native"]["port"]), timeout=5).close()  # the last to start
        server, cloud, native = addresses["workspace365"], addresses["azure"], addresses["azure_native"]
        return Servers(workspace365.Server(**server), azure.LocalAzure(**cloud), AzureNative(**native), shared=True)
    except OSError:
        raise StartError(f"The servers of {folder} belong to {owner(folder)}, but they do not answer.") from None
    except input_files.FileError as error:
        raise StartError(f"{error}. {_SERVE_AGAIN}") from error
    except (LookupError, TypeError, OverflowError) as error:
        raise StartError(f"{folder / 'addresses.json'} does not tell the addresses of the servers. {_SERVE_AGAIN}") from error
