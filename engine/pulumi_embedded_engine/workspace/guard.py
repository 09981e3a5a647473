"""Keeps the engine to servers of this machine: a mistyped address must not change anything real.

The check looks at names alone, for whatever provider reads them: configuration keys and environment variables that end in URL,
ENDPOINT, HOST or the like, and every text that is a URL there.
"""

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.workspace.config import StackConfig

_SCHEMES = frozenset({"http", "https", "ws", "wss"})
_ADDRESS_KEY = re.compile(r"(url|uri|endpoint|host)$", re.IGNORECASE)
_KNOWN_VARIABLES = ("W365_BASE_URL", "ARM_ENDPOINT", "AZURE_AUTHORITY_HOST")


class RemoteRefused(EngineError):
    """An address leaves this machine."""


def check(config: StackConfig, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse addresses of other machines.

    Raises:
        RemoteRefused: names the key or variable and the host.
    """
    for source, value in (*_configured(config), *_from_environment(environment)):
        host = _remote_host(value)
        if host:
            raise RemoteRefused(
                f"{source} names {host}, which is not this machine: the embedded engine acts on local servers only. "
                "Use the Pulumi CLI for real deployments, or pass --allow-remote if you mean it"
            )


def _configured(config: StackConfig) -> Iterator[tuple[str, str]]:
    for key, value in config.values.items():
        if _ADDRESS_KEY.search(key):
            yield f"the configuration value {key}", value


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in _KNOWN_VARIABLES:
        if environment.get(name):
            yield f"the environment variable {name}", environment[name]


def _remote_host(value: str) -> str:
    """The host of a URL that is not of this machine; empty for anything else."""
    try:
        parts = urlsplit(value.strip())
        host = parts.hostname or ""
    except ValueError:
        return value  # a URL so malformed that nobody can say where it leads
    return host if parts.scheme.lower() in _SCHEMES and not is_local(host) else ""


def is_local(host: str) -> bool:
    """Whether a host is this machine's loopback."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
