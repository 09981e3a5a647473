"""Checks the connection to the instance with one request without a key: the certificate, the clock, a proxy."""

import json
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from cryptography import x509

from pulumi_workspace365.api import http_connection
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.http_client import HttpClient
from pulumi_workspace365.api.http_errors import HttpError
from pulumi_workspace365.errors import ConfigurationError

_TIMEOUT_SECONDS = 15.0
_MAX_RESPONSE_BYTES = 64 * 1024
_LONGEST_DATE = 64


@dataclass(frozen=True)
class Certificate:
    """The server's TLS certificate."""

    issuer: str
    expires_at: datetime


@dataclass(frozen=True)
class ProbeResult:
    """The result of a probe. ``skew`` is how far the server's clock is ahead; ``certificate`` is ``None`` without TLS."""

    status: int
    seconds: float
    skew: timedelta | None
    certificate: Certificate | None


class ProbeError(Exception):
    """The probe got no response; the message is the reason. ``untrusted``: the server's certificate is not trusted."""

    def __init__(self, message: str, *, untrusted: bool = False) -> None:
        super().__init__(message)
        self.untrusted = untrusted


def probe(settings: Settings) -> ProbeResult:
    """Request the instance's front page over the same connection settings that the client uses.

    Raises:
        ProbeError: there was no response.
    """
    began, clock = time.monotonic(), datetime.now(UTC)
    try:
        client = HttpClient(settings.instance, ca_file=settings.ca_file)
        response = client.send("GET", f"{settings.instance}/", headers={}, seconds=_TIMEOUT_SECONDS, largest=_MAX_RESPONSE_BYTES)
        client.close()
    except HttpError as problem:
        raise _to_probe_error(problem) from problem
    except ConfigurationError as problem:
        raise ProbeError(str(problem).rstrip(".")) from problem
    seconds = time.monotonic() - began
    skew = _skew(response.headers.get("Date"), clock + timedelta(seconds=seconds))
    return ProbeResult(response.status, seconds, skew, _certificate(response.certificate))


def fetch_json(address: str, document: object = None) -> Any:
    """Fetch a JSON document from a server on this machine; with ``document``, by a POST of that document.

    Raises:
        ProbeError: the server did not return a JSON document.
    """
    client = HttpClient(address, direct=True)
    body = b"" if document is None else json.dumps(document).encode()
    headers = {"Content-Type": "application/json"} if body else {}
    try:
        response = client.send("POST" if body else "GET", address, headers=headers, body=body, seconds=_TIMEOUT_SECONDS)
        if response.read_error or not 200 <= response.status < 300:
            raise ProbeError(f"the server returned no document (HTTP {response.status})")
        return json.loads(response.body)
    except HttpError as problem:
        raise ProbeError(f"the server returned no document ({problem.reason})") from problem
    except (ValueError, RecursionError):
        raise ProbeError("the server returned no document (invalid JSON)") from None
    finally:
        client.close()


def proxy_of(settings: Settings) -> str | None:
    """Host and port of the proxy in use, without the password that its address may contain."""
    named = http_connection.proxy_for(settings.instance)
    return http_connection.proxy_host_port(named) if named else None


def proxy_problem(settings: Settings) -> str | None:
    """Why the current proxy variables are unusable; ``None`` if they are usable."""
    try:
        HttpClient(settings.instance, trusted=ssl.create_default_context()).close()
    except ConfigurationError:
        return "the proxy variables name a proxy that cannot be used (malformed, or SOCKS)"
    return None


def _certificate(der: bytes | None) -> Certificate | None:
    if der is None:
        return None
    read = x509.load_der_x509_certificate(der)
    return Certificate(read.issuer.rfc4514_string(), read.not_valid_after_utc)


def _skew(date: str | None, local_time: datetime) -> timedelta | None:
    try:
        there = parsedate_to_datetime((date or "")[:_LONGEST_DATE])
        return (there if there.tzinfo else there.replace(tzinfo=UTC)) - local_time
    except (ValueError, TypeError, OverflowError, IndexError):  # some servers send invalid time zones and years
        return None


def _to_probe_error(problem: HttpError) -> ProbeError:
    match problem.reason:
        case "untrusted":
            return ProbeError(getattr(problem.origin, "verify_message", "the certificate is not trusted"), untrusted=True)
        case "tls":
            return ProbeError("the TLS handshake failed")
        case "proxy":
            return ProbeError("the proxy refused the connection")
        case "timeout":
            return ProbeError(f"no response within {_TIMEOUT_SECONDS:g} s")
        case "no connection":
            return ProbeError("no connection (unknown host name, connection refused or no route)")
        case "protocol":
            return ProbeError("the server's response is not HTTP")
    return ProbeError("the connection closed before the response was complete")
