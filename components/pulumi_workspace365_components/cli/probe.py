"""One request without a key, to see what stands between here and the instance: the certificate, the clock, a proxy."""

import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509

from pulumi_workspace365 import tls
from pulumi_workspace365.config import Settings
from pulumi_workspace365.errors import ConfigurationError

_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Certificate:
    """The server's TLS certificate."""

    issuer: str
    ends: datetime


@dataclass(frozen=True)
class Seen:
    """What the answer showed. ``skew`` is how far the server's clock is ahead; ``certificate`` is ``None`` without TLS."""

    status: int
    seconds: float
    skew: timedelta | None
    certificate: Certificate | None


class ProbeError(Exception):
    """There was no answer; the message is a reason in words. ``untrusted``: because of its certificate."""

    def __init__(self, message: str, *, untrusted: bool = False) -> None:
        super().__init__(message)
        self.untrusted = untrusted


def look(settings: Settings) -> Seen:
    """Ask the instance for its front page, as the client would reach it.

    Raises:
        ProbeError: there was no answer.
    """
    try:
        verify = tls.context(settings.ca_file) if settings.instance.startswith("https:") else False
    except ConfigurationError as problem:
        raise ProbeError(str(problem).rstrip(".")) from problem
    began, clock = time.monotonic(), datetime.now(UTC)
    try:
        with (
            httpx.Client(verify=verify, timeout=_PATIENCE_SECONDS, trust_env=not settings.is_loopback) as client,
            client.stream("GET", f"{settings.instance}/") as answer,
        ):
            certificate = _certificate(answer)
    except httpx.HTTPError as problem:
        raise _explained(problem) from None
    seconds = time.monotonic() - began
    return Seen(answer.status_code, seconds, _skew(answer.headers.get("Date"), clock + timedelta(seconds=seconds)), certificate)


def document(address: str, sent: object = None) -> Any:
    """A JSON document of a server on this machine; ``sent`` is one that is posted for it.

    Raises:
        ProbeError: there is none.
    """
    try:
        with httpx.Client(trust_env=False, timeout=_PATIENCE_SECONDS) as client:
            answer = client.get(address) if sent is None else client.post(address, json=sent)
            return answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as problem:
        raise ProbeError(f"no document there ({type(problem).__name__})") from None


def proxy_of(settings: Settings) -> str | None:
    """Host and port of the proxy on the way, without the password that its address may hold."""
    parts = urlsplit(settings.instance)
    proxies = urllib.request.getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all")
    if settings.is_loopback or not address or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    return f"{proxy.hostname}:{proxy.port}" if proxy.port else str(proxy.hostname)


def proxy_problem(settings: Settings) -> str | None:
    """Why no client can be made with the proxy variables as they are."""
    try:
        httpx.Client(verify=False, trust_env=not settings.is_loopback).close()  # noqa: S501  nothing is sent
    except (ValueError, ImportError):  # a malformed address, or a kind of proxy that needs another package
        return "the proxy variables name a proxy that cannot be used (malformed, or SOCKS)"
    return None


def _certificate(answer: httpx.Response) -> Certificate | None:
    stream = answer.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream else None
    if tls is None:
        return None
    read = x509.load_der_x509_certificate(tls.getpeercert(True))
    return Certificate(read.issuer.rfc4514_string(), read.not_valid_after_utc)


def _skew(date: str | None, here: datetime) -> timedelta | None:
    try:
        there = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return (there if there.tzinfo else there.replace(tzinfo=UTC)) - here


def _explained(problem: httpx.HTTPError) -> ProbeError:
    text = str(problem)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = text.partition("certificate verify failed:")[2].partition("(_ssl")[0].strip()
        return ProbeError(reason or "the certificate is not trusted", untrusted=True)
    if "[SSL" in text:
        return ProbeError("the TLS handshake failed")
    if isinstance(problem, httpx.ProxyError):
        return ProbeError("the proxy refused the connection")
    if isinstance(problem, httpx.TimeoutException):
        return ProbeError(f"no answer within {_PATIENCE_SECONDS:g} s")
    if isinstance(problem, httpx.ConnectError):
        return ProbeError("no connection (unknown name, refused or no route)")
    return ProbeError("the connection broke before the answer was complete")
