"""Connections that observe the deadline and size limit of the current exchange.

An HTTP library limits each read and each write: an answer of which a byte comes now and then never ends, nor does a flood of interim
responses. Here the streams below the library know when the whole exchange must be over, and how much may come.
"""

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore

from pulumi_workspace365.api import local_only, tls
from pulumi_workspace365.api.configuration import DEFAULT_PORTS, is_loopback
from pulumi_workspace365.errors import ProxyUnusable

_KEEP_ALIVE_SECONDS = 5.0
_MOST_KEPT = 20
_HTTP = {"wss": "https", "ws": "http"}
"""A WebSocket begins as HTTP, and goes through the same proxy."""
UNRESOLVED = "the name cannot be resolved"
_PIECE = 16 * 1024
"""Bytes that are written at once: the deadline is looked at in between."""
_HEAD = 128 * 1024
"""Bytes that an answer may have beside its body."""


def pool(
    url: str, *, trusted: ssl.SSLContext | None, ca_file: str | None, connections: int | None, direct: bool
) -> httpcore.ConnectionPool:
    """Connections to one server, through the proxy that the environment variables name unless ``direct``; nothing is opened yet.

    Raises:
        ConfigurationError: the proxy or the certificate authorities that are configured cannot be used, or the embedded engine allows
            no server there.
    """
    local_only.require_loopback(url, "the address of a server")
    is_plain = urlsplit(url).scheme.lower() == "http"
    proxy = None if direct else proxy_for(url)
    options: dict[str, Any] = {
        "ssl_context": None if is_plain else trusted or tls.create_context(ca_file),
        "max_connections": connections,
        "max_keepalive_connections": connections or _MOST_KEPT,
        "keepalive_expiry": _KEEP_ALIVE_SECONDS,
        "network_backend": _Network(is_proxied=proxy is not None, is_local=must_be_local(urlsplit(url).hostname or "")),
    }
    return _through(proxy, ca_file, options) if proxy else httpcore.ConnectionPool(**options)


def must_be_local(host: str) -> bool:
    """Whether connections must stay on this machine: because no other machine is allowed, or because the name is local and needs no TLS and no proxy.

    Not every resolver resolves names such as ``x.localhost`` to this machine, as RFC 6761 requires.
    """
    return local_only.is_required() or is_loopback(host)


def proxy_for(url: str, *others: str) -> str | None:
    """The proxy that the environment variables name for an address, or for all or one of the other schemes; none for this machine."""
    parts = urlsplit(url)
    host, scheme = parts.hostname or "", _HTTP.get(parts.scheme.lower(), parts.scheme.lower())
    if is_loopback(host) or local_only.is_required():
        return None
    proxies = urllib.request.getproxies()
    named = next((proxies[kind] for kind in (scheme, "all", *others) if proxies.get(kind)), None)
    if not named or urllib.request.proxy_bypass(f"{host}:{parts.port or DEFAULT_PORTS.get(scheme, 443)}"):
        return None
    return named if "://" in named else f"http://{named}"


def proxy_host_port(proxy: str) -> str:
    """The host and port of a proxy's address, without a login."""
    try:
        parts = urlsplit(proxy)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return "(unreadable)"
    if is_torn(parts):
        return "(unreadable)"
    return f"{parts.hostname}:{port}" if parts.hostname and port else parts.hostname or "(unreadable)"


def is_torn(proxy: SplitResult) -> bool:
    """Whether a login with ``/``, ``?`` or ``#`` in it, not escaped, ends the host's part too early: a part of it would pass for the host."""
    return "@" in proxy.path + proxy.query + proxy.fragment


def _through(proxy: str, ca_file: str | None, options: dict[str, Any]) -> httpcore.ConnectionPool:
    try:
        parts = urlsplit(proxy)
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        scheme = "" if is_torn(parts) else parts.scheme
        if scheme in {"socks5", "socks5h"}:
            return httpcore.SOCKSProxy(proxy_url=address, proxy_auth=auth, **options)
        if scheme in DEFAULT_PORTS and parts.hostname:
            trusted = tls.create_context(ca_file) if scheme == "https" else None
            return httpcore.HTTPProxy(proxy_url=address, proxy_auth=auth, proxy_ssl_context=trusted, **options)
    # SOCKS needs another package; no port is a word, and no address has an ä.
    except (ImportError, RuntimeError, ValueError, TypeError):
        pass
    is_socks = proxy.lower().startswith("socks")
    raise ProxyUnusable(
        proxy_host_port(proxy),
        "is a SOCKS proxy, which needs another package" if is_socks else "is not an http:// or https:// address",
    )


class ExchangeLimits:
    """What one exchange may take. The streams of its connection look here, in the thread that makes the exchange."""

    def __init__(self, seconds: float, largest: int, while_waiting: Callable[[], None]) -> None:
        self._end = time.monotonic() + seconds
        self.while_waiting = while_waiting
        self.largest = largest
        self._received = 0
        self.is_full = False
        self.was_sent = False
        self.was_read = False
        """Whether anything has come since what was sent last."""
        self.is_at_proxy = False
        """Whether the connection has got to a proxy, or on the way to it, and no further."""
        self.was_tunnel_asked = False

    @property
    def is_expired(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self._end

    def remaining(self, problem: type[httpcore.TimeoutException]) -> float:
        """Seconds until the deadline; raises ``problem`` after it."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise problem("the deadline of the exchange is over")
        return left

    def receive(self, size: int) -> None:
        """Count received bytes.

        Raises:
            httpcore.ReadError: they exceed the limit.
        """
        self._received += size
        if self._received > self.largest + _HEAD:
            self.is_full = True
            raise httpcore.ReadError("more was sent than is read")

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Make these the bounds of the calling thread."""
        _thread.bounds = self
        try:
            yield
        finally:
            _thread.bounds = None


class _Thread(threading.local):
    bounds: ExchangeLimits | None = None

    @property
    def current(self) -> ExchangeLimits:
        if self.bounds is None:
            raise RuntimeError("a connection was used outside of an exchange")
        return self.bounds


_thread = _Thread()


def has_read() -> bool:
    """Whether anything has come since the calling thread's exchange sent what it sent last."""
    return _thread.current.was_read


class _Network(httpcore.NetworkBackend):
    """Opens connections within the bounds of the exchange that needs one."""

    def __init__(self, *, is_proxied: bool, is_local: bool) -> None:
        self._system = httpcore.SyncBackend()
        self._is_proxied, self._is_local = is_proxied, is_local

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the library's own limits are not used
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        bounds = _thread.current
        bounds.is_at_proxy = self._is_proxied
        addresses = _resolved(host, port, bounds)
        if self._is_local and not all(map(local_only.is_loopback, addresses)):
            raise httpcore.ConnectError("the name now resolves to another machine")
        problem: Exception = httpcore.ConnectError("the name has no address")
        for attempt, address in enumerate(addresses):
            share = bounds.remaining(httpcore.ConnectTimeout) / (len(addresses) - attempt)
            try:
                return _Stream(self._system.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                problem = failed
        raise problem


def _resolved(host: str, port: int, bounds: ExchangeLimits) -> list[str]:
    """The addresses of a host. The system's own look-up knows no limit, so it is waited for and no longer."""
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    found: queue.SimpleQueue[list[Any] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as problem:
            found.put(problem)

    threading.Thread(target=look_up, name="name look-up", daemon=True).start()
    try:
        answer = found.get(timeout=bounds.remaining(httpcore.ConnectTimeout))
    except queue.Empty:
        raise httpcore.ConnectTimeout("the name look-up did not end") from None
    if isinstance(answer, list):
        return list(dict.fromkeys(str(entry[4][0]) for entry in answer))
    raise httpcore.ConnectError(UNRESOLVED) from answer


class _Stream(httpcore.NetworkStream):
    """A connection that keeps within the bounds of the exchange that uses it; the library's own time limits are not used."""

    def __init__(self, inner: httpcore.NetworkStream, *, is_nested: bool = False) -> None:
        self._inner = inner
        self._is_nested = is_nested

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  see above
        bounds = _thread.current
        if bounds.was_sent:
            bounds.while_waiting()
        left = bounds.remaining(httpcore.ReadTimeout)
        with self._watched(left):
            data = self._inner.read(max_bytes, left)
        bounds.was_read = True
        bounds.receive(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  see above
        bounds = _thread.current
        bounds.was_tunnel_asked |= buffer.startswith(b"CONNECT ")  # which is for the proxy alone
        bounds.was_read &= not buffer
        bounds.was_sent |= bool(buffer) and not buffer.startswith(b"CONNECT ")
        for start in range(0, len(buffer), _PIECE):
            left = bounds.remaining(httpcore.WriteTimeout)
            with self._watched(left):
                self._inner.write(buffer[start : start + _PIECE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  see above
    ) -> httpcore.NetworkStream:
        bounds = _thread.current
        bounds.is_at_proxy = bounds.is_at_proxy and not bounds.was_tunnel_asked
        left = bounds.remaining(httpcore.ConnectTimeout)
        is_nested = self._inner.get_extra_info("ssl_object") is not None
        with self._watched(left, always=is_nested):
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), is_nested=is_nested)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    @contextlib.contextmanager
    def _watched(self, seconds: float, *, always: bool = False) -> Iterator[None]:
        """End the connection at the deadline: TLS inside of TLS (through an https proxy) reads many times for one call."""
        if not (self._is_nested or always):
            yield
            return
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._inner.get_extra_info("socket"), socket.SHUT_RDWR)
