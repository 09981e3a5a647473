"""The operations of the API, each carried out honestly on the store."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pulumi_workspace365_sandbox.workspace365 import responses
from pulumi_workspace365_sandbox.workspace365.listing import Listing
from pulumi_workspace365_sandbox.workspace365.name_rules import Sanitiser
from pulumi_workspace365_sandbox.workspace365.records import Environment, Operation, ServerOptions
from pulumi_workspace365_sandbox.workspace365.request_bodies import NewEnvironment
from pulumi_workspace365_sandbox.workspace365.responses import ErrorResponse, Response
from pulumi_workspace365_sandbox.workspace365.store import Store, new_environment, timestamp

_LONGEST_NAME = 2000  # bytes of its percent-encoded form: it has to fit into a request line
_COMPONENTS = {
    "Database": "00:00:00.0092007",
    "Redis": "00:00:00.0035770",
    "RabbitMq": "00:00:00.0297460",
    "BlobStorage": "00:00:00.0034293",
    "Elasticsearch": "00:00:00.0783747",
}


@dataclass(frozen=True)
class Call:
    """One accepted call: the environment's name of the path, the query and the fields of the body."""

    operation: Operation
    name: str | None
    query: dict[str, str]
    body: dict[str, Any]


class Instance:
    """One Workspace 365 instance."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.options = ServerOptions()
        self.listing = Listing()
        self.sanitiser = Sanitiser()
        self._delayed: dict[str, int] = {}
        self._dates: dict[str, str] = {}
        self._exports = itertools.count(1)
        self._operations: dict[Operation, Callable[[Call], Response]] = {
            "createEnvironment": self._create,
            "activateEnvironment": self._activate,
            "deactivateEnvironment": self._deactivate,
            "deleteEnvironment": self._delete,
            "listEnvironments": self._list,
            "setOAuth2": self._set_oauth2,
            "getLicensing": self._licensing,
            "exportEnvironment": self._export,
            "importEnvironment": self._import,
            "setExchange": self._set_exchange,
            "setSharePoint": self._set_sharepoint,
            "getHealth": self._health,
        }

    def execute(self, call: Call) -> Response:
        """Do what the call asks. Raises ErrorResponse for what the reference lets the server refuse."""
        return self._operations[call.operation](call)

    def now(self) -> datetime:
        """The time by the server's own clock."""
        return datetime.now(UTC) + timedelta(seconds=self.options.clock_ahead)

    def clear(self) -> None:
        """No environments, and nothing remembered of those there were."""
        self.store.clear()
        self.listing.clear()
        self.sanitiser.reset()
        self._delayed.clear()
        self._dates.clear()
        self.options = ServerOptions()

    def _environment(self, call: Call) -> Environment:
        environment = self.store.environments.get(call.name or "")
        if environment is None and self.options.ignore_case:
            environment = self._alike(call.name or "")
        if environment is None or self._is_delayed(environment):
            raise ErrorResponse(responses.NOT_FOUND)
        return environment

    def _is_delayed(self, environment: Environment) -> bool:
        """Whether its own addresses do not know it yet; each call counts."""
        left = self._delayed.pop(environment.id, 0)
        if left:
            self._delayed[environment.id] = left - 1
        return bool(left)

    def _alike(self, name: str) -> Environment | None:
        return next((item for item in self.store.environments.values() if item.name.casefold() == name.casefold()), None)

    def _create(self, call: Call) -> Response:
        requested = NewEnvironment(**call.body)
        name = self.sanitiser(self.options.sanitiser, requested.EnvironmentName, self.store.is_name_taken)
        if self.options.on_collision == "existing" and (existing := self._alike(name)):
            return _created(existing)
        name = self._free_name(name)
        creation_date = self._dates.get(name) if self.options.recreated_date == "kept" else None
        made = new_environment(
            requested, name, is_active=self.options.new_is_active, creation_date=creation_date or timestamp(self.now())
        )
        self.store.save(made)
        self._delayed[made.id] = self.options.address_delay
        return replace(_created(made), affected_environment=made)

    def _free_name(self, name: str) -> str:
        if not name or name in {".", ".."} or name.casefold() == "demo" or len(quote(name, safe="")) > _LONGEST_NAME:
            raise ErrorResponse(responses.bad_request("The environment name is not allowed.", "EnvironmentName"))
        if not self.store.is_name_taken(name):
            return name
        if self.options.on_collision == "refuse":
            raise ErrorResponse(responses.bad_request("The environment name is already in use.", "EnvironmentName"))
        return next(free for number in range(1, 10_000) if not self.store.is_name_taken(free := f"{name}{number}"))

    def _activate(self, call: Call) -> Response:
        self._set_active(call, is_active=True)
        return Response(value="The environment is active")

    def _deactivate(self, call: Call) -> Response:
        self._set_active(call, is_active=False)
        return Response(value="The environment is deactivated")

    def _set_active(self, call: Call, *, is_active: bool) -> None:
        environment = self._environment(call)
        if environment.is_active == is_active and self.options.repetition == "refuse":
            raise ErrorResponse(responses.bad_request(f"The environment is already {'active' if is_active else 'inactive'}."))
        self.store.save(environment.model_copy(update={"is_active": is_active}))

    def _delete(self, call: Call) -> Response:
        environment = self._environment(call)
        if environment.is_active and self.options.delete_active == "refuse":
            raise ErrorResponse(responses.bad_request("An active environment cannot be deleted."))
        deleted = self.store.delete(environment.name)
        self._dates[deleted.name] = deleted.creation_date
        return Response(value="The environment is deleted", affected_environment=deleted)

    def _list(self, _: Call) -> Response:
        entries = self.listing.entries(self.store.environments)
        if self.options.listed_name == "lower":
            entries = [entry | {"name": entry["name"].lower()} for entry in entries]
        return Response(value=entries)

    def _set_oauth2(self, call: Call) -> Response:
        environment = self._environment(call)
        if self.options.on_premises:
            raise ErrorResponse(responses.NOT_FOUND)
        self.store.save(environment.model_copy(update={"oauth2": call.body}))
        return Response()

    def _set_exchange(self, call: Call) -> Response:
        """A URL that is left out keeps its stored value."""
        environment = self._environment(call)
        self.store.save(environment.model_copy(update={"exchange": environment.exchange | call.body}))
        return Response()

    def _set_sharepoint(self, call: Call) -> Response:
        environment = self._environment(call)
        self.store.save(environment.model_copy(update={"sharepoint": environment.sharepoint | call.body}))
        return Response()

    def _licensing(self, call: Call) -> Response:
        environment = self._environment(call)
        licensing = environment.licensing
        customer: dict[str, Any] = {
            "name": licensing.customer_name or environment.name,
            "referenceNumber": licensing.reference_number,
            "customerType": licensing.customer_type,
            "industry": licensing.industry,
        }
        modules = {"regularUsers": licensing.regular_users, "guestUsers": licensing.guest_users}
        if call.query["version"] == "4.0":
            return Response(value={"moduleSummary": modules, "customer": customer})
        customer["UseNewBillingMethod"] = licensing.use_new_billing_method
        return Response(value={"summary": licensing.summary, "moduleSummary": modules, "customer": customer})

    def _export(self, call: Call) -> Response:
        info = {"hostingInstanceId": self.store.instance_id, "version": 1, "exportDateTime": timestamp(self.now())}
        parts = {"appImages": [], "tileGroups": [], "apps": []} | self._environment(call).configuration
        if self.options.export == "changing":
            parts["exportNumber"] = next(self._exports)
        return Response(
            value={"exportImportInfo": info} | {key: part for key, part in parts.items() if key != "exportImportInfo"}
        )

    def _import(self, call: Call) -> Response:
        environment = self._environment(call)
        if environment.imported or environment.users > 1 or any(environment.configuration.values()):
            raise ErrorResponse(Response(400, responses.validation_result(self.options.not_empty_message, [])))
        self.store.save(environment.model_copy(update={"configuration": call.body, "imported": True}))
        return Response()

    def _health(self, _: Call) -> Response:
        components = [{"component": name, "status": "OK", "responseTime": took} for name, took in _COMPONENTS.items()]
        return Response(value={"overallStatus": "OK", "components": components, "productVersion": "4.7.0.732-rc"})


def _created(environment: Environment) -> Response:
    body = {"Id": environment.id, "EnvironmentName": environment.name, "TemporaryPassword": environment.temporary_password}
    return Response(value=body)
