"""The long-running operation of a check: accepted, polled, completed."""

import asyncio
import base64
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any

from pulumi_workspace365_sandbox.azure.arm.operations import Call, ResourceManager
from pulumi_workspace365_sandbox.azure.arm.resource_types import VERSIONS
from pulumi_workspace365_sandbox.azure.arm.responses import RawBody, Response, not_found
from pulumi_workspace365_sandbox.azure.connectivity import injected_results, report, request
from pulumi_workspace365_sandbox.azure.connectivity.probes import observe
from pulumi_workspace365_sandbox.azure.connectivity.request import CheckRequest
from pulumi_workspace365_sandbox.azure.faults import CheckBody, CheckResult, CheckRun, Faults
from pulumi_workspace365_sandbox.azure.records import Request
from pulumi_workspace365_sandbox.management.http import retry_after

_TIMEOUT_SECONDS = 1.0
"""Seconds that a poll waits for a check that is about to end, so that clients told to poll at once do not spin."""


@dataclass
class RunningCheck:
    """A check under way: how often it still says so, and the answer with which it ends."""

    run: CheckRun
    left: int
    task: asyncio.Task[Response]


@dataclass
class Checks:
    """The checks of one service. `trusted`: whose certificates its gateway trusts."""

    manager: ResourceManager
    set_faults: Faults
    trusted: ssl.SSLContext
    running: dict[str, RunningCheck] = field(default_factory=dict)

    async def execute(self, call: Call, record: Request, *, fails: dict[str, Any] | None = None) -> Response:
        """Start a check, or return the state of one. With `fails`, a started check ends with this error. Raises ErrorResponse."""
        self.manager.reachable(call)
        if call.target.check_result:
            return await self._polled(call)
        check_request = request.validate(call.content, self._regions(call.target.service))
        record.body = check_request.redacted()
        number = _opaque()
        self.running[number] = running = self._started(check_request, call.target.service, record, fails)
        location = _location(call, f"{call.target.service}/connectivityCheck/operationresults/{number}", running.run)
        if not running.run.at_once:
            return _still(running.run, location)
        answer = await running.task
        return Response(answer.status, answer.value, answer.headers | location)

    def clear(self) -> None:
        for running in self.running.values():
            running.task.cancel()
        self.running.clear()

    def _started(self, check_request: CheckRequest, service: str, record: Request, fails: dict[str, Any] | None) -> RunningCheck:
        operation, options = record.operation or "", self.manager.options
        run = self.set_faults.of_check(CheckRun, operation)
        body = self.set_faults.of_check(CheckBody, operation)
        result = self.set_faults.of_check(CheckResult, operation)
        record.faults += [fault.fault for fault in (run, body, result) if fault]
        run = run or CheckRun(polls=options.polls, retry_after=options.retry_after)

        async def ended() -> Response:
            await asyncio.sleep(run.seconds)
            if fails:
                return Response(400, {"error": fails})
            if body:
                return injected_results.malformed(body, service)
            return Response(
                value=injected_results.result(result, service) if result else await self._measured(check_request, service)
            )

        return RunningCheck(run, run.polls, asyncio.create_task(ended()))

    async def _measured(self, check_request: CheckRequest, service: str) -> dict[str, Any]:
        return report.body(check_request, await observe(check_request, self.manager.options, self.trusted), service)

    async def _polled(self, call: Call) -> Response:
        check = self.running.get(call.target.check_result)
        if check is None:
            raise not_found("Operation result")
        location = _location(call, call.url.removeprefix(_origin(call)), check.run)
        if check.run.endless or check.left:
            check.left = max(check.left - 1, 0)
            return _still(check.run, location)
        done, _ = await asyncio.wait({check.task}, timeout=_TIMEOUT_SECONDS)
        return check.task.result() if done else _still(check.run, location)

    def _regions(self, service: str) -> list[str]:
        """The primary location and the additional ones."""
        service_resource = self.manager.store.find(service)
        if service_resource is None:
            return []
        return [
            service_resource.outer["location"],
            *(item["location"] for item in service_resource.properties.get("additionalLocations", [])),
        ]


def _still(run: CheckRun, location: dict[str, str]) -> Response:
    """As Network Watcher, which carries the checks out, says that one still runs."""
    return Response(202, RawBody(b"null"), location | retry_after(run.retry_after, run.retry_after_form))


def _location(call: Call, path: str, run: CheckRun) -> dict[str, str]:
    if run.location == "missing":
        return {}
    origin = _origin(call)
    origins = {"relative": "", "plain": origin.replace("https:", "http:"), "other_host": run.host.rstrip("/")}
    return {"Location": f"{origins.get(run.location, origin)}{path}?api-version={VERSIONS['Microsoft.ApiManagement']}"}


def _origin(call: Call) -> str:
    return call.url.partition("/subscriptions/")[0]


def _opaque() -> str:
    return base64.urlsafe_b64encode(f"networkwatcher_ConnectivityCheck_{secrets.token_hex(8)}".encode()).decode().rstrip("=")
