"""Sending one request as the retry table of spec §10.2 allows, and nothing more.

What may be replayed depends on the operation, not on the method alone: a create is sent once, whatever happens to its answer.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

import httpx
import tenacity

from pulumi_workspace365 import audit, errors, explain, redaction, tls
from pulumi_workspace365.config import Settings
from pulumi_workspace365.limiter import Limiter

_BACK_OFF_SECONDS = 0.5
_LONGEST_BACK_OFF_SECONDS = 20.0
_LARGEST_ANSWER = 64 * 1024 * 1024
_BUDGET_IN_TIMEOUTS = 3
_LOST = frozenset({429, 502, 503, 504})
_THROTTLED = frozenset({429, 503})
_NOT_SAID = frozenset({408})
"""Refusals that, like redirects, do not say whether the request was carried out before."""


class Replay(Enum):
    """When an operation may be sent again: (after a lost answer, how often after a 500)."""

    READ = (True, 2)
    WRITE = (True, 1)
    ONCE = (False, 0)

    @property
    def after_loss(self) -> bool:
        """After a timeout, a reset, 429, 502, 503 or 504."""
        return self.value[0]

    @property
    def after_500(self) -> int:
        """So many times after HTTP 500."""
        return self.value[1]


@dataclass(frozen=True)
class Request:
    """One operation to send. ``asked`` says it in words, after "Could not …"."""

    asked: str
    method: str
    path: str
    replay: Replay
    headers: dict[str, str] = field(repr=False)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    is_confidential: bool = False
    """Whether no text of the body may be shown, should the answer repeat it."""
    gone_is_done: bool = False
    """A 404 that follows a lost answer means that the first try had succeeded (delete)."""
    health: bool = False
    is_answer: Callable[[int, bytes], bool] = lambda status, _: 200 <= status < 300
    """Whether a status with a body is a successful answer."""


@dataclass(frozen=True)
class Exchange:
    """One try that was answered: what came back, whatever its status, and how many seconds it took."""

    request: Request
    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float


class _TryFailedError(Exception):
    """One try failed; ``problem`` is what a person would read if it were the last."""

    def __init__(self, problem: errors.W365Error, *, replayable: bool, status: int = 0, wait: float | None = None) -> None:
        super().__init__()
        self.problem = problem
        self.replayable = replayable
        self.status = status
        self.wait = wait


class Transport:
    """A pooled connection to one instance. Safe to share between threads.

    Args:
        settings: which instance, and how patiently.
        observe: is told of every answer, between its arrival and its reading; it must not raise.
    """

    def __init__(self, settings: Settings, observe: Callable[[Exchange], None] | None = None) -> None:
        self._settings = settings
        self._observe = observe
        self._limiter = Limiter(settings.max_in_flight)
        try:
            self._http = httpx.Client(
                timeout=settings.request_timeout,
                limits=httpx.Limits(max_connections=settings.max_in_flight, max_keepalive_connections=settings.max_in_flight),
                follow_redirects=False,
                trust_env=not settings.is_loopback,
                verify=tls.context(settings.ca_file)
                if settings.instance.startswith("https:")
                else False,  # plain http has no TLS to verify
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise errors.ConfigurationError(
                "The proxy that HTTPS_PROXY or ALL_PROXY names cannot be used: it must be an http:// or https:// address, or be unset."
            ) from None

    def send(self, request: Request) -> bytes:
        """The body of the successful answer.

        Raises:
            errors.W365Error: one of its subclasses, as ``errors`` describes them.
        """
        if request.replay is Replay.READ:
            return self._send(request)
        with audit.recorded(self._settings.instance, request.asked, request.method, request.path):
            return self._send(request)

    def _send(self, request: Request) -> bytes:
        tries = _Tries(request, self._settings)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(tries.may_go_on),
            stop=tenacity.stop_after_attempt(self._settings.max_retries + 1) | tenacity.stop_before_delay(tries.budget),
            wait=tries.pause,
            sleep=time.sleep,
            reraise=True,
        )
        try:
            return retrying(self._try, request)
        except _TryFailedError as failed:
            if request.gone_is_done and tries.lost and isinstance(failed.problem, errors.NotFound):
                return b""
            raise failed.problem from None

    def _try(self, request: Request) -> bytes:
        with self._limiter.slot():
            started = time.monotonic()
            try:
                status, headers, body = self._exchange(request, started + self._settings.request_timeout)
            except httpx.HTTPError as problem:
                raise self._undelivered(request, problem) from None
            seconds = time.monotonic() - started
            if status in _THROTTLED:
                self._limiter.throttled()
            elif status < 500:
                self._limiter.answered(seconds)
        if self._observe:
            self._observe(Exchange(request, status, headers, body, seconds))
        if not request.is_answer(status, body):
            raise self._refused(request, status, headers, body)
        return body

    def _exchange(self, request: Request, deadline: float) -> tuple[int, httpx.Headers, bytes]:
        url = self._settings.instance + request.path
        with self._http.stream(
            request.method, url, params=request.query or None, headers=request.headers, json=request.body
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer was still arriving")
                if len(body) > _LARGEST_ANSWER:
                    raise httpx.DecodingError("the answer is larger than 64 MiB")
            return answer.status_code, answer.headers, bytes(body)

    def _undelivered(self, request: Request, problem: httpx.HTTPError) -> _TryFailedError:
        start = f"Could not {request.asked} on {self._settings.instance}"
        if isinstance(
            problem, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol | httpx.ProxyError
        ):
            reason, permanent = _why_unreachable(problem)
            return _TryFailedError(errors.Unavailable(f"{start}: {reason}. Nothing was sent."), replayable=not permanent)
        reason = _why_lost(problem, self._settings.request_timeout)
        if request.replay is Replay.READ:
            return _TryFailedError(errors.Unavailable(f"{start}: {reason}. Run it again."), replayable=True)
        text = f"{start}: {reason}, so it is not known whether it was carried out."
        return _TryFailedError(errors.Ambiguous(text), replayable=request.replay.after_loss)

    def _refused(self, request: Request, status: int, headers: httpx.Headers, body: bytes) -> _TryFailedError:
        sent = tuple(request.body) if isinstance(request.body, dict) else ()
        if request.is_confidential:
            body = redaction.hide(body, request.body)
        problem = explain.failure(request.asked, self._settings.instance, status, body, sent=sent, health=request.health)
        if status == 429 and not isinstance(problem, errors.Ambiguous):
            problem = errors.Ambiguous(str(problem) + " It asks for fewer requests: lower w365:maxInFlight (W365_MAX_IN_FLIGHT).")
        if request.replay is Replay.READ and isinstance(problem, errors.Ambiguous):
            problem = errors.Unavailable(str(problem))
        if request.replay is Replay.ONCE and (status in _NOT_SAID or 300 <= status < 400):
            problem = errors.Ambiguous(str(problem))
        replayable = (status in _LOST and request.replay.after_loss) or status == 500
        return _TryFailedError(problem, replayable=replayable, status=status, wait=_retry_after(headers))


class _Tries:
    """What one ``send`` remembers between its tries."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self._replay = request.replay
        self._left_after_500 = request.replay.after_500
        self.budget = _BUDGET_IN_TIMEOUTS * settings.request_timeout
        self.lost = False

    def may_go_on(self, failed: BaseException) -> bool:
        if not isinstance(failed, _TryFailedError):
            return False
        self.lost = self.lost or isinstance(failed.problem, errors.Ambiguous)
        if failed.status == 500:
            self._left_after_500 -= 1
            return self._left_after_500 >= 0
        return failed.replayable

    @staticmethod
    def pause(state: tenacity.RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        if isinstance(failed, _TryFailedError) and failed.wait is not None:
            return failed.wait
        ceiling = min(_LONGEST_BACK_OFF_SECONDS, _BACK_OFF_SECONDS * 2 ** (state.attempt_number - 1))
        return random.uniform(0, ceiling)  # noqa: S311  full jitter needs no secrecy


def _why_unreachable(problem: httpx.HTTPError) -> tuple[str, bool]:
    """The reason in words, and whether trying again is pointless."""
    text = str(problem)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "its TLS certificate is not trusted here; for a certificate authority of your own set W365_CA_FILE to its PEM file",
            True,
        )
    if "[SSL" in text:
        return "the TLS handshake failed; is this an https address, and does a proxy stand in between?", True
    if isinstance(problem, httpx.ProxyError):
        return "the proxy named by HTTPS_PROXY refused the connection", False
    if isinstance(problem, httpx.ConnectTimeout | httpx.PoolTimeout):
        return "no connection in time; check the address (w365:baseUrl), the network and the firewall", False
    return "no connection (unknown name, refused or no route); check the address (w365:baseUrl) and the network", False


def _why_lost(problem: httpx.HTTPError, timeout: float) -> str:
    if isinstance(problem, httpx.TimeoutException):
        return f"no complete answer within {timeout:g} s (w365:requestTimeout)"
    if isinstance(problem, httpx.DecodingError):
        return f"the answer could not be read ({problem})"
    return "the connection broke before the answer was complete"


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that the server asks to wait, from a number or a date; ``None`` when it does not say."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
