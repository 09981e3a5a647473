"""What each call does to the resources."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from pulumi_workspace365_sandbox.azure.arm import resource_rules, response_bodies, side_effects
from pulumi_workspace365_sandbox.azure.arm.resource_rules import ResourceUpdate
from pulumi_workspace365_sandbox.azure.arm.resource_types import VERSIONS
from pulumi_workspace365_sandbox.azure.arm.responses import ErrorResponse, Response, invalid, json_object, not_found, refusal
from pulumi_workspace365_sandbox.azure.arm.routes import Target
from pulumi_workspace365_sandbox.azure.records import Resource, ServerOptions
from pulumi_workspace365_sandbox.azure.store import Store

_MISSING_MATCH = "The If-Match header is required: the entity's ETag, or '*' for an unconditional change."
_READ_ONLY = frozenset({"id", "name", "type"})


@dataclass(frozen=True)
class Call:
    """A request whose path, token and version are right. `url`: without the query."""

    method: str
    target: Target
    query: Mapping[str, str]
    if_match: str | None
    content: bytes
    url: str


@dataclass
class LongRunningOperation:
    """A long-running operation: how many more polls find it unfinished, and how it ends."""

    id: str
    left: int
    error: dict[str, Any] | None = None


@dataclass
class ResourceManager:
    """One subscription with one API Management service in it."""

    store: Store
    options: ServerOptions = field(default_factory=ServerOptions)
    running: dict[str, LongRunningOperation] = field(default_factory=dict)

    def execute(self, call: Call, *, fails: dict[str, Any] | None = None) -> Response:
        """Raises ErrorResponse. With `fails`, a long-running operation ends with this error, and what it did is undone."""
        target = call.target
        if target.operation_result:
            return self._operation_result(target.operation_result)
        if "asyncId" in call.query:
            return self._polled(call)
        self.reachable(call)
        if target.action:
            return resource_rules.act(target, self._existing(target), self.store)
        if target.collection:
            return self._listed(call)
        carry_out: Callable[[Call], Response] = getattr(self, f"_{call.method.lower()}")
        before = dict(self.store.resources) if fails else {}
        answer = carry_out(call)
        if call.method in target.kind.long and answer.status != 204:
            return self._started(call, answer, before, fails)
        return answer

    # One resource.

    def _get(self, call: Call) -> Response:
        resource = self._existing(call.target)
        return Response(value=self._shown(resource, call.query), headers={"ETag": resource.etag})

    def _head(self, call: Call) -> Response:
        return Response(call.target.kind.head, headers={"ETag": self._existing(call.target).etag})

    def _put(self, call: Call) -> Response:
        old = self.store.find(call.target.id)
        if not call.target.kind.is_valid_name(call.target.name):
            raise invalid("name", f"'{call.target.name}' is not a valid name for this entity.")
        if call.target.kind.path.startswith("apis/") and len(call.target.names[0]) > call.target.kind.longest_api:
            raise invalid("apiId", f"'{call.target.names[0]}' has more than {call.target.kind.longest_api} characters.")
        if old and call.if_match not in {None, "", "*", old.etag}:
            raise _changed_meanwhile()
        content = call.content or b"{}" if call.target.kind.bodiless else call.content
        return self._saved(call, old, _body(content, call.target.kind.outer))

    def _patch(self, call: Call) -> Response:
        old = self._matched(call, self._existing(call.target))
        body = _body(call.content, call.target.kind.outer)
        body["properties"] = old.properties | body["properties"]
        return self._saved(call, old, {"properties": body["properties"], **(old.outer | _outer(body))})

    def _delete(self, call: Call) -> Response:
        resource = self.store.find(call.target.id)
        if resource is None:
            return Response(204)
        if call.if_match not in {None, ""}:
            self._matched(call, resource)
        side_effects.check_deletable(resource, self.store)
        self.store.delete(resource.id, *side_effects.cascade_delete(resource, self.store))
        return Response(202 if "DELETE" in call.target.kind.long else 200)

    def _saved(self, call: Call, old: Resource | None, body: dict[str, Any]) -> Response:
        target = call.target
        properties = _validated(target, body["properties"])
        deployment = ResourceUpdate(target, properties, old, self.store)
        resource = Resource(
            id=old.id if old else target.id,
            kind=target.kind.path,
            name=old.name if old else target.name,
            type=response_bodies.type_of(target),
            properties=resource_rules.before_save(deployment),
            outer=_outer(body),
            etag=self.store.etag(),
        )
        self.store.save(resource, *side_effects.cascade_save(resource, old, self.store))
        return Response(200 if old else 201, self._shown(resource, {}), {"ETag": resource.etag})

    def _existing(self, target: Target) -> Resource:
        resource = self.store.find(target.id)
        if resource is None:
            raise not_found(target.kind.noun)
        return resource

    def _matched(self, call: Call, resource: Resource) -> Resource:
        if not call.if_match:
            raise ErrorResponse(400, "MissingRequiredHeader", _MISSING_MATCH)
        if call.if_match not in {"*", resource.etag}:
            raise _changed_meanwhile()
        return resource

    def _listed(self, call: Call) -> Response:
        resources = self.store.below(call.target.parent_id, call.target.kind.path)
        depth = call.target.id.count("/") + 1
        listed = [self._shown(item, call.query) for item in resources if item.id.count("/") == depth]
        return Response(value={"value": listed, "count": len(listed)})

    def _shown(self, resource: Resource, query: Mapping[str, str]) -> dict[str, Any]:
        return response_bodies.to_response(resource, query, self.options.foreign_ids)

    # Around it.

    def reachable(self, call: Call) -> None:
        """The service and every parent exist, and no operation on them is still running. Raises ErrorResponse."""
        target = call.target
        if target.service and not self.store.find(target.service):
            message = f"The Resource 'Microsoft.ApiManagement/service/{target.service.rpartition('/')[2]}' was not found."
            raise ErrorResponse(404, "ResourceNotFound", message)
        for kind, id_ in response_bodies.parents(target):
            if not self.store.find(id_):
                raise not_found(kind.noun)
        if call.method in {"PUT", "PATCH", "DELETE"}:
            for running in self.running.values():
                if running.left and f"{target.id.casefold()}/".startswith(f"{running.id.casefold()}/"):
                    message = "Another operation on this entity is in progress: wait for it, then try again."
                    raise ErrorResponse(409, "AnotherOperationInProgress", message, Retry_After=str(self.options.retry_after))

    # Long-running operations.

    def _started(self, call: Call, answer: Response, before: dict[str, Resource], fails: dict[str, Any] | None) -> Response:
        number = secrets.token_hex(12)
        self.running[number] = LongRunningOperation(call.target.id, self.options.polls, fails)
        if fails:
            self.store.restore(before)
        origin = call.url.partition("/subscriptions/")[0]
        version = f"api-version={VERSIONS['Microsoft.ApiManagement']}"
        results = f"{origin}{call.target.service}/tenant/operationResults/{number}?{version}"
        deleted = call.method == "DELETE"
        location = results if deleted else f"{call.url}?{version}&asyncId={number}&asyncCode={answer.status}"
        value = (
            answer.value
            if deleted
            else {**answer.value, "properties": answer.value["properties"] | {"provisioningState": "InProgress"}}
        )
        headers = answer.headers | {"Location": location, "Azure-AsyncOperation": results} | self._wait()
        return Response(answer.status, value, headers)

    def _wait(self) -> dict[str, str]:
        return {"Retry-After": str(self.options.retry_after)}

    def _operation_result(self, number: str) -> Response:
        """The state of an operation: by its `status`; for a delete the final answer is the same."""
        running = self._find_running(number)
        body: dict[str, Any] = {"id": f"{running.id}/operationResults/{number}", "name": number}
        if running.left:
            running.left -= 1
            return Response(202, body | {"status": "InProgress"}, self._wait())
        if running.error:
            return Response(200, body | {"status": "Failed", "error": running.error})
        return Response(200, body | {"status": "Succeeded"})

    def _polled(self, call: Call) -> Response:
        """The `Location` of a PUT or PATCH: 202 while it runs, then the resource."""
        running = self._find_running(call.query["asyncId"])
        if running.left:
            running.left -= 1
            location = f"{call.url}?" + "&".join(f"{name}={value}" for name, value in call.query.items())
            return Response(202, headers=self._wait() | {"Location": location})
        if running.error:
            raise ErrorResponse(400, running.error["code"], running.error["message"])
        return self._get(call)

    def _find_running(self, number: str) -> LongRunningOperation:
        if number not in self.running:
            raise not_found("Operation result")
        return self.running[number]


def _changed_meanwhile() -> ErrorResponse:
    return ErrorResponse(412, "PreconditionFailed", "The entity was changed since it was read: its ETag is not that of If-Match.")


def _outer(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "properties"}


def _body(content: bytes, outer: frozenset[str]) -> dict[str, Any]:
    body = json_object(content)
    unknown = body.keys() - {"properties"} - outer - _READ_ONLY
    if unknown:
        raise invalid(min(unknown), f"Could not find member '{min(unknown)}' on object.")
    properties = body.get("properties") or {}
    if not isinstance(properties, dict):
        raise invalid("properties", "'properties' must be an object.")
    return {"properties": properties, **{name: value for name, value in body.items() if name in outer}}


def _validated(target: Target, properties: dict[str, Any]) -> dict[str, Any]:
    """The properties that were given and are not null."""
    given = {name: value for name, value in properties.items() if value is not None}
    if target.kind.body is None:
        return given
    try:
        return target.kind.body.model_validate(given).model_dump(exclude_none=True, exclude_unset=True, by_alias=True)
    except ValidationError as error:
        raise refusal(error) from None
