"""The management interface, on a port of its own: see and change everything behind the API's back. JSON over HTTP."""

import uuid
from dataclasses import dataclass

from aiohttp import web

from pulumi_workspace365_sandbox.management.http import json_object, shown
from pulumi_workspace365_sandbox.management.interface import Interface
from pulumi_workspace365_sandbox.workspace365.history import History
from pulumi_workspace365_sandbox.workspace365.operations import Instance
from pulumi_workspace365_sandbox.workspace365.records import Environment, ServerOptions, State
from pulumi_workspace365_sandbox.workspace365.request_bodies import NewEnvironment
from pulumi_workspace365_sandbox.workspace365.store import new_environment, timestamp


@dataclass
class Management(Interface):
    """The routes; README.md lists them."""

    instance: Instance
    history: History

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/statistics", self._statistics),
            web.patch("/keys", self._change_keys),
            web.put("/environments/{name}", self._seed),
            web.patch("/environments/{name}", self._change),
            web.delete("/environments/{name}", self._delete),
            web.post("/environments/{name}/recreate", self._recreate),
        ]

    def state(self) -> State:
        return State(
            keys=self.instance.store.keys,
            options=self.instance.options,
            environments=self.instance.store.environments,
            faults=self.set_faults.listed(),
            statistics=self.history.statistics(),
        )

    @property
    def options(self) -> ServerOptions:
        return self.instance.options

    def set_options(self, options: ServerOptions) -> None:
        self.instance.options = options

    async def empty(self) -> None:
        """An empty instance; the keys stay."""
        self.instance.clear()

    async def _statistics(self, _: web.Request) -> web.Response:
        return shown(self.history.statistics())

    async def _change_keys(self, request: web.Request) -> web.Response:
        store = self.instance.store
        store.replace_keys(type(store.keys).model_validate(store.keys.model_dump() | await json_object(request)))
        return shown(store.keys)

    async def _seed(self, request: web.Request) -> web.Response:
        """Create, or replace, an environment under exactly this name, with whatever fields the body gives."""
        name = request.match_info["name"]
        requested = NewEnvironment(EnvironmentName=name, EmailAddress="admin@example.com", FirstName="Admin", LastName="-")
        fresh = new_environment(requested, name, is_active=True).model_dump()
        return self._saved(Environment.model_validate(fresh | await json_object(request)))

    async def _change(self, request: web.Request) -> web.Response:
        old = self._environment(request)
        return self._saved(Environment.model_validate(old.model_dump() | await json_object(request) | {"name": old.name}))

    async def _delete(self, request: web.Request) -> web.Response:
        return shown(self.instance.store.delete(self._environment(request).name))

    async def _recreate(self, request: web.Request) -> web.Response:
        """Delete and create again under the same name: a new id and creation date, no settings, nothing imported."""
        old = self.instance.store.delete(self._environment(request).name)
        fields = old.model_dump(
            include={"name", "requested_name", "email_address", "first_name", "last_name", "temporary_password"}
        )
        return self._saved(Environment(**fields, id=str(uuid.uuid4()), creation_date=timestamp()))

    def _environment(self, request: web.Request) -> Environment:
        name = request.match_info["name"]
        if name not in self.instance.store.environments:
            raise KeyError(f"there is no environment {name!r}")
        return self.instance.store.environments[name]

    def _saved(self, environment: Environment) -> web.Response:
        self.instance.store.save(environment)
        return shown(environment)
