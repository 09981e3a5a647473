"""The API on the wire: a request is noted, judged, carried out and answered, or misanswered when a fault says so."""

import asyncio
import time
from email.utils import format_datetime

from aiohttp import web

from pulumi_workspace365_sandbox.workspace365 import (
    faults,
    request_validation,
    response_faults,
    responses,
    routes,
    transport_faults,
)
from pulumi_workspace365_sandbox.workspace365.faults import Faults
from pulumi_workspace365_sandbox.workspace365.history import History
from pulumi_workspace365_sandbox.workspace365.operations import Call, Instance
from pulumi_workspace365_sandbox.workspace365.records import Request
from pulumi_workspace365_sandbox.workspace365.responses import ErrorResponse, Response

_LARGEST_BODY = 64 * 1024 * 1024


class Api:
    """The Provisioning API and the Health API of one instance."""

    def __init__(self, instance: Instance, set_faults: Faults, history: History) -> None:
        self._instance = instance
        self._faults = set_faults
        self._history = history

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", self._handle)
        application.on_response_prepare.append(self._dated)
        return application

    async def _dated(self, _: web.Request, response: web.StreamResponse) -> None:
        if self._instance.options.clock_ahead:
            response.headers["Date"] = format_datetime(self._instance.now(), usegmt=True)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        """Note a request and its answer. The body is read first: a create names its environment there."""
        try:
            content = await request.read()
        except ConnectionResetError:
            return web.Response()  # the client left in mid-request, and takes no answer
        except web.RequestPayloadError:
            return web.Response(status=400)  # a body that is not what its headers say
        started = time.monotonic()
        match = routes.match(request.method, request.raw_path.partition("?")[0])
        operation = match.route.operation if match.route else None
        parsed = request_validation.parse_json(content)
        fields = list(parsed) if isinstance(parsed, dict) else []
        requested_name = parsed.get("EnvironmentName") if operation == "createEnvironment" and fields else None
        name = match.name if requested_name is None else str(requested_name)
        record = self._history.begin(request, operation, name, fields)
        try:
            reply = await self._reply(request, match, content, record)
            record.status = reply.status if reply else None
        finally:
            self._history.end(record, started)
        return reply or web.Response()

    async def _reply(
        self, request: web.Request, match: routes.Match, content: bytes, record: Request
    ) -> web.StreamResponse | None:
        """The answer put on the wire; None when the connection was ended instead."""
        before = await self._take("before", record)
        if before:
            return await transport_faults.inject_fault(request, before, Response())
        try:
            honest = self._execute(self._accepted(request, match, content), record)
        except ErrorResponse as refused:
            return transport_faults.response(refused.response)
        after = await self._take("after", record)
        if after:
            return await transport_faults.inject_fault(request, after, honest)
        return transport_faults.response(honest)

    async def _take(self, stage: faults.Stage, record: Request) -> faults.Answering | None:
        """Latency passes; the answer fault of this call at this stage, if any, is returned."""
        answering: faults.Answering | None = None
        for fault in self._faults.take(stage, record.operation, record.environment):
            record.faults.append(fault.fault)
            if isinstance(fault, faults.Latency):
                await asyncio.sleep(fault.ms / 1000)
            elif isinstance(fault, faults.ResponseFault):
                answering = fault
        return answering

    def _accepted(self, request: web.Request, match: routes.Match, content: bytes) -> Call:
        """The call, once everything about it is as the reference describes. Raises ErrorResponse where it is not."""
        if match.route is None:
            allowed = {"Allow": ", ".join(match.allowed)}
            raise ErrorResponse(Response(405, headers=allowed) if match.allowed else responses.NOT_FOUND)
        request_validation.headers(match.route, request.headers, self._instance.store.keys, self._instance.options)
        request_validation.length(match.route, request.headers, self._instance.options)
        request_validation.accept(request.headers)
        query = request_validation.query(match.route, request.rel_url.raw_query_string)
        return Call(match.route.operation, match.name, query, request_validation.body(match.route, request.headers, content))

    def _execute(self, call: Call, record: Request) -> Response:
        answer = self._instance.execute(call)
        for shape in self._faults.take("shape", record.operation, record.environment):
            record.faults.append(shape.fault)
            if isinstance(shape, faults.Late) and answer.affected_environment:
                self._instance.listing.lag(answer.affected_environment, shape)
            if isinstance(shape, faults.Outage):
                self._faults.add(shape.status_fault())
            answer = response_faults.apply_fault(answer, shape)
        return answer
