"""A typed client of a management interface, on the standard library alone."""

import json
from typing import Any, Generic, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from pydantic import BaseModel

from pulumi_workspace365_sandbox.management.faults import Fault

_OPENER = build_opener(ProxyHandler({}))
_State = TypeVar("_State", bound=BaseModel)
_Options = TypeVar("_Options", bound=BaseModel)
_Request = TypeVar("_Request", bound=BaseModel)
_Fault = TypeVar("_Fault", bound=Fault)
_Model = TypeVar("_Model", bound=BaseModel)


class ManagementError(Exception):
    """The management interface refused; the message says why."""


class Client(Generic[_State, _Options, _Request, _Fault]):
    """See and change everything of one server behind its back; ManagementError for wrong use."""

    state_type: type[_State]
    options_type: type[_Options]
    request_type: type[_Request]

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def state(self) -> _State:
        """Everything the server holds, secrets included."""
        return self.state_type.model_validate(self._call("GET", "/state"))

    def requests(self, **fields: str | int | None) -> list[_Request]:
        """The history, oldest first; `operation="createEnvironment"` and the like keep only requests with that value."""
        return self._records(self.request_type, "/requests", fields)

    def clear_requests(self) -> None:
        """Forget requests and logs."""
        self._call("DELETE", "/requests")

    def inject(self, *faults: _Fault) -> list[int]:
        """Set faults, in this order; their numbers are for `remove_fault`."""
        return [self._call("POST", "/faults", fault.model_dump())["number"] for fault in faults]

    def remove_fault(self, number: int) -> None:
        self._call("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def set_options(self, **options: Any) -> _Options:
        """Set options, the fields of `ServerOptions`; the others stay as they are."""
        return self.options_type.model_validate(self._call("PATCH", "/options", options))

    def reset(self) -> None:
        """As at the first start: no faults or history, every option as it was; keys, ids and certificates stay."""
        self._call("POST", "/reset")

    def _records(self, kind: type[_Model], path: str, fields: dict[str, Any]) -> list[_Model]:
        return [kind.model_validate(item) for item in self._call("GET", f"{path}?{urlencode(fields)}")]

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.base_url + path, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310  http, loopback
        try:
            with _OPENER.open(request, timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            raise ManagementError(f"{method} {path}: {error.read().decode()}") from None
