"""Errors of HTTP exchanges without a response.

They are distinguished by what matters to a caller: whether the request may have arrived.
"""

import ssl
from typing import Literal

import httpcore

from pulumi_workspace365.api import http_connection
from pulumi_workspace365.api.http_connection import ExchangeLimits

OTHER_WAY = "set HTTPS_PROXY or ALL_PROXY to a proxy that lets this machine through, with its user name and password, or name the host in NO_PROXY"
"""What to do about a proxy that stops a connection."""

Reason = Literal["no connection", "timeout", "untrusted", "tls", "proxy", "broken", "protocol", "request"]
"""``untrusted``: the server's certificate. ``request``: it cannot be sent as it is."""

_STOPPED: dict[type[BaseException], str] = {
    ConnectionRefusedError: "refuses the connection",
    ssl.SSLCertVerificationError: "has a certificate that is not trusted here",
    ssl.SSLError: "does not speak TLS",
    TimeoutError: "does not answer in time",
    httpcore.TimeoutException: "does not answer in time",
    httpcore.ReadError: "breaks the connection off",
}
_HUNG_UP = ("disconnected", "closed connection")
"""How the library tells an answer that ends too early from one that is no HTTP."""
_REASONS: dict[type[BaseException], Reason] = {
    ssl.SSLCertVerificationError: "untrusted",
    httpcore.ProxyError: "proxy",
    httpcore.TimeoutException: "timeout",
    TimeoutError: "timeout",
    ssl.SSLError: "tls",
    httpcore.ConnectError: "no connection",
    httpcore.RemoteProtocolError: "protocol",
    httpcore.NetworkError: "broken",
}


class HttpError(Exception):
    """There is no answer. The exception that caused it is chained only where it repeats nothing that was sent or received.

    Where the reason is ``proxy``, ``said`` is a sentence without its subject's login: "the proxy HOST:PORT refuses the connection".
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail

    @property
    def is_permanent(self) -> bool:
        """Whether sending it again is pointless."""
        return self.reason in {"untrusted", "tls", "request"}

    @property
    def origin(self) -> BaseException:
        """The operating system's error that caused the library's error, if it is chained."""
        return _chain(self)[-1]


class RequestNotSent(HttpError):
    """Nothing of the request left."""


class ResponseLost(HttpError):
    """The request was sent, at least in part, and may have been carried out."""


def from_exception(problem: Exception, bounds: ExchangeLimits, proxy: str | None) -> HttpError:
    """The error of an exchange that an exception ended.

    Args:
        problem: of the library or the system.
        bounds: of the exchange: what had happened until then.
        proxy: the address of the proxy on the way.
    """
    if proxy and bounds.is_at_proxy and not bounds.was_sent:
        return RequestNotSent("proxy", f"the proxy {http_connection.proxy_host_port(proxy)} {_stopped(problem, bounds)}")
    reason: Reason = "timeout" if bounds.is_expired else _reason(problem, was_sent=bounds.was_sent)
    return ResponseLost(reason) if bounds.was_sent else RequestNotSent(reason)


def repeats_nothing(problem: Exception) -> bool:
    """Whether the library's exception describes only the network; others quote header fields of the request or the response."""
    return isinstance(problem, httpcore.NetworkError | httpcore.TimeoutException)


def _chain(problem: BaseException) -> list[BaseException]:
    chain = [problem]
    while (
        below := chain[-1].__cause__ or chain[-1].__context__
    ) is not None and below not in chain:  # the library hides its causes
        chain.append(below)
    return chain


def _reason(problem: BaseException, *, was_sent: bool) -> Reason:
    chain = _chain(problem)
    for kind, reason in _REASONS.items():
        found = next((one for one in chain if isinstance(one, kind)), None)
        if found is not None and reason == "protocol":
            return "broken" if any(words in str(found) for words in _HUNG_UP) else reason
        if found is not None and not (was_sent and reason in {"tls", "untrusted"}):  # TLS that ends later was a connection
            return reason
    return "broken" if was_sent else "request"


def _stopped(problem: BaseException, bounds: ExchangeLimits) -> str:
    """What a proxy, or the way to it, did instead of letting the connection through."""
    chain = _chain(problem)
    for one in chain:
        if isinstance(one, httpcore.ProxyError) and (status := str(one)[:3]).isdigit():
            return f"answers {status}" + (" (it wants a user name and a password)" if status == "407" else "")
        if isinstance(one, httpcore.RemoteProtocolError):
            return "breaks the connection off" if any(words in str(one) for words in _HUNG_UP) else "answers no HTTP"
        if str(one) == http_connection.UNRESOLVED:  # the library drops its cause
            return "has a name that cannot be resolved"
        for kind, detail in _STOPPED.items():
            if isinstance(one, kind):
                return detail
    return "does not answer in time" if bounds.is_expired else "cannot be reached"
