"""The Resource Manager's HTTP interface: it records, validates and executes a request, and answers it, or injects a fault."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import web

from pulumi_workspace365_sandbox.azure import faults
from pulumi_workspace365_sandbox.azure.arm import routes
from pulumi_workspace365_sandbox.azure.arm.locks import Locks
from pulumi_workspace365_sandbox.azure.arm.operations import Call, ResourceManager
from pulumi_workspace365_sandbox.azure.arm.resource_types import VERSIONS
from pulumi_workspace365_sandbox.azure.arm.responses import ErrorResponse, RawBody, Response
from pulumi_workspace365_sandbox.azure.arm.routes import Target
from pulumi_workspace365_sandbox.azure.connectivity.checks import Checks
from pulumi_workspace365_sandbox.azure.login import Login
from pulumi_workspace365_sandbox.azure.policy.web_token import MalformedToken
from pulumi_workspace365_sandbox.azure.records import Request
from pulumi_workspace365_sandbox.management import http
from pulumi_workspace365_sandbox.management.faults import Moment
from pulumi_workspace365_sandbox.management.interface import History

_METADATA = "2022-09-01"
_AUDIENCES = {"https://management.azure.com", "https://management.core.windows.net"}
_QUERY = {"api-version", "asyncId", "asyncCode", "format", "deleteRevisions", "deleteSubscriptions", "notify", "appType",
          "$filter", "$top", "$skip", "tags", "expandApiVersionSet"}  # fmt: skip


class ConnectionAborted(Exception):
    """The connection is ended without an answer."""


@dataclass
class ResourceManagerApi:
    """`address`: of this server, whose own name is an audience too."""

    manager: ResourceManager
    checks: Checks
    login: Login
    set_faults: faults.Faults
    history: History[Request]
    address: str = ""

    def __post_init__(self) -> None:
        self._locks = Locks(self.manager.store)

    def application(self) -> web.Application:
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_get("/metadata/endpoints", self._endpoints)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _endpoints(self, request: web.Request) -> web.Response:
        """Where what belongs to this cloud is; told to everybody."""
        if request.query.getall("api-version", []) != [_METADATA]:
            problem = f"The api-version is required, and must be '{_METADATA}'."
            return web.json_response({"error": {"code": "InvalidApiVersionParameter", "message": problem}}, status=400)
        login = {
            "loginEndpoint": self.login.address,
            "audiences": sorted(_AUDIENCES),
            "tenant": "common",
            "identityProvider": "AAD",
        }
        return web.json_response({"name": "Local", "resourceManager": self.address, "authentication": login, "suffixes": {}})

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        started = time.monotonic()
        record = self.history.note(request, operation=None)
        try:
            answer = await self._answer(request, content, record)
        except ErrorResponse as refused:
            answer = refused.answer
        except ConnectionAborted:
            http.reset(request)
            answer = Response(500)
        finally:
            record.ms = round((time.monotonic() - started) * 1000, 3)
        record.status = answer.status
        return _response(answer)

    async def _answer(self, request: web.Request, content: bytes, record: Request) -> Response:
        self._authorised(request)
        target = routes.target(request.raw_path.partition("?")[0], self.login.identity.ids.subscription_id)
        record.operation = f"{_verb(request, target)} {target.operation}"
        with self._locks.hold(request.method, target, content):
            return await self._execute(request, target, content, record)

    async def _execute(self, request: web.Request, target: Target, content: bytes, record: Request) -> Response:
        before = await self._fault("before", record, request)
        if isinstance(before, Response):
            return before
        call = self._call(request, target, content)
        if target.action == "connectivityCheck":
            answer = await self.checks.execute(call, record, fails=before)
        else:
            answer = self.manager.execute(call, fails=before)
        after = await self._fault("after", record, request)
        return after if isinstance(after, Response) else answer

    def _call(self, request: web.Request, target: Target, content: bytes) -> Call:
        _version(request, target)
        _method(request.method, target)
        unknown = request.query.keys() - _QUERY
        if unknown:
            raise ErrorResponse(400, "InvalidQueryParameter", f"The query parameter '{min(unknown)}' is not known.")
        url = f"{self.address}{request.raw_path.partition('?')[0]}"
        return Call(request.method, target, dict(request.query), request.headers.get("If-Match"), content, url)

    def _authorised(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        challenge = f'Bearer authorization_uri="{self.login.authority}", error="invalid_token"'
        if not token or scheme.lower() != "bearer":
            message = "Authentication failed. The 'Authorization' header is missing."
            raise ErrorResponse(401, "AuthenticationFailed", message, WWW_Authenticate=challenge)
        try:
            claims = self.login.validate(token)
        except (jwt.PyJWTError, MalformedToken) as error:
            message = f"The access token is invalid: {error}."
            raise ErrorResponse(401, "InvalidAuthenticationToken", message, WWW_Authenticate=challenge) from None
        if str(claims.get("aud", "")).rstrip("/") not in {*_AUDIENCES, self.address}:
            message = f"The access token has been obtained for wrong audience or resource '{claims.get('aud')}'."
            raise ErrorResponse(401, "InvalidAuthenticationTokenAudience", message, WWW_Authenticate=challenge)

    async def _fault(self, moment: Moment, record: Request, request: web.Request) -> Response | dict[str, Any] | None:
        """Latency passes; the answer of a fault that answers is returned, or the error that a long operation is to end with."""
        fault = self.set_faults.take(moment, record.operation or "")
        if fault is None:
            return None
        record.faults.append(fault.fault)
        match fault:
            case faults.Latency():
                await asyncio.sleep(fault.ms / 1000)
                return None
            case faults.Hang():
                await http.client_gone(request, fault.seconds)
                raise ConnectionAborted
            case faults.Reset():
                raise ConnectionAborted
            case faults.OperationFails():
                return {"code": fault.code, "message": fault.message}
            case faults.Status():
                return _status(fault)
            case _:
                return None  # those of connectivity checks are asked for by kind


def _verb(request: web.Request, target: Target) -> str:
    """The method, but LIST for a collection and POLL for an operation that runs."""
    if request.method == "GET" and (target.operation_result or target.check_result or "asyncId" in request.query):
        return "POLL"
    return "LIST" if request.method == "GET" and target.collection else request.method


def _version(request: web.Request, target: Target) -> None:
    versions = request.query.getall("api-version", [])
    supported = VERSIONS[target.version]
    if len(versions) != 1:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise ErrorResponse(400, "MissingApiVersionParameter", message)
    if versions[0] != supported:
        message = f"No registered resource provider found for API version '{versions[0]}'. The supported api-versions are '{supported}'."
        raise ErrorResponse(400, "NoRegisteredProviderFound", message)


def _method(method: str, target: Target) -> None:
    if target.collection or target.operation_result or target.check_result:
        allowed = frozenset({"GET"})
    elif target.action:
        allowed = frozenset({"POST"})
    else:
        allowed = target.kind.methods
    if method not in allowed:
        message = f"The requested resource does not support http method '{method}'."
        raise ErrorResponse(405, "MethodNotAllowed", message, Allow=", ".join(sorted(allowed)))


def _status(fault: faults.Status) -> Response:
    headers = http.retry_after(fault.retry_after, fault.retry_after_form)
    if fault.html:
        return Response(fault.status, RawBody(b"<html><body><h1>Bad gateway</h1></body></html>", "text/html"), headers)
    more = {name: value for name, value in (("target", fault.target), ("details", fault.details)) if value}
    return Response(fault.status, {"error": {"code": fault.code, "message": fault.message, **more}}, headers)


def _response(answer: Response) -> web.Response:
    if answer.value is None:
        return web.Response(status=answer.status, headers=answer.headers)
    raw = answer.value if isinstance(answer.value, RawBody) else RawBody(json.dumps(answer.value).encode())
    return web.Response(status=answer.status, body=raw.content, content_type=raw.content_type, headers=answer.headers)
