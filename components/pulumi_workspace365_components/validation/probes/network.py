"""Connects a socket to an address, to distinguish a failed connection from a wrong response."""

import ipaddress
import re
import socket
import ssl
import time
from base64 import b64encode
from dataclasses import replace
from urllib.parse import SplitResult, unquote, urlsplit

from websockets.exceptions import NegotiationError

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api import http_connection, local_only
from pulumi_workspace365_components.validation.observations import ConnectErrorKind, ConnectFailed, ProtocolFailed

_LONGEST_HEAD = 65_536
_LONGEST_REASON = 100
DEFAULT_PORTS = {"wss": 443, "ws": 80, "https": 443, "http": 80}


class ConnectError(Exception):
    """No connection was made."""

    def __init__(self, observation: ConnectFailed) -> None:
        super().__init__(observation.kind)
        self.observation = observation


def open_socket(host: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection.

    Args:
        host: a name or an address.
        port: 1 to 65535.
        seconds: for the connection; resolving the name takes what the system takes.

    Raises:
        ConnectError: there is none.
    """
    try:
        found = socket.create_connection((host, port), timeout=max(seconds, 0.1))
    except (OSError, UnicodeError) as problem:
        raise ConnectError(ConnectFailed(connect_error(problem), host, port, private=is_private(host))) from problem
    if http_connection.must_be_local(host) and not local_only.is_loopback(str(found.getpeername()[0])):
        found.close()
        raise ConnectError(ConnectFailed("no route", host, port))
    return found


def connect_error(problem: Exception) -> ConnectErrorKind:
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


def proxy_of(url: str) -> "Proxy | None":
    """The proxy that the variables name for a URL.

    Raises:
        ConnectError: it is none that can be used.
    """
    named = http_connection.proxy_for(url, "socks")
    return Proxy(named, urlsplit(url)) if named else None


def check_proxy(url: str, tls_context: ssl.SSLContext, seconds: float) -> None:
    """Check whether the proxy for an address, if there is one, accepts connections from this machine.

    The clients' own errors come too late: one client retries beyond the check's timeout, the other signs in at another host first.

    Raises:
        ConnectError: it does not.
    """
    if proxy := proxy_of(url):
        connecting = proxy.tunnel(tls_context, seconds) if urlsplit(url).scheme == "https" else proxy.connection(seconds)
        connecting.close()


class Proxy:
    """A connection through a proxy.

    Raises:
        ConnectError: the proxy is none that can be used here.
    """

    def __init__(self, address: str, target: SplitResult) -> None:
        self.address = address
        shown = http_connection.proxy_host_port(address)
        self._failure = ConnectFailed("proxy", str(target.hostname), port_of(target), proxy=shown)
        try:
            self._parts = urlsplit(address)
            self.scheme, self._host = self._parts.scheme.lower(), self._parts.hostname or ""
            self._port = self._parts.port or DEFAULT_PORTS.get(self.scheme, 0)
        except ValueError:
            raise self._stops("of the environment variables is not an address") from None
        if http_connection.is_torn(self._parts):
            raise self._stops("of the environment variables is not an http:// or https:// address")
        if self.scheme.startswith("socks"):
            raise self._stops("is a SOCKS proxy, which checks cannot use")
        if self.scheme not in {"http", "https"} or not self._host:
            raise self._stops("of the environment variables is not an http:// or https:// address")

    def connection(self, seconds: float) -> socket.socket:
        """A connection to the proxy itself.

        Raises:
            ConnectError: there is none.
        """
        try:
            return open_socket(self._host, self._port, seconds)
        except ConnectError as problem:
            raise ConnectError(replace(self._failure, kind=problem.observation.kind)) from problem

    def tunnel(self, tls_context: ssl.SSLContext, seconds: float) -> socket.socket:
        """Open a tunnel to the target host (RFC 9110, 9.3.6: CONNECT).

        Raises:
            ConnectError: the proxy did not open a tunnel; contains the reason.
        """
        deadline, connection = Deadline(seconds), self.connection(seconds)
        try:
            if self.scheme == "https":
                connection = tls_context.wrap_socket(connection, server_hostname=self._host)
            connection.sendall(self._request())
            head = b""
            while b"\r\n\r\n" not in head:
                connection.settimeout(max(deadline.left, 0.1))
                if not deadline.left or len(head) > _LONGEST_HEAD or not (piece := connection.recv(1)):
                    break
                head += piece
            self._look_at(head, is_late=not deadline.left)
        except (OSError, UnicodeError, ConnectError) as problem:
            connection.close()
            if isinstance(problem, ConnectError):
                raise
            detail = "says nothing in time" if isinstance(problem, TimeoutError) else "breaks the connection off"
            raise self._stops(detail) from problem
        connection.settimeout(None)
        return connection

    def _request(self) -> bytes:
        name = self._failure.host if self._failure.host.isascii() else self._failure.host.encode("idna").decode()
        host = f"[{name}]" if ":" in name else name
        lines = [f"CONNECT {host}:{self._failure.port} HTTP/1.1", f"Host: {host}:{self._failure.port}"]
        if self._parts.username:
            named = f"{unquote(self._parts.username)}:{unquote(self._parts.password or '')}"
            lines.append(f"Proxy-Authorization: Basic {b64encode(named.encode()).decode()}")
        return "\r\n".join([*lines, "", ""]).encode()

    def _look_at(self, head: bytes, *, is_late: bool) -> None:
        status = re.match(rb"HTTP/1\.[01] (\d{3})(?: |\r\n)", head)
        if status and 200 <= int(status[1]) < 300 and head.endswith(b"\r\n\r\n"):
            return
        if status:
            self.raise_for_status(int(status[1]))
        detail = "says nothing in time" if is_late else "breaks the connection off" if not head else "answers no HTTP"
        raise self._stops(detail)

    def raise_for_status(self, status: int) -> None:
        """Raises ConnectError for the status with which the proxy itself answers."""
        why = " (it wants a user name and a password)" if status == 407 else ""
        raise self._stops(f"answers {status}{why}")

    def _stops(self, detail: str) -> ConnectError:
        return ConnectError(replace(self._failure, detail=detail))


def describe_protocol_error(problem: BaseException) -> ProtocolFailed:
    """How a protocol went wrong after the connection, in words and without values."""
    text = str(problem)
    if isinstance(problem, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in text:
        reason = text.partition("certificate verify failed:")[2].partition("(_ssl")[0].strip()
        return ProtocolFailed(f"its certificate is not trusted ({reason or 'unknown reason'})", untrusted=True)
    if isinstance(problem, ssl.SSLError) or "[SSL" in text:
        return ProtocolFailed("the TLS handshake failed: what answers there may not speak TLS")
    if isinstance(problem, TimeoutError):
        return ProtocolFailed("it accepted the connection and then said nothing in time")
    if isinstance(problem, NegotiationError):
        return ProtocolFailed(f"it chose what was not asked for ({safe_text.one_line(text)[:_LONGEST_REASON]})")
    if isinstance(problem, ConnectionError | EOFError):
        return ProtocolFailed("it closed the connection before the answer was complete")
    return ProtocolFailed(f"its answer does not follow the protocol ({type(problem).__name__})")


class Deadline:
    """A moment in the future, by the clock that never jumps."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return max(self._ends - time.monotonic(), 0.0)
