"""The management interface, on a port of its own: see and change everything behind the API's back. JSON over HTTP."""

from dataclasses import dataclass, field

from aiohttp import web

from pulumi_workspace365_sandbox.azure import faults, seeds
from pulumi_workspace365_sandbox.azure.arm import side_effects
from pulumi_workspace365_sandbox.azure.arm.operations import ResourceManager
from pulumi_workspace365_sandbox.azure.connectivity.checks import Checks
from pulumi_workspace365_sandbox.azure.echo import Echo
from pulumi_workspace365_sandbox.azure.gateway.listener import Gateway
from pulumi_workspace365_sandbox.azure.history import History
from pulumi_workspace365_sandbox.azure.login import Login
from pulumi_workspace365_sandbox.azure.records import Resource, ServerOptions, State
from pulumi_workspace365_sandbox.management import http
from pulumi_workspace365_sandbox.management.http import filtered, json_object


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
        application = http.application()
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
        return filtered(self.history.requests, request)

    async def _clear_requests(self, _: web.Request) -> web.Response:
        self.history.clear()
        self.gateway.logs.clear()
        self.echo.requests.clear()
        return web.json_response({})

    async def _gateway_logs(self, request: web.Request) -> web.Response:
        return filtered(self.gateway.logs.gateway, request)

    async def _connection_logs(self, request: web.Request) -> web.Response:
        return filtered(self.gateway.logs.connections, request)

    async def _backend_requests(self, request: web.Request) -> web.Response:
        return filtered(self.echo.requests, request)

    async def _mint(self, request: web.Request) -> web.Response:
        """A token with the claims of the body; `lifetime` in seconds beside them."""
        body = await json_object(request)
        return web.json_response({"token": self.login.mint(body["claims"], lifetime=body["lifetime"])})

    async def _add_fault(self, request: web.Request) -> web.Response:
        return web.json_response({"number": self.set_faults.add(faults.FAULT.validate_python(await json_object(request)))})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self.set_faults.clear()
        return web.json_response({})

    async def _turn_knobs(self, request: web.Request) -> web.Response:
        self._turned(ServerOptions.model_validate(self.manager.knobs.model_dump() | await json_object(request)))
        return web.json_response(self.manager.knobs.model_dump())

    def plant_aliases(self, backend: str) -> None:
        """The names of the echo backend and of one where nothing listens."""
        self.aliases = {seeds.BACKEND: [backend], seeds.CLOSED_BACKEND: [seeds.CLOSED_ADDRESS]}
        self._turned(ServerOptions(aliases=self.aliases))

    def _turned(self, knobs: ServerOptions) -> None:
        self.manager.knobs = self.gateway.knobs = knobs

    async def _change(self, request: web.Request) -> web.Response:
        """Change properties of a resource as somebody else would, past all rules."""
        store, found = self.manager.store, self._resource(request)
        properties = found.properties | await json_object(request)
        kept = {name: value for name, value in properties.items() if value is not None}
        store.save(found.model_copy(update={"properties": kept, "etag": store.etag()}))
        return web.json_response(self._resource(request).model_dump())

    async def _delete(self, request: web.Request) -> web.Response:
        store, found = self.manager.store, self._resource(request)
        store.delete(found.id, *side_effects.gone_with(found, store))
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
        self._turned(ServerOptions(aliases=self.aliases))
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
