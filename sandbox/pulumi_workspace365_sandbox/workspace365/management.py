"""The management interface, on a port of its own: see and change everything behind the API's back. JSON over HTTP."""

import uuid
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from pulumi_workspace365_sandbox.management import http
from pulumi_workspace365_sandbox.management.http import filtered, json_object
from pulumi_workspace365_sandbox.workspace365 import faults
from pulumi_workspace365_sandbox.workspace365.history import History
from pulumi_workspace365_sandbox.workspace365.operations import Instance
from pulumi_workspace365_sandbox.workspace365.records import Environment, ServerOptions, State
from pulumi_workspace365_sandbox.workspace365.request_bodies import NewEnvironment
from pulumi_workspace365_sandbox.workspace365.store import new_environment, timestamp


class Management:
    """The routes; README.md lists them."""

    def __init__(self, instance: Instance, set_faults: faults.Faults, history: History) -> None:
        self._instance = instance
        self._faults = set_faults
        self._history = history

    def application(self) -> web.Application:
        application = http.application()
        application.add_routes(
            [
                web.get("/state", self._state),
                web.get("/statistics", self._statistics),
                web.get("/requests", self._requests),
                web.delete("/requests", self._clear_requests),
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear_faults),
                web.delete("/faults/{number}", self._remove_fault),
                web.patch("/knobs", self._turn_knobs),
                web.patch("/keys", self._change_keys),
                web.put("/environments/{name}", self._seed),
                web.patch("/environments/{name}", self._change),
                web.delete("/environments/{name}", self._delete),
                web.post("/environments/{name}/recreate", self._recreate),
                web.post("/reset", self._reset),
            ]
        )
        return application

    async def _state(self, _: web.Request) -> web.Response:
        state = State(
            keys=self._instance.store.keys,
            knobs=self._instance.knobs,
            environments=self._instance.store.environments,
            faults=self._faults.listed(),
            statistics=self._history.statistics(),
        )
        return _model(state)

    async def _statistics(self, _: web.Request) -> web.Response:
        return _model(self._history.statistics())

    async def _requests(self, request: web.Request) -> web.Response:
        return filtered(self._history.requests, request)

    async def _clear_requests(self, _: web.Request) -> web.Response:
        self._history.clear()
        return _json({})

    async def _add_fault(self, request: web.Request) -> web.Response:
        return _json({"number": self._faults.add(faults.FAULT.validate_python(await json_object(request)))})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._faults.clear()
        return _json({})

    async def _remove_fault(self, request: web.Request) -> web.Response:
        if not self._faults.remove(int(request.match_info["number"])):
            raise KeyError("no fault is set under this number; it may have been used up")
        return _json({})

    async def _turn_knobs(self, request: web.Request) -> web.Response:
        self._instance.knobs = ServerOptions.model_validate(self._instance.knobs.model_dump() | await json_object(request))
        return _model(self._instance.knobs)

    async def _change_keys(self, request: web.Request) -> web.Response:
        store = self._instance.store
        store.replace_keys(type(store.keys).model_validate(store.keys.model_dump() | await json_object(request)))
        return _model(store.keys)

    async def _seed(self, request: web.Request) -> web.Response:
        """Create, or replace, an environment under exactly this name, with whatever fields the body gives."""
        name = request.match_info["name"]
        wanted = NewEnvironment(EnvironmentName=name, EmailAddress="admin@example.com", FirstName="Admin", LastName="-")
        fresh = new_environment(wanted, name, is_active=True).model_dump()
        return self._saved(Environment.model_validate(fresh | await json_object(request)))

    async def _change(self, request: web.Request) -> web.Response:
        old = self._environment(request)
        return self._saved(Environment.model_validate(old.model_dump() | await json_object(request) | {"name": old.name}))

    async def _delete(self, request: web.Request) -> web.Response:
        return _model(self._instance.store.delete(self._environment(request).name))

    async def _recreate(self, request: web.Request) -> web.Response:
        """Delete and create again under the same name: a new id and creation date, no settings, nothing imported."""
        old = self._instance.store.delete(self._environment(request).name)
        kept = old.model_dump(
            include={"name", "requested_name", "email_address", "first_name", "last_name", "temporary_password"}
        )
        return self._saved(Environment(**kept, id=str(uuid.uuid4()), creation_date=timestamp()))

    async def _reset(self, _: web.Request) -> web.Response:
        """Back to an empty instance without faults; the keys stay."""
        self._instance.clear()
        self._faults.clear()
        self._history.clear()
        return _json({})

    def _environment(self, request: web.Request) -> Environment:
        name = request.match_info["name"]
        if name not in self._instance.store.environments:
            raise KeyError(f"there is no environment {name!r}")
        return self._instance.store.environments[name]

    def _saved(self, environment: Environment) -> web.Response:
        self._instance.store.save(environment)
        return _model(environment)


def _json(value: Any) -> web.Response:
    return web.json_response(value)


def _model(value: BaseModel) -> web.Response:
    return web.Response(text=value.model_dump_json(), content_type="application/json")
