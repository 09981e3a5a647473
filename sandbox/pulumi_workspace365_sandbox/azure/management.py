"""The management interface, on a port of its own: see and change everything behind the API's back. JSON over HTTP."""

from dataclasses import dataclass, field

from aiohttp import web

from pulumi_workspace365_sandbox.azure import seeds
from pulumi_workspace365_sandbox.azure.arm import side_effects
from pulumi_workspace365_sandbox.azure.arm.operations import ResourceManager
from pulumi_workspace365_sandbox.azure.connectivity.checks import Checks
from pulumi_workspace365_sandbox.azure.echo import Echo
from pulumi_workspace365_sandbox.azure.gateway.listener import Gateway
from pulumi_workspace365_sandbox.azure.key_vault.secret_store import NewSecret, SecretStore
from pulumi_workspace365_sandbox.azure.login import Login
from pulumi_workspace365_sandbox.azure.records import Resource, ServerOptions, State
from pulumi_workspace365_sandbox.management.http import filtered, json_object, shown
from pulumi_workspace365_sandbox.management.interface import Interface


@dataclass
class Management(Interface):
    """The routes; README.md lists them."""

    manager: ResourceManager
    checks: Checks
    gateway: Gateway
    login: Login
    echo: Echo
    secrets: SecretStore
    gateway_url: str = ""
    aliases: dict[str, list[str]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/logs/gateway", self._gateway_logs),
            web.get("/logs/connections", self._connection_logs),
            web.get("/backend/requests", self._backend_requests),
            web.post("/tokens", self._mint),
            web.post("/secrets", self._set_secret),
            web.patch("/resources", self._change),
            web.delete("/resources", self._delete),
            web.delete("/counters", self._clear_counters),
            web.delete("/connections", self._end_connections),
        ]

    def state(self) -> State:
        return State(
            options=self.manager.options,
            resources=self.manager.store.resources,
            faults=self.set_faults.listed(),
            open_connections=len(self.gateway.open),
        )

    @property
    def options(self) -> ServerOptions:
        return self.manager.options

    def set_options(self, options: ServerOptions) -> None:
        self.manager.options = self.gateway.options = options

    async def empty(self) -> None:
        """The seeded service, without logs or counters; keys, ids and certificates stay."""
        self.manager.store.clear()
        self.secrets.clear()
        self.manager.running.clear()
        self.checks.clear()
        self.set_options(ServerOptions(aliases=self.aliases))
        seeds.seed(self.manager.store, self.login.identity.ids.subscription_id, self.gateway_url)
        self.gateway.services.counters.clear()
        await self.gateway.end()

    def clear_history(self) -> None:
        super().clear_history()
        self.gateway.logs.clear()
        self.echo.requests.clear()

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

    async def _set_secret(self, request: web.Request) -> web.Response:
        """A new version of the secret `id`, which is an address such as https://contoso.vault.azure.net/secrets/name."""
        vault_url, _, name = request.query["id"].partition("/secrets/")
        made = self.secrets.set(vault_url, name, NewSecret.model_validate(await json_object(request)))
        return web.json_response({"version": made.version})

    def register_host_aliases(self, backend: str) -> None:
        """The names of the echo backend and of one where nothing listens."""
        self.aliases = {seeds.BACKEND: [backend], seeds.CLOSED_BACKEND: [seeds.CLOSED_ADDRESS]}
        self.set_options(ServerOptions(aliases=self.aliases))

    async def _change(self, request: web.Request) -> web.Response:
        """Change properties of a resource as somebody else would, past all rules."""
        store, resource = self.manager.store, self._resource(request)
        properties = resource.properties | await json_object(request)
        non_null = {name: value for name, value in properties.items() if value is not None}
        store.save(resource.model_copy(update={"properties": non_null, "etag": store.etag()}))
        return shown(self._resource(request))

    async def _delete(self, request: web.Request) -> web.Response:
        store, resource = self.manager.store, self._resource(request)
        store.delete(resource.id, *side_effects.cascade_delete(resource, store))
        return web.json_response({})

    async def _clear_counters(self, _: web.Request) -> web.Response:
        self.gateway.services.counters.clear()
        return web.json_response({})

    async def _end_connections(self, _: web.Request) -> web.Response:
        await self.gateway.end()
        return web.json_response({})

    def _resource(self, request: web.Request) -> Resource:
        resource = self.manager.store.find(request.query["id"])
        if resource is None:
            raise KeyError(f"there is no resource {request.query['id']!r}")
        return resource
