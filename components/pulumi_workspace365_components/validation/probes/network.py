"""The way to an address: a socket of our own, so that "nobody was reached" is told apart from "somebody answered wrongly"."""

import ipaddress
import socket
import ssl
import time
import urllib.request
from urllib.parse import SplitResult

from pulumi_workspace365 import local_only
from pulumi_workspace365_components.validation.observations import Broken, Obstacle, Unreached

DEFAULT_PORTS = {"wss": 443, "ws": 80, "https": 443, "http": 80}


class NotReached(Exception):
    """No connection was made."""

    def __init__(self, seen: Unreached) -> None:
        super().__init__(seen.obstacle)
        self.seen = seen


def open_socket(host: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection.

    Args:
        host: a name or an address.
        port: 1 to 65535.
        seconds: for the connection; resolving the name takes what the system takes.

    Raises:
        NotReached: there is none.
    """
    try:
        return socket.create_connection((host, port), timeout=max(seconds, 0.1))
    except (OSError, UnicodeError) as problem:
        raise NotReached(Unreached(obstacle(problem), host, port, private=is_private(host))) from problem


def obstacle(problem: Exception) -> Obstacle:
    """What stood in the way of a connection."""
    if isinstance(problem, socket.gaierror | UnicodeError):
        return "dns"
    if isinstance(problem, ConnectionRefusedError):
        return "refused"
    return "timeout" if isinstance(problem, TimeoutError) else "no route"


def is_private(host: str) -> bool:
    """Whether a name leads to private networks only; false where it leads nowhere, and on this machine."""
    try:
        found = {ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError, ValueError):
        return False
    return bool(found) and all(address.is_private and not address.is_loopback for address in found)


def port_of(parts: SplitResult) -> int:
    """The port of a URL."""
    return parts.port or DEFAULT_PORTS[parts.scheme]


def has_proxy(parts: SplitResult) -> bool:
    """Whether the variables name a proxy for a URL. This machine is never asked through one."""
    host = parts.hostname or ""
    if local_only.is_demanded():
        return False
    try:
        if ipaddress.ip_address(host).is_loopback:
            return False
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return False
    proxies = urllib.request.getproxies()
    named = (
        proxies.get({"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)) or proxies.get("all") or proxies.get("socks")
    )
    return bool(named) and not urllib.request.proxy_bypass(f"{host}:{port_of(parts)}")


def broken(problem: BaseException) -> Broken:
    """How a protocol went wrong after the connection, in words and without values."""
    text = str(problem)
    if isinstance(problem, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in text:
        reason = text.partition("certificate verify failed:")[2].partition("(_ssl")[0].strip()
        return Broken(f"its certificate is not trusted ({reason or 'unknown reason'})", untrusted=True)
    if isinstance(problem, ssl.SSLError) or "[SSL" in text:
        return Broken("the TLS handshake failed: what answers there may not speak TLS")
    if isinstance(problem, TimeoutError):
        return Broken("it accepted the connection and then said nothing in time")
    if isinstance(problem, ConnectionError | EOFError):
        return Broken("it closed the connection before the answer was complete")
    return Broken(f"its answer does not follow the protocol ({type(problem).__name__})")


class Deadline:
    """A moment in the future, by the clock that never jumps."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return max(self._ends - time.monotonic(), 0.0)
