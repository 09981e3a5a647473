"""Runs all checks concurrently, each with its own timeout, and retries while a new deployment settles."""

import dataclasses
import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from pulumi_workspace365.api import local_only
from pulumi_workspace365.errors import ProxyUnusable, W365Error
from pulumi_workspace365_components.validation import verdicts
from pulumi_workspace365_components.validation.checks import Check, ConnectivityCheck, HealthCheck, HttpCheck, WebSocketCheck
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.observations import ClientError, ConnectFailed, NotRun, Observation, TimedOut
from pulumi_workspace365_components.validation.probes import connectivity, health, http, websocket
from pulumi_workspace365_components.validation.probes.network import ConnectError, Deadline
from pulumi_workspace365_components.validation.verdicts import Verdict

Results: TypeAlias = "queue.Queue[tuple[int, Verdict]]"
_MOST_AT_ONCE = 512
_OTHER_FILES = 64  # that the process may have open beside the connections
_GRACE_SECONDS = 0.5
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 3.0


def run(checks: Sequence[Check], clients: Clients, done: Callable[[Verdict], None] = lambda _: None) -> list[Verdict]:
    """The verdicts, in the order of the checks.

    Args:
        checks: up to 512 of them run at once, or as many as the process may open connections.
        clients: the HTTP and WebSocket clients that the probes use.
        done: called with each verdict, on the calling thread.
    """
    most = _most_at_once()
    waiting, running, found = deque(range(len(checks))), dict[int, Deadline](), dict[int, Verdict]()
    results: Results = queue.Queue()
    while waiting or running:
        while waiting and len(running) < most:
            at = waiting.popleft()
            running[at] = Deadline(checks[at].timeout + _GRACE_SECONDS)
            # A daemon: a name server that never answers must not keep the program from ending.
            threading.Thread(target=_work, args=(at, checks[at], clients, results), daemon=True).start()
        for at, verdict in _next(results, running, checks):
            if running.pop(at, None) is not None:
                found[at] = verdict
                done(verdict)
    return [found[at] for at in range(len(checks))]


def run_sequentially(checks: Iterable[Check], clients: Clients, settle: float) -> list[Verdict]:
    """The verdicts of checks of which each finds what the one before left: they count against one limit.

    Args:
        checks: of which only WebSocket and HTTP checks settle.
        clients: the HTTP and WebSocket clients that the probes use.
        settle: seconds that all of them have together to be as expected.
    """
    left = Deadline(settle)
    return [run([check.model_copy(update={"settle": left.left})], clients)[0] for check in checks]


def _most_at_once() -> int:
    try:
        import resource  # noqa: PLC0415  there is none on Windows
    except ImportError:
        return _MOST_AT_ONCE
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_AT_ONCE if limit == resource.RLIM_INFINITY else max(1, min(_MOST_AT_ONCE, limit - _OTHER_FILES))


def _next(results: Results, running: dict[int, Deadline], checks: Sequence[Check]) -> list[tuple[int, Verdict]]:
    """The next verdict; or those of all checks whose seconds are over, whatever still holds them up."""
    try:
        return [results.get(timeout=min(deadline.left for deadline in running.values()))]
    except queue.Empty:
        return [(at, _late(checks[at])) for at, deadline in running.items() if not deadline.left]


def _late(check: Check) -> Verdict:
    return dataclasses.replace(verdicts.evaluate(check, TimedOut(check.timeout)), seconds=check.timeout)


def _work(at: int, check: Check, clients: Clients, results: Results) -> None:
    verdict = verdicts.evaluate(check, ClientError(f"Check {check.name!r} ended with an internal error. Please report it."))
    try:
        verdict = _verdict(check, clients)
    finally:
        results.put((at, verdict))


def _verdict(check: Check, clients: Clients) -> Verdict:
    began, deadline, attempts = time.monotonic(), Deadline(check.timeout), 0
    settle = Deadline(min(check.settle, check.timeout) if isinstance(check, WebSocketCheck | HttpCheck) else 0)
    pause = _FIRST_PAUSE_SECONDS
    while True:
        attempts += 1
        verdict = verdicts.evaluate(check, _observed(check, clients, deadline))
        if verdict.state in {"passed", "not verifiable"} or settle.left <= pause:
            return dataclasses.replace(verdict, seconds=time.monotonic() - began, attempts=attempts)
        time.sleep(pause * random.uniform(0.8, 1))  # noqa: S311  spreads the attempts, hides nothing
        pause = min(pause * 1.6, _LONGEST_PAUSE_SECONDS)


def _observed(check: Check, clients: Clients, deadline: Deadline) -> Observation:
    try:
        if isinstance(check, WebSocketCheck | HttpCheck):
            local_only.require_loopback(check.url, "url")
        match check:
            case WebSocketCheck():
                return websocket.attempt(check, clients.tls_context, deadline.left)
            case HttpCheck():
                return http.attempt(check, clients.tls_context, deadline.left)
            case HealthCheck():
                return health.attempt(clients.instance, clients.tls_context, deadline.left)
            case ConnectivityCheck():
                return connectivity.attempt(check, clients.resource_manager, clients.tls_context, deadline.left)
    except ConnectError as problem:
        return problem.observation
    except ProxyUnusable as problem:
        return ConnectFailed("proxy", "", 0, proxy=problem.proxy, detail=problem.detail)
    except W365Error as problem:  # the settings of a client are wrong or missing
        return NotRun(str(problem))
    except Exception as problem:  # noqa: BLE001  the border: what comes back may break a library in ways that nobody has thought of
        return ClientError(f"Check {check.name!r}: what came back cannot be handled ({type(problem).__name__}).")
