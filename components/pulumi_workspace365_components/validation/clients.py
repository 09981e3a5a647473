"""The clients that probes use, created on first use, and the certificate authorities to trust."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi_workspace365.api import tls

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client
    from pulumi_workspace365.apim.client import ConnectivityClient


@dataclass
class Clients:
    """Safe to share between threads.

    Args:
        health: makes the client of the instance.
        connectivity: makes the client of Resource Manager; with it comes the subscription of the settings, if there is one.
        ca_file: certificate authorities to trust besides the system's.
    """

    health: "Callable[[], Client]"
    connectivity: "Callable[[], tuple[ConnectivityClient, str | None]]"
    ca_file: str | None = None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()

    @property
    def tls_context(self) -> ssl.SSLContext:
        """Made once: reading all certificate authorities takes longer than a handshake."""
        with self._lock:
            return self._tls_context

    @property
    def instance(self) -> "Client":
        """The client of the instance."""
        with self._lock:
            return self._instance

    @property
    def resource_manager(self) -> "tuple[ConnectivityClient, str | None]":
        """The client of Resource Manager, and the subscription of the settings."""
        with self._lock:
            return self._resource_manager

    @cached_property
    def _tls_context(self) -> ssl.SSLContext:
        return tls.create_context(self.ca_file)

    @cached_property
    def _instance(self) -> "Client":
        return self.health()

    @cached_property
    def _resource_manager(self) -> "tuple[ConnectivityClient, str | None]":
        return self.connectivity()
