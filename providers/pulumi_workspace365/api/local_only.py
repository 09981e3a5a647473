"""Restricts connections to loopback addresses where the embedded engine requires it.

The engine looks at configuration and variables before it starts anything; what a program makes of them only shows here, where
clients are made. What counts is where a connection would lead: names are resolved, and proxies, which resolve names themselves, are not
taken.
"""

import ipaddress
import os
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from pulumi_workspace365 import errors

VARIABLE = "PULUMI_EMBEDDED_ENGINE_LOCAL_ONLY"
"""Set by the engine for the program and for providers, unless it was given --allow-remote."""

_HOW = "the embedded engine acts on local servers only. Use the Pulumi CLI for real deployments, or pass --allow-remote if you mean it"


def is_required(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process may connect to this machine only."""
    return environ.get(VARIABLE, "") not in {"", "0"}


def require_loopback(url: str, name: str, environ: Mapping[str, str] = os.environ) -> None:
    """Refuse an address of another machine, where none is allowed.

    Args:
        url: where a client is to connect to.
        name: of the setting or argument that the address comes from.
        environ: the environment variables.

    Raises:
        errors.ConfigurationError: the address is on another machine, or cannot be resolved.
    """
    if not is_required(environ):
        return
    try:
        host = urlsplit(url).hostname or ""
        found = {str(item[4][0]) for item in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)} if host else set()
    except (OSError, UnicodeError, ValueError):
        found, host = set(), url if "@" not in url else "another host"
    if elsewhere := sorted(address for address in found if not is_loopback(address)):
        where = host if host in elsewhere else f"{host} ({', '.join(elsewhere)})"
        raise errors.ConfigurationError(f"{name} leads to {where}, which is not this machine: {_HOW}.")
    if not found:
        raise errors.ConfigurationError(f"{name} names {host or 'no host'}, which is not known to be this machine: {_HOW}.")


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
