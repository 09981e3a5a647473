"""What the management interfaces of the local servers have in common: state, history, faults, options and reset. JSON over HTTP."""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from pulumi_workspace365_sandbox.management import http
from pulumi_workspace365_sandbox.management.faults import FaultSet

_MOST_CALLS = 100_000


_Request = TypeVar("_Request", bound=BaseModel)


class History(Generic[_Request]):
    """The requests that arrived: names of headers only, no value that could be a secret."""

    def __init__(self, kind: type[_Request]) -> None:
        self._kind = kind
        self.clear()

    def clear(self) -> None:
        """Forget what was."""
        self.requests: deque[_Request] = deque(maxlen=_MOST_CALLS)
        self._number = 0

    def note(self, request: web.Request, **fields: Any) -> _Request:
        """Record a request, with further fields of its server."""
        self._number += 1
        common = {
            "number": self._number,
            "method": request.method,
            "path": request.raw_path.partition("?")[0],
            "query": dict(request.query),
            "headers": sorted({name.lower() for name in request.headers}),
        }
        record = self._kind.model_validate(common | fields)
        self.requests.append(record)
        return record


@dataclass
class Interface(ABC):
    """The routes of every server; each adds its own."""

    set_faults: FaultSet[Any]
    history: History[Any]

    def application(self) -> web.Application:
        application = http.application()
        application.add_routes(
            [
                web.get("/state", self._state),
                web.get("/requests", self._requests),
                web.delete("/requests", self._clear_requests),
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear_faults),
                web.delete("/faults/{number}", self._remove_fault),
                web.patch("/options", self._set_options),
                web.post("/reset", self._reset),
                *self.routes(),
            ]
        )
        return application

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """What this server alone has."""

    @abstractmethod
    def state(self) -> BaseModel:
        """Everything the server holds."""

    @property
    @abstractmethod
    def options(self) -> BaseModel:
        """How the server behaves."""

    @abstractmethod
    def set_options(self, options: Any) -> None:
        """Let the server behave so."""

    @abstractmethod
    async def empty(self) -> None:
        """Back to what there is at the first start."""

    def clear_history(self) -> None:
        """Forget what was asked."""
        self.history.clear()

    async def _state(self, _: web.Request) -> web.Response:
        return http.shown(self.state())

    async def _requests(self, request: web.Request) -> web.Response:
        return http.filtered(self.history.requests, request)

    async def _clear_requests(self, _: web.Request) -> web.Response:
        self.clear_history()
        return web.json_response({})

    async def _add_fault(self, request: web.Request) -> web.Response:
        fault = self.set_faults.adapter.validate_python(await http.json_object(request))
        return web.json_response({"number": self.set_faults.add(fault)})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self.set_faults.clear()
        return web.json_response({})

    async def _remove_fault(self, request: web.Request) -> web.Response:
        if not self.set_faults.remove(int(request.match_info["number"])):
            raise KeyError("no fault is set under this number; it may have been used up")
        return web.json_response({})

    async def _set_options(self, request: web.Request) -> web.Response:
        self.set_options(type(self.options).model_validate(self.options.model_dump() | await http.json_object(request)))
        return http.shown(self.options)

    async def _reset(self, _: web.Request) -> web.Response:
        await self.empty()
        self.set_faults.clear()
        self.clear_history()
        return web.json_response({})
