"""Perform Connectivity Check Async: one POST, then GETs of the address it answers until there is a result (REST reference, 2024-05-01).

The check changes nothing, so every request may be sent again. All ends within a deadline, whatever the other side does; the token goes to
the configured Resource Manager alone; and the result is the body of a finished operation, never the fact that it finished.
"""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from pulumi_workspace365.api import local_only
from pulumi_workspace365.api.http_client import HttpClient, HttpResponse, retry_after
from pulumi_workspace365.api.http_errors import OTHER_WAY, HttpError
from pulumi_workspace365.apim import backoff, credentials, errors, responses
from pulumi_workspace365.apim.arm_settings import ArmSettings
from pulumi_workspace365.apim.models import API_VERSION, ConnectivityRequest, ConnectivityResult, ServiceTarget
from pulumi_workspace365.errors import W365Error

DEADLINE_SECONDS = 300.0
_REQUEST_SECONDS = 60.0
_GRACE_SECONDS = 1.0
_LARGEST_ANSWER = 2 * 1024 * 1024
_MOST_NETWORK_FAILURES = 5
_MOST_UNKNOWN = 5
"""How often in a row a running operation may not be found: a server that has not heard of it yet answers 404."""


@dataclass
class _Run:
    """One check in progress."""

    operation: str
    deadline: backoff.Deadline
    body: bytes = field(repr=False)
    last: str = "nothing came back"
    """What happened last, for the case that time runs out."""
    detail: errors.ErrorDetail = field(default_factory=errors.ErrorDetail)
    network_failures: int = 0

    def out_of_time(self) -> errors.DeadlineExceeded:
        if self.deadline.cancelled:
            return errors.DeadlineExceeded(
                f"Could not {self.operation}: it was broken off while waiting ({self.last}).", detail=self.detail
            )
        last_error = f" Resource Manager says {self.detail}." if str(self.detail) else ""
        return errors.DeadlineExceeded(
            f"Could not {self.operation}: no result within {self.deadline.seconds:g} s ({self.last}), so nothing is known about the backend.{last_error} "
            "Run it again; if it stays, look at the service's health in Azure.",
            detail=self.detail,
        )


class ConnectivityClient:
    """A client of one Resource Manager. Thread-safe: a hundred checks may run at the same time."""

    def __init__(self, endpoint: str, token: Callable[[], str], *, ca_file: str | None = None) -> None:
        """Prepare the connections; nothing is sent.

        Args:
            endpoint: of Resource Manager, such as ``https://management.azure.com``, without a final slash.
            token: gives a bearer token that is valid now; called before each request.
            ca_file: certificate authorities to trust besides the system's.

        Raises:
            ConfigurationError: the proxy or the certificate authorities that are configured cannot be used.
        """
        self._endpoint, self._token = endpoint, token
        local_only.require_loopback(endpoint, "apim:armEndpoint (ARM_ENDPOINT)")
        self._http = HttpClient(endpoint, ca_file=ca_file)

    @property
    def endpoint(self) -> str:
        """Of Resource Manager."""
        return self._endpoint

    def check(
        self,
        target: ServiceTarget,
        request: ConnectivityRequest,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        cancelled: threading.Event | None = None,
    ) -> ConnectivityResult:
        """Run a check and wait for its result.

        Args:
            target: the service.
            request: from where to where.
            deadline_seconds: for everything together, signing in included.
            cancelled: ends the wait early when it is set.

        Raises:
            errors.ArmError: one of its subclasses, as ``errors`` describes them; there is no result then.
            ConfigurationError: what is configured for signing in is incomplete.
        """
        operation = f"check {request.destination} from API Management service {target.service_name!r} in {request.region} ({self._endpoint})"
        run = _Run(operation, backoff.Deadline(deadline_seconds, cancelled), json.dumps(request.to_wire()).encode())
        # A thread, because a login or an answer that trickles in byte by byte knows no deadline of its own.
        outcome: Future[ConnectivityResult] = Future()
        work = copy_context().run
        threading.Thread(target=work, args=(_settle, outcome, self._finish, target, run), daemon=True, name="check").start()
        try:
            return outcome.result(deadline_seconds + _GRACE_SECONDS)
        except TimeoutError:
            raise run.out_of_time() from None
        except W365Error:
            raise
        except Exception as problem:  # noqa: BLE001  the border: a check ends in a sentence, whatever came back
            raise errors.InvalidResponse(
                f"Could not {operation}: the answer cannot be handled here ({type(problem).__name__})."
            ) from None

    def _finish(self, target: ServiceTarget, run: _Run) -> ConnectivityResult:
        path = f"{urlsplit(self._endpoint).path.rstrip('/')}{target.id}/connectivityCheck?api-version={API_VERSION}"
        reply, polls, unknown = self._send_with_retries(run, "POST", path), 0, 0
        pace: float | None = None
        while True:
            if responses.is_running(reply.status, reply.body):
                unknown, run.last = 0, "it was still running"
                path = self._next(run, path, reply, polls)
                pace = retry_after(reply.headers.get("Retry-After"))
            elif reply.status == 404 and polls and unknown < _MOST_UNKNOWN:  # it may be known a moment later
                unknown, run.last = unknown + 1, "the operation was not known yet"
            else:
                break
            if not run.deadline.pause(backoff.poll_delay(polls, pace)):
                raise run.out_of_time()
            reply, polls = self._send_with_retries(run, "GET", path), polls + 1
        if reply.status != 200:
            raise responses.error_from_response(run.operation, reply.status, reply.body, polling=polls > 0)
        return responses.parse_result(run.operation, reply.body)

    def _next(self, run: _Run, path: str, reply: HttpResponse, polls: int) -> str:
        if location := responses.operation_location(reply.headers):
            return responses.next_poll_url(run.operation, self._origin, path, location)
        if polls:
            return path
        raise errors.InvalidResponse(
            f"Could not {run.operation}: it was accepted (HTTP {reply.status}) without a Location or Azure-AsyncOperation, so its result can "
            "never be fetched. Run it again.",
            status=reply.status,
        )

    def _send_with_retries(self, run: _Run, method: str, path: str) -> HttpResponse:
        """The first answer that is not worth another try."""
        tries = 0
        while True:
            reply = self._send_once(run, method, path)
            if reply is not None:
                run.detail = responses.parse_error_detail(reply.body) if reply.status >= 400 else errors.ErrorDetail()
                if not responses.is_retryable(reply.status, run.detail):
                    return reply
                run.last = f"the last answer was HTTP {reply.status}"
            requested_pause = retry_after(reply.headers.get("Retry-After")) if reply else None
            if requested_pause is not None and requested_pause > run.deadline.remaining:
                run.last = f"HTTP {reply.status if reply else 0} asks to wait {requested_pause:g} s"
                raise run.out_of_time()
            if not run.deadline.pause(max(requested_pause or 0.0, backoff.retry_delay(tries))):
                raise run.out_of_time()
            tries += 1

    def _send_once(self, run: _Run, method: str, path: str) -> HttpResponse | None:
        """One answer; ``None`` when there was none and another try may have one."""
        token = self._token()
        if not run.deadline.remaining:
            raise run.out_of_time()
        try:
            answer = self._exchange(run, method, path, token)
        except HttpError as problem:
            if problem.reason == "timeout":
                run.last = "no complete answer came in time"
                return None
            run.network_failures += 1
            why = _why(problem)
            if problem.is_permanent or run.network_failures >= _MOST_NETWORK_FAILURES:
                raise errors.ArmError(f"Could not {run.operation}: {why}.") from problem
            run.last = why
            return None
        if answer.read_error and answer.status == 200:
            raise errors.InvalidResponse(
                f"Could not {run.operation}: the answer cannot be read ({answer.read_error}).", status=200
            )
        return answer

    def _exchange(self, run: _Run, method: str, path: str, token: str) -> HttpResponse:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self._http.send(
            method,
            self._origin + path,
            headers=headers | ({"Content-Type": "application/json"} if method == "POST" else {}),
            body=run.body if method == "POST" else b"",
            seconds=min(_REQUEST_SECONDS, run.deadline.remaining),
            largest=_LARGEST_ANSWER,
            operation=run.operation,
        )

    @property
    def _origin(self) -> str:
        return urlsplit(self._endpoint)._replace(path="").geturl()


_building = threading.Lock()  # a hundred checks that start at once share one client and one login


def get_client(settings: ArmSettings) -> ConnectivityClient:
    """The client for some settings; one per process.

    Raises:
        ConfigurationError: the proxy or the certificate authorities that are configured cannot be used.
    """
    with _building:
        return _built(settings)


@cache
def _built(settings: ArmSettings) -> ConnectivityClient:
    return ConnectivityClient(settings.arm_endpoint, credentials.token_source(settings), ca_file=settings.ca_file)


def _settle(outcome: "Future[ConnectivityResult]", work: Callable[..., ConnectivityResult], *arguments: Any) -> None:
    try:
        outcome.set_result(work(*arguments))
    except BaseException as problem:  # noqa: BLE001  the border of a thread: it is raised where the result is waited for
        outcome.set_exception(problem)


def _why(problem: HttpError) -> str:
    return {
        "untrusted": "the TLS certificate of Resource Manager is not trusted here; for an authority of your own set W365_CA_FILE to its PEM file",
        "tls": "the TLS handshake with Resource Manager failed; is apim:armEndpoint an https address?",
        "proxy": f"{problem.detail}; {OTHER_WAY}",
        "no connection": (
            "Resource Manager cannot be reached from here (unknown name, refused or no route); check apim:armEndpoint and the network"
        ),
        "protocol": "the answer of Resource Manager is not HTTP",
        "request": "the request could not be made",
    }.get(problem.reason, "the connection to Resource Manager broke before the answer was complete")
