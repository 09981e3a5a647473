"""Sending one request as the retry table of docs/provisioning-api.md#retries allows, and nothing more.

What may be replayed depends on the operation, not on the method alone: a create is sent once, whatever happens to its answer. Whatever
breaks while a request is made ends here: before it was sent nothing can have happened, afterwards anything may have.

Each request and each pause before the next try is a line of the debug log.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pulumi_dynamic_host import redaction
from pulumi_workspace365 import errors
from pulumi_workspace365.api import audit, error_messages, http_client, local_only
from pulumi_workspace365.api.concurrency import Limiter
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.http_client import HttpClient, HttpResponse
from pulumi_workspace365.api.http_errors import OTHER_WAY, HttpError, ResponseLost

if TYPE_CHECKING:
    import tenacity

log = logging.getLogger(__name__)

_BACK_OFF_SECONDS = 0.5
_LONGEST_BACK_OFF_SECONDS = 20.0
_BUDGET_IN_TIMEOUTS = 3
_RETRIED_STATUSES = frozenset({429, 502, 503, 504})
_THROTTLED = frozenset({429, 503})
_NOT_SAID = frozenset({408})
"""Refusals that, like redirects, do not say whether the request was carried out before."""


class RetryPolicy(Enum):
    """When an operation may be sent again: (after a lost answer, how often after a 500)."""

    READ = (True, 2)
    WRITE = (True, 1)
    NEVER = (False, 0)

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
    """One operation to send. ``operation`` describes it in words, after "Could not …"."""

    operation: str
    method: str
    path: str
    retry_policy: RetryPolicy
    headers: dict[str, str] = field(repr=False)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    is_confidential: bool = False
    """Whether no text of the body may be shown, should the answer repeat it."""
    not_found_is_success: bool = False
    """A 404 that follows a lost answer means that the first try had succeeded (delete)."""
    uses_health_key: bool = False
    is_success: Callable[[int, bytes], bool] = lambda status, _: 200 <= status < 300
    """Whether a status with a body is a successful answer."""
    needs_body: bool = True
    """Whether a successful answer is worth nothing without its body."""


@dataclass(frozen=True)
class HttpExchange:
    """One try that was answered: what came back, whatever its status, and how many seconds it took."""

    request: Request
    status: int
    headers: Mapping[str, str] = field(repr=False)
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


class _RetryState:
    """What one ``send`` remembers between its tries."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self._request = request
        self.attempts = 0
        self._began = time.monotonic()
        self._left_after_500 = request.retry_policy.after_500
        self._budget = _BUDGET_IN_TIMEOUTS * settings.request_timeout
        self.may_have_arrived = False

    @property
    def seconds_left(self) -> float:
        """For all tries that follow."""
        return self._budget - (time.monotonic() - self._began)

    def tell_pause(self, state: "tenacity.RetryCallState") -> None:
        failed = state.outcome.exception() if state.outcome else None
        if isinstance(failed, _TryFailedError):
            log.debug("%s: again in %.1f s: %s", self._request.operation, state.upcoming_sleep, failed.problem)

    def may_go_on(self, failed: BaseException) -> bool:
        if not isinstance(failed, _TryFailedError):
            return False
        self.may_have_arrived = self.may_have_arrived or isinstance(failed.problem, errors.Ambiguous)
        if failed.status == 500:
            self._left_after_500 -= 1
            return self._left_after_500 >= 0
        return failed.replayable

    @staticmethod
    def pause(state: "tenacity.RetryCallState") -> float:
        failed = state.outcome.exception() if state.outcome else None
        if isinstance(failed, _TryFailedError) and failed.wait is not None:
            return failed.wait
        ceiling = min(_LONGEST_BACK_OFF_SECONDS, _BACK_OFF_SECONDS * 2 ** (state.attempt_number - 1))
        return random.uniform(0, ceiling)  # noqa: S311  full jitter needs no secrecy


class Transport:
    """A pooled connection to one instance. Safe to share between threads.

    Args:
        settings: which instance, and how patiently.
        observe: called with every response before it is evaluated; it must not raise.
        limiter: the limit of requests, where others call the instance, too.
        while_waiting: as :meth:`HttpClient.send` calls it.
    """

    def __init__(
        self,
        settings: Settings,
        observe: Callable[[HttpExchange], None] | None = None,
        limiter: Limiter | None = None,
        while_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._observe = observe
        self._while_waiting = while_waiting
        self._limiter = limiter or Limiter(settings.max_in_flight)
        local_only.require_loopback(settings.instance, "w365:baseUrl")
        self._http = HttpClient(settings.instance, ca_file=settings.ca_file, connections=settings.max_in_flight)

    def send(self, request: Request) -> bytes:
        """The body of the successful answer.

        Raises:
            errors.W365Error: one of its subclasses, as ``errors`` describes them.
        """
        if request.retry_policy is RetryPolicy.READ:
            return self._send(request)
        with audit.record_change(self._settings.instance, request.operation, request.method, request.path):
            return self._send(request)

    def _send(self, request: Request) -> bytes:
        tries = _RetryState(request, self._settings)
        try:
            return self._send_with_retries(request, tries)
        except _TryFailedError as failed:
            if request.not_found_is_success and tries.may_have_arrived and isinstance(failed.problem, errors.NotFound):
                return b""
            raise failed.problem from failed.__cause__

    def _send_with_retries(self, request: Request, tries: _RetryState) -> bytes:
        try:
            return self._try(request, tries)
        except _TryFailedError as failed:
            failures = [failed]
        import tenacity  # noqa: PLC0415  nearly all requests succeed at once, and the first of a process would wait for it

        def attempt() -> bytes:
            if failures:
                raise failures.pop()
            return self._try(request, tries)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(tries.may_go_on),
            stop=tenacity.stop_after_attempt(self._settings.max_retries + 1) | tenacity.stop_before_delay(tries.seconds_left),
            wait=tries.pause,
            before_sleep=tries.tell_pause,
            sleep=time.sleep,
            reraise=True,
        )
        return retrying(attempt)

    def _try(self, request: Request, tries: _RetryState) -> bytes:
        was_sent = False
        try:
            content = b"" if request.body is None else _encoded(request.body)
            with self._limiter.slot():
                was_sent = True
                tries.attempts += 1
                answer, seconds = self._answer(request, content, tries)
            if self._observe:
                self._observe(HttpExchange(request, answer.status, answer.headers, answer.body, seconds))
            return self._check_response(request, answer)
        except HttpError as problem:
            raise self._undelivered(request, problem) from problem
        except (_TryFailedError, errors.W365Error):
            raise
        except Exception as problem:  # noqa: BLE001  the border: what was sent may have been carried out, whatever breaks here
            raise self._broken(request, problem, was_sent=was_sent) from None

    def _answer(self, request: Request, content: bytes, tries: _RetryState) -> tuple[HttpResponse, float]:
        url = self._settings.instance + request.path + (f"?{urlencode(request.query)}" if request.query else "")
        headers = request.headers | ({"Content-Type": "application/json"} if content else {})
        started = time.monotonic()
        answer = self._http.send(
            request.method,
            url,
            headers=headers,
            body=content,
            seconds=self._settings.request_timeout,
            operation=request.operation,
            attempt=tries.attempts,
            while_waiting=self._while_waiting,
        )
        seconds = time.monotonic() - started
        if answer.status in _THROTTLED:
            self._limiter.on_throttled()
        elif answer.status < 500:
            self._limiter.on_success(seconds)
        return answer, seconds

    def _check_response(self, request: Request, answer: HttpResponse) -> bytes:
        if not request.is_success(answer.status, answer.body):
            raise self._refused(request, answer)
        if answer.read_error and request.needs_body:
            raise self._unknown(request, f"the answer cannot be read: {answer.read_error}", replayable=False)
        return answer.body

    def _undelivered(self, request: Request, problem: HttpError) -> _TryFailedError:
        if isinstance(problem, ResponseLost):
            reason = _why_lost(problem, self._settings.request_timeout)
            return self._unknown(request, reason, replayable=request.retry_policy.after_loss)
        return self._unsent(request, _why_unreachable(problem), replayable=not problem.is_permanent)

    def _broken(self, request: Request, problem: Exception, *, was_sent: bool) -> _TryFailedError:
        kind = type(problem).__name__  # its text may hold what was sent or received
        if was_sent:
            return self._unknown(request, f"the answer could not be handled here ({kind})", replayable=False)
        return self._unsent(request, f"the request could not be made ({kind})", replayable=False)

    def _unsent(self, request: Request, reason: str, *, replayable: bool) -> _TryFailedError:
        start, about = error_messages.describe_failure(request.operation, self._settings.instance)
        return _TryFailedError(errors.Unavailable(f"{start}: {reason}. Nothing was sent.", **about), replayable=replayable)

    def _unknown(self, request: Request, reason: str, *, replayable: bool) -> _TryFailedError:
        start, about = error_messages.describe_failure(request.operation, self._settings.instance)
        if request.retry_policy is RetryPolicy.READ:
            return _TryFailedError(errors.Unavailable(f"{start}: {reason}. Run it again.", **about), replayable=replayable)
        text = f"{start}: {reason}, so it is not known whether it was carried out."
        return _TryFailedError(errors.Ambiguous(text, **about), replayable=replayable)

    def _refused(self, request: Request, answer: HttpResponse) -> _TryFailedError:
        status, body = answer.status, answer.body
        sent_fields = tuple(request.body) if isinstance(request.body, dict) else ()
        _, about = error_messages.describe_failure(request.operation, self._settings.instance, status)
        if request.is_confidential:
            body = redaction.redact_document(body, request.body)
        problem = error_messages.error_from_response(
            request.operation, self._settings.instance, status, body, sent_fields=sent_fields, health=request.uses_health_key
        )
        if status == 429 and not isinstance(problem, errors.Ambiguous):
            advice = " It asks for fewer requests: lower w365:maxInFlight (W365_MAX_IN_FLIGHT)."
            problem = errors.Ambiguous(str(problem) + advice, **about)
        if request.retry_policy is RetryPolicy.READ and isinstance(problem, errors.Ambiguous):
            problem = errors.Unavailable(str(problem), **about)
        if request.retry_policy is RetryPolicy.NEVER and (status in _NOT_SAID or not 400 <= status < 500):
            problem = errors.Ambiguous(str(problem), **about)
        replayable = (status in _RETRIED_STATUSES and request.retry_policy.after_loss) or status == 500
        wait = http_client.retry_after(answer.headers.get("Retry-After"))
        return _TryFailedError(problem, replayable=replayable, status=status, wait=wait)


def _encoded(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _why_unreachable(problem: HttpError) -> str:
    return {
        "untrusted": "its TLS certificate is not trusted here; for a certificate authority of your own set W365_CA_FILE to its PEM file",
        "tls": "the TLS handshake failed; is this an https address, and does a proxy stand in between?",
        "proxy": f"{problem.detail}; {OTHER_WAY}",
        "timeout": "no connection in time; check the address (w365:baseUrl), the network and the firewall",
        "request": "the request could not be made",
    }.get(
        problem.reason,
        "no connection (unknown name, refused or no route); check the address (w365:baseUrl) and the network",
    )


def _why_lost(problem: ResponseLost, timeout: float) -> str:
    return {
        "timeout": f"no complete answer within {timeout:g} s (w365:requestTimeout)",
        "protocol": "the answer is not HTTP",
    }.get(problem.reason, "the connection broke before the answer was complete")
