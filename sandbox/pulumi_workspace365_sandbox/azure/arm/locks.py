"""Locks an API during a change: another change before its response is refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pulumi_workspace365_sandbox.azure.arm.responses import ErrorResponse
from pulumi_workspace365_sandbox.azure.arm.routes import Target
from pulumi_workspace365_sandbox.azure.store import Store

_CHANGES = {"PUT", "PATCH", "DELETE"}
_ASSOCIATIONS = {"gateways/apis", "products/apis"}
_NAMING = {"products/apiLinks": "apiId", "tags/apiLinks": "apiId", "subscriptions": "scope"}


@dataclass
class Locks:
    """The APIs whose changes are on their way."""

    store: Store
    _locked_apis: set[str] = field(default_factory=set)

    @contextmanager
    def hold(self, method: str, target: Target, content: bytes) -> Iterator[None]:
        """Raises ErrorResponse."""
        api = self._api(target, content) if method in _CHANGES else ""
        if api in self._locked_apis:
            raise ErrorResponse(409, "PessimisticConcurrencyConflict", "Operation on the API is in progress")
        self._locked_apis |= {api} - {""}
        try:
            yield
        finally:
            self._locked_apis.discard(api)

    def _api(self, target: Target, content: bytes) -> str:
        """The id of the API that a change concerns, folded; empty for none."""
        kind, names = target.kind.path, target.names
        if kind.partition("/")[0] == "apis":
            return f"{target.service}/apis/{names[0]}".casefold()
        if kind in _ASSOCIATIONS:
            return f"{target.service}/apis/{names[1]}".casefold()
        named = self._named(target, content, _NAMING[kind]) if kind in _NAMING else ""
        short = f"/apis/{named.partition('/apis/')[2]}"
        return f"{target.service}{short}".casefold() if named.endswith(short) else ""

    def _named(self, target: Target, content: bytes, member: str) -> str:
        """By what the request says, else by what is there."""
        try:
            return str(json.loads(content)["properties"][member])
        except (LookupError, TypeError, ValueError):
            resource = self.store.find(target.id)
            return str(resource.properties.get(member, "")) if resource else ""
