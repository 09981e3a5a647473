"""The management interface, on a port of its own: see and change everything behind the API's back. JSON over HTTP."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from sandbox.azure import faults, seeds
from sandbox.azure.arm import consequences
from sandbox.azure.arm.operations import ResourceManager
from sandbox.azure.connectivity.checks import Checks
from sandbox.azure.echo import Echo
from sandbox.azure.gateway.listener import Gateway
from sandbox.azure.history import History
from sandbox.azure.login import Login
from sandbox.azure.records import Knobs, Resource, State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Management:
    """The routes; README.md lists them."""

    manager: ResourceManager
    checks: Checks
    gateway: Gateway
    login: Login
    echo: Echo
    set_faults: faults.Faults
    history: History
    gateway_url: str = ""
    aliases: dict[str, list[str]] = field(default_factory=dict)

    def application(self) -> web.Application:
        application = web.Application(middlewares=[_plain_errors], client_max_size=16 * 1024 * 1024)
        application.add_routes(
            [
                web.get("/state", self._state),
                web.get("/requests", self._requests),
                web.delete("/requests", self._clear_requests),
                web.get("/logs/gateway", self._gateway_logs),
                web.get("/logs/connections", self._connection_logs),
                web.get("/backend/requests", self._backend_requests),
                web.post("/tokens", self._mint),
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear_faults),
                web.patch("/knobs", self._turn_knobs),
                web.patch("/resources", self._change),
                web.delete("/resources", self._delete),
                web.delete("/counters", self._clear_counters),
                web.delete("/connections", self._end_connections),
                web.post("/reset", self._reset),
            ]
        )
        return application

    async def _state(self, _: web.Request) -> web.Response:
        state = State(
            knobs=self.manager.knobs,
            resources=self.manager.store.resources,
            faults=self.set_faults.listed(),
            open_connections=len(self.gateway.open),
        )
        return web.Response(text=state.model_dump_json(), content_type="application/json")

    async def _requests(self, request: web.Request) -> web.Response:
        return _filtered(self.history.requests, request)

    async def _clear_requests(self, _: web.Request) -> web.Response:
        self.history.clear()
        self.gateway.logs.clear()
        self.echo.requests.clear()
        return web.json_response({})

    async def _gateway_logs(self, request: web.Request) -> web.Response:
        return _filtered(self.gateway.logs.gateway, request)

    async def _connection_logs(self, request: web.Request) -> web.Response:
        return _filtered(self.gateway.logs.connections, request)

    async def _backend_requests(self, request: web.Request) -> web.Response:
        return _filtered(self.echo.requests, request)

    async def _mint(self, request: web.Request) -> web.Response:
        """A token with the claims of the body; `lifetime` in seconds beside them."""
        body = await _object(request)
        return web.json_response({"token": self.login.mint(body["claims"], lifetime=body["lifetime"])})

    async def _add_fault(self, request: web.Request) -> web.Response:
        return web.json_response({"number": self.set_faults.add(faults.FAULT.validate_python(await _object(request)))})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self.set_faults.clear()
        return web.json_response({})

    async def _turn_knobs(self, request: web.Request) -> web.Response:
        self._turned(Knobs.model_validate(self.manager.knobs.model_dump() | await _object(request)))
        return web.json_response(self.manager.knobs.model_dump())

    def plant_aliases(self, backend: str) -> None:
        """The names of the echo backend and of one where nothing listens."""
        self.aliases = {seeds.BACKEND: [backend], seeds.CLOSED_BACKEND: [seeds.CLOSED_ADDRESS]}
        self._turned(Knobs(aliases=self.aliases))

    def _turned(self, knobs: Knobs) -> None:
        self.manager.knobs = self.gateway.knobs = knobs

    async def _change(self, request: web.Request) -> web.Response:
        """Change properties of a resource as somebody else would, past all rules."""
        store, found = self.manager.store, self._resource(request)
        properties = found.properties | await _object(request)
        kept = {name: value for name, value in properties.items() if value is not None}
        store.save(found.model_copy(update={"properties": kept, "etag": store.etag()}))
        return web.json_response(self._resource(request).model_dump())

    async def _delete(self, request: web.Request) -> web.Response:
        store, found = self.manager.store, self._resource(request)
        store.delete(found.id, *consequences.gone_with(found, store))
        return web.json_response({})

    async def _clear_counters(self, _: web.Request) -> web.Response:
        self.gateway.services.counters.clear()
        return web.json_response({})

    async def _end_connections(self, _: web.Request) -> web.Response:
        await self.gateway.end()
        return web.json_response({})

    async def _reset(self, _: web.Request) -> web.Response:
        """Back to the seeded service without faults, logs or counters; keys, ids and certificates stay."""
        self.manager.store.clear()
        self.manager.running.clear()
        self.checks.clear()
        self._turned(Knobs(aliases=self.aliases))
        seeds.plant(self.manager.store, self.login.identity.ids.subscription_id, self.gateway_url)
        self.set_faults.clear()
        self.gateway.services.counters.clear()
        await self.gateway.end()
        return await self._clear_requests(_)

    def _resource(self, request: web.Request) -> Resource:
        found = self.manager.store.find(request.query["id"])
        if found is None:
            raise KeyError(f"there is no resource {request.query['id']!r}")
        return found


def _filtered(records: Iterable[BaseModel], request: web.Request) -> web.Response:
    """Each query parameter is a field of a record and the value it must have."""
    wanted = dict(request.query)
    shown = (item.model_dump() for item in records)
    return web.json_response([item for item in shown if all(str(item[field]) == value for field, value in wanted.items())])


async def _object(request: web.Request) -> dict[str, Any]:
    value = json.loads(await request.read() or b"{}")
    if not isinstance(value, dict):
        raise TypeError("the body must be a JSON object")
    return value


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Wrong use of this interface is told in one line."""
    try:
        return await handler(request)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False))
        return web.json_response({"error": "; ".join(problems)}, status=400)
    except KeyError as error:
        return web.json_response({"error": str(error.args[0])}, status=404)
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
