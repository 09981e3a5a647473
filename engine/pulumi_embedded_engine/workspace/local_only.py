"""Restricts the engine to servers of this machine, so that a mistyped address changes nothing real.

This check comes first and looks at names alone, for whatever provider reads them: configuration keys that end in URL, ENDPOINT, HOST
or the like, and known environment variables. Addresses elsewhere are only known to those who make connections: programs and
providers receive the decision (`providers.environment`), and follow it if they support it.
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
_HOST = re.compile(
    r"[^\s.]+(\.[^\s.]+)+\.?|[0-9a-fA-F.%]*:[0-9a-fA-F:.%]*"
)  # a name with a dot, or an address: a mere word may be anything
_KNOWN_VARIABLES = (
    *("W365_BASE_URL", "W365_KEY_VAULT_ENDPOINT"),
    *("ARM_ENDPOINT", "ARM_RESOURCE_MANAGER_ENDPOINT", "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", "AZURE_AUTHORITY_HOST"),
)


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
    """The host of an address that is not of this machine; empty for anything else. An address may lack its scheme."""
    text = value.strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text.removeprefix('//')}")
        host = parts.hostname or ""
    except ValueError:
        return "another host"  # so malformed that nobody can say where it leads
    if "://" in text:
        return host if parts.scheme.lower() in _SCHEMES and not is_local(host) else ""
    return host if _HOST.fullmatch(host) and not is_local(host) else ""


def is_local(host: str) -> bool:
    """Whether a host is this machine's loopback."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
