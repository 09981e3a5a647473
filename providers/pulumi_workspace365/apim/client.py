"""Perform Connectivity Check Async: one POST, then GETs of the address it answers until there is a result (REST reference, 2024-05-01).

The check changes nothing, so every request may be sent again. All ends within a deadline, whatever the other side does; the token goes to
the configured Resource Manager alone; and a result is what a finished operation's body says, never the fact that it finished.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from pulumi_workspace365 import tls
from pulumi_workspace365.apim import answers, credentials, errors, waiting
from pulumi_workspace365.apim.models import API_VERSION, ConnectivityRequest, ConnectivityResult, ServiceTarget
from pulumi_workspace365.apim.settings import Settings
from pulumi_workspace365.config import is_loopback
from pulumi_workspace365.errors import ConfigurationError

DEADLINE_SECONDS = 300.0
_REQUEST_SECONDS = 60.0
_GRACE_SECONDS = 1.0
_LARGEST_ANSWER = 2 * 1024 * 1024
_MOST_NETWORK_FAILURES = 5


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: httpx.Headers
    body: bytes


@dataclass
class _Run:
    """One check in progress."""

    asked: str
    deadline: waiting.Deadline
    body: Any = field(repr=False)
    last: str = "nothing came back"
    """What happened last, for the case that time runs out."""
    detail: errors.ErrorDetail = field(default_factory=errors.ErrorDetail)
    network_failures: int = 0

    def out_of_time(self) -> errors.DeadlinePassed:
        if self.deadline.cancelled:
            return errors.DeadlinePassed(
                f"Could not {self.asked}: it was broken off while waiting ({self.last}).", detail=self.detail
            )
        said = f" Resource Manager says {self.detail}." if str(self.detail) else ""
        return errors.DeadlinePassed(
            f"Could not {self.asked}: no result within {self.deadline.seconds:g} s ({self.last}), so nothing is known about the backend.{said} "
            "Run it again; if it stays, look at the service's health in Azure.",
            detail=self.detail,
        )


class ConnectivityClient:
    """Asks one Resource Manager. Safe to share between threads: a hundred checks may run at once."""

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
        url = httpx.URL(endpoint)
        try:
            self._http = httpx.Client(
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
                follow_redirects=False,
                trust_env=not is_loopback(url.host),
                verify=tls.context(ca_file) if url.scheme == "https" else False,  # plain http has no TLS to verify
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise ConfigurationError(
                "The proxy that HTTPS_PROXY or ALL_PROXY names cannot be used: it must be an http:// or https:// address, or be unset."
            ) from None

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
        asked = f"check {request.destination} from API Management service {target.service_name!r} in {request.region} ({self._endpoint})"
        run = _Run(asked, waiting.Deadline(deadline_seconds, cancelled), request.to_wire())
        # A thread, because a login or an answer that trickles in byte by byte knows no deadline of its own.
        outcome: Future[ConnectivityResult] = Future()
        work = copy_context().run
        threading.Thread(target=work, args=(_settle, outcome, self._finish, target, run), daemon=True, name="check").start()
        try:
            return outcome.result(deadline_seconds + _GRACE_SECONDS)
        except TimeoutError:
            raise run.out_of_time() from None

    def _finish(self, target: ServiceTarget, run: _Run) -> ConnectivityResult:
        path = f"{httpx.URL(self._endpoint).path.rstrip('/')}{target.id}/connectivityCheck?api-version={API_VERSION}"
        reply, polls = self._answered(run, "POST", path), 0
        while reply.status == 202:
            path = self._next(run, path, reply, polls)
            run.last = "it was still running"
            if not run.deadline.pause(waiting.before_poll(polls, waiting.retry_after(reply.headers.get("Retry-After")))):
                raise run.out_of_time()
            reply, polls = self._answered(run, "GET", path), polls + 1
        if reply.status != 200:
            raise answers.failure(run.asked, reply.status, reply.body, polling=polls > 0)
        return answers.result(run.asked, reply.body)

    def _next(self, run: _Run, path: str, reply: _Reply, polls: int) -> str:
        location = reply.headers.get("Location")
        if location:
            return answers.next_address(run.asked, self._origin, path, location)
        if polls:
            return path
        raise errors.BadAnswer(
            f"Could not {run.asked}: it was accepted (HTTP 202) without a Location, so its result can never be fetched. Run it again.",
            status=202,
        )

    def _answered(self, run: _Run, method: str, path: str) -> _Reply:
        """The first answer that is not worth another try."""
        tries = 0
        while True:
            reply = self._tried(run, method, path)
            if reply is not None:
                run.detail = answers.detail_of(reply.body) if reply.status >= 400 else errors.ErrorDetail()
                if not answers.is_retryable(reply.status, run.detail):
                    return reply
                run.last = f"the last answer was HTTP {reply.status}"
            asked = waiting.retry_after(reply.headers.get("Retry-After")) if reply else None
            if asked is not None and asked > run.deadline.left:
                run.last = f"HTTP {reply.status if reply else 0} asks to wait {asked:g} s"
                raise run.out_of_time()
            if not run.deadline.pause(max(asked or 0.0, waiting.before_retry(tries))):
                raise run.out_of_time()
            tries += 1

    def _tried(self, run: _Run, method: str, path: str) -> _Reply | None:
        """One answer; ``None`` when there was none and another try may have one."""
        token = self._token()
        if not run.deadline.left:
            raise run.out_of_time()
        try:
            return self._exchange(run, method, path, token)
        except httpx.DecodingError as problem:
            raise errors.BadAnswer(f"Could not {run.asked}: the answer cannot be read ({problem}).") from None
        except httpx.TimeoutException:
            run.last = "no complete answer came in time"
            return None
        except httpx.HTTPError as problem:
            run.network_failures += 1
            why, permanent = _why_unreachable(problem)
            if permanent or run.network_failures >= _MOST_NETWORK_FAILURES:
                raise errors.ArmError(f"Could not {run.asked}: {why}.") from None
            run.last = why
            return None

    def _exchange(self, run: _Run, method: str, path: str, token: str) -> _Reply:
        timeout = max(0.001, min(_REQUEST_SECONDS, run.deadline.left))
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "identity"}
        until = waiting.Deadline(timeout)
        body = run.body if method == "POST" else None
        with self._http.stream(method, self._origin + path, headers=headers, json=body, timeout=timeout) as answer:
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > _LARGEST_ANSWER:
                    raise httpx.DecodingError(f"it is larger than {_LARGEST_ANSWER // 1024**2} MiB")
                if not until.left:
                    raise httpx.ReadTimeout("the answer was still arriving")
            return _Reply(answer.status_code, answer.headers, bytes(content))

    @property
    def _origin(self) -> str:
        return str(httpx.URL(self._endpoint).copy_with(raw_path=b"/")).rstrip("/")


_building = threading.Lock()  # a hundred checks that start at once share one client and one login


def of(settings: Settings) -> ConnectivityClient:
    """The client for some settings; one per process.

    Raises:
        ConfigurationError: the proxy or the certificate authorities that are configured cannot be used.
    """
    with _building:
        return _built(settings)


@cache
def _built(settings: Settings) -> ConnectivityClient:
    return ConnectivityClient(settings.arm_endpoint, credentials.source(settings), ca_file=settings.ca_file)


def _settle(outcome: "Future[ConnectivityResult]", work: Callable[..., ConnectivityResult], *arguments: Any) -> None:
    try:
        outcome.set_result(work(*arguments))
    except BaseException as problem:  # noqa: BLE001  the border of a thread: it is raised where the result is waited for
        outcome.set_exception(problem)


def _why_unreachable(problem: httpx.HTTPError) -> tuple[str, bool]:
    """The reason in words, and whether trying again is pointless."""
    text = str(problem)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "the TLS certificate of Resource Manager is not trusted here; for an authority of your own set W365_CA_FILE to its PEM file",
            True,
        )
    if "[SSL" in text:
        return "the TLS handshake with Resource Manager failed; is apim:armEndpoint an https address?", True
    if isinstance(problem, httpx.ProxyError):
        return "the proxy named by HTTPS_PROXY refused the connection", False
    if isinstance(problem, httpx.ConnectError):
        return (
            "Resource Manager cannot be reached from here (unknown name, refused or no route); check apim:armEndpoint and the network",
            False,
        )
    return "the connection to Resource Manager broke before the answer was complete", False
