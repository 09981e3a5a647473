"""HTTP requests with a deadline and a size limit, whatever the server does.

An HTTP library limits each read and each write: an answer of which a byte comes now and then never ends, nor does a flood of interim
responses. Here one deadline holds the whole exchange: looking the host name up, connecting, the proxy's answer, the TLS handshake, sending,
and every byte of the answer. One limit holds what is read, on the wire and after decompression.
"""

import contextlib
import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpcore

from pulumi_dynamic_host import lazy_import, safe_text
from pulumi_workspace365.api import http_connection, http_errors
from pulumi_workspace365.api.content_encoding import Decoder, DecodingError
from pulumi_workspace365.api.http_connection import ExchangeLimits

with lazy_import.left_out(
    "httpx._main"
):  # its command line: where click is installed, two thirds of the time that importing httpx takes
    import httpx

log = logging.getLogger(__name__)

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer, unless a caller asks for less."""

_LARGEST_REFUSAL = 64 * 1024
"""Of an answer with an error status: its body only explains."""
_DEFAULTS = {"Accept": "*/*", "User-Agent": "pulumi-workspace365"}
_IDENTITY = {"Accept-Encoding": "identity"}
_UNUSED = {b"set-cookie"}
_REDIRECTION = {b"location"}
"""httpx would read them, and give up the answer where they cannot be read."""
_LONGEST_DATE = 64
_FOREVER_SECONDS = 1e9
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True)
class HttpResponse:
    """A response with a status. ``body`` is decompressed; it is incomplete if ``read_error`` is set."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    read_error: str = ""
    """After "the answer cannot be read: "."""
    certificate: bytes | None = field(default=None, repr=False)
    """The server's own, in DER form."""


class HttpClient:
    """Connections to one server, kept for the next request. Safe to share between threads. Follows no redirect, keeps no cookie."""

    def __init__(
        self,
        url: str,
        *,
        ca_file: str | None = None,
        trusted: ssl.SSLContext | None = None,
        connections: int | None = None,
        direct: bool = False,
    ) -> None:
        """Prepare the connections; nothing is sent.

        Args:
            url: any address on the server; it decides on TLS and on the proxy of the environment variables. This machine is asked without one.
            ca_file: certificate authorities to trust besides the system's.
            trusted: whose certificates are accepted instead.
            connections: the most at once; None for no limit.
            direct: whether no proxy is used, whatever the variables say.

        Raises:
            ConfigurationError: the proxy or the certificate authorities that are configured cannot be used.
        """
        pool = http_connection.pool(url, trusted=trusted, ca_file=ca_file, connections=connections, direct=direct)
        self._proxy = None if direct else http_connection.proxy_for(url)
        self._client = httpx.Client(transport=_Transport(pool), trust_env=False)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        seconds: float,
        largest: int = LARGEST_ANSWER,
        operation: str = "",
        attempt: int = 1,
        while_waiting: Callable[[], None] = lambda: None,
    ) -> HttpResponse:
        """Send a request and read its response; writes one line to the debug log.

        Args:
            method: such as ``GET``.
            url: on the server; what is no ASCII is percent-encoded.
            headers: besides Host, Content-Length and Accept-Encoding.
            body: sent unchanged.
            seconds: for everything together.
            largest: bytes to read at most; what is larger is cut.
            operation: what it is for, for the log.
            attempt: which try of that it is, for the log.
            while_waiting: called before each piece of the answer is waited for; must return at once and not raise.

        Raises:
            RequestNotSent: the server did not get it.
            ResponseLost: no answer came, or not in time.
        """
        bounds, began, outcome = ExchangeLimits(seconds, largest, while_waiting), time.monotonic(), "broken off"
        try:
            fields = httpx.Headers(_DEFAULTS)
            fields.update(headers)
            fields.update(_IDENTITY)
            with bounds.applied():
                request = httpx.Request(
                    method,
                    quote(url, safe=_ASCII),
                    headers=fields,
                    content=body or None,
                    extensions={"timeout": {"pool": bounds.remaining(httpcore.PoolTimeout)}},
                )
                if not body and "Content-Length" not in fields:
                    request.headers.pop("Content-Length", None)  # whether an empty body is announced is for the caller to say
                with contextlib.closing(self._client.send(request, stream=True)) as response:
                    answer = _read(response, bounds)
            outcome = f"HTTP {answer.status}"
        except Exception as problem:  # noqa: BLE001  the border: whatever breaks in there, one thing is known, namely whether it was sent
            error = http_errors.from_exception(problem, bounds, self._proxy)
            outcome = f"no answer ({error.reason})"
            raise error from (problem if http_errors.repeats_nothing(problem) else None)
        else:
            return answer
        finally:
            milliseconds, where = (time.monotonic() - began) * 1000, _without_secrets(url)
            log.debug("%s: %s %s: %s, %.0f ms, attempt %d", operation or "request", method, where, outcome, milliseconds, attempt)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class _Transport(httpx.BaseTransport):
    """Sends what httpx prepared over the connections that keep within the bounds of an exchange."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        if not http_connection.has_read():
            _hang_up(response)
            response.close()
            raise httpcore.RemoteProtocolError("what answers was there before the request")
        unused = _UNUSED | (_REDIRECTION if 300 <= response.status < 400 else set())
        headers = [(name, value) for name, value in response.headers if name.lower() not in unused]
        return httpx.Response(response.status, headers=headers, stream=_Body(response), extensions=response.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The pieces of an answer's body as they arrive, still encoded."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        if _has_more(self._response):
            _hang_up(self._response)
        self._response.close()


def _has_more(response: httpcore.Response) -> bool:
    """Whether the server has sent more than this answer, which the connection would take for the answer to the next request.

    The library does not say it. Where its inside is not as known here, such an answer is noticed when it answers: nothing was read for it.
    """
    connection = getattr(getattr(response.stream, "_stream", None), "_connection", None)
    state = getattr(connection, "_h11_state", None)
    return state is not None and bool(state.trailing_data[0])


def _hang_up(response: httpcore.Response) -> None:
    """End its connection, so that no other request is sent over it."""
    response.extensions["network_stream"].close()


def retry_after(text: str | None, now: datetime | None = None) -> float | None:
    """The seconds in a ``Retry-After``, from a number or an HTTP date; ``None`` if it cannot be parsed."""
    text = (text or "")[:_LONGEST_DATE].strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _FOREVER_SECONDS)
    try:
        when = parsedate_to_datetime(text)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):  # servers write zones and years that no calendar has
        return None


def _read(response: httpx.Response, bounds: ExchangeLimits) -> HttpResponse:
    headers = response.headers
    largest = bounds.largest if response.is_success else min(bounds.largest, _LARGEST_REFUSAL)
    stream = response.extensions.get("network_stream")
    secured = stream.get_extra_info("ssl_object") if stream else None
    certificate = secured.getpeercert(True) if secured else None
    body = bytearray()
    try:
        decoder = Decoder(headers.get("content-encoding", ""))
        for piece in response.iter_raw():
            body += decoder.decode(piece, largest - len(body) + 1)
            if len(body) > largest:
                break
        else:
            decoder.finish()
        flaw = f"it is larger than {_size(largest)}" if len(body) > largest else ""
    except DecodingError as problem:
        flaw = str(problem)
    except httpcore.ReadError:
        if not bounds.is_full:
            raise
        flaw = f"it is larger than {_size(largest)}"
    return HttpResponse(response.status_code, headers, bytes(body[:largest]), flaw, certificate)


def _without_secrets(url: str) -> str:
    scheme, _, rest = url.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return safe_text.one_line(f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}")


def _size(number: int) -> str:
    return f"{number // 1024**2} MiB" if number >= 1024**2 else f"{number // 1024} KiB"
