"""Is this call what the reference describes? Stricter than life: whatever it does not describe is refused."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from pulumi_workspace365_sandbox.workspace365 import responses
from pulumi_workspace365_sandbox.workspace365.records import Keys, Operation, ServerOptions
from pulumi_workspace365_sandbox.workspace365.request_bodies import (
    EnvironmentConfiguration,
    ExchangeSettings,
    NewEnvironment,
    OAuth2Settings,
    SharePointSettings,
)
from pulumi_workspace365_sandbox.workspace365.responses import ErrorResponse, Response
from pulumi_workspace365_sandbox.workspace365.routes import Route

BODIES: dict[Operation, type[BaseModel]] = {
    "createEnvironment": NewEnvironment,
    "setOAuth2": OAuth2Settings,
    "setExchange": ExchangeSettings,
    "setSharePoint": SharePointSettings,
    "importEnvironment": EnvironmentConfiguration,
}
_STATE_CHANGES: frozenset[Operation] = frozenset({"activateEnvironment", "deactivateEnvironment", "deleteEnvironment"})


def headers(route: Route, request_headers: Mapping[str, str], keys: Keys, options: ServerOptions) -> None:
    """Key and headers. Raises ErrorResponse with 403 (an HTML page when the option `header_refusal` says so)."""
    health = route.operation == "getHealth"
    enabled = options.health_api_enabled if health else options.provisioning_api_enabled
    own, other = ("HealthApiKey", "ProvisioningKey") if health else ("ProvisioningKey", "HealthApiKey")
    key = keys.health_api_key if health else keys.provisioning_key
    if not enabled or not key or other in request_headers:
        raise ErrorResponse(_forbidden(route.operation))
    if request_headers.get(own) != key:
        raise ErrorResponse(_forbidden(route.operation, options.wrong_key_status))
    if not health and options.header_refusal != "none" and request_headers.get("X-Requested-With") != "XMLHttpRequest":
        raise ErrorResponse(responses.login_page() if options.header_refusal == "html" else _forbidden(route.operation))


def _forbidden(operation: Operation, status: int = 403) -> Response:
    """403; for these three operations the reference shows a list of validation results beside it."""
    text = "The provisioning API is not enabled, its key is not configured, or the key in the header differs."
    return Response(status, [responses.validation_result(text, [])] if operation in _STATE_CHANGES else responses.NO_BODY)


def length(route: Route, request_headers: Mapping[str, str], options: ServerOptions) -> None:
    """Raises ErrorResponse with 411 when `Content-Length` is missing where the reference demands it; for calls without a body only while `demand_length` is on."""
    if not (route.body or options.demand_length):
        return
    sent_length = request_headers.get("Content-Length")
    empty_put = route.method == "PUT" and not route.body
    if "Transfer-Encoding" in request_headers or (sent_length != "0" if empty_put else route.body and sent_length is None):
        raise ErrorResponse(responses.LENGTH_REQUIRED)


def accept(request_headers: Mapping[str, str]) -> None:
    """Raises ErrorResponse when `Accept` is missing or leaves JSON out."""
    offered = {part.split(";")[0].strip().lower() for part in request_headers.get("Accept", "").split(",")}
    if not offered & {"application/json", "application/*", "*/*"}:
        raise ErrorResponse(responses.bad_request("Accept must be application/json.", "Accept"))


def query(route: Route, raw: str) -> dict[str, str]:
    """The query of a call: exactly one `version` of those the operation knows, or nothing."""
    pairs = parse_qsl(raw, keep_blank_values=True)
    values = dict(pairs)
    expected = {"version"} if route.versions else set()
    if len(pairs) != len(values) or set(values) != expected:
        raise ErrorResponse(responses.bad_request(f"Expected query parameters: {sorted(expected)}.", *(set(values) ^ expected)))
    if route.versions and values["version"] not in route.versions:
        raise ErrorResponse(responses.bad_request(f"version must be one of {', '.join(route.versions)}.", "version"))
    return values


def body(route: Route, request_headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
    """The body's fields, those that were sent. Raises ErrorResponse with 400, or with 500 when it is no JSON object at all."""
    if not route.body:
        if content:
            raise ErrorResponse(responses.bad_request("This call carries no body."))
        return {}
    media_type, _, parameters = request_headers.get("Content-Type", "").partition(";")
    if media_type.strip().lower() != "application/json" or parameters.strip().lower() not in {"", "charset=utf-8"}:
        raise ErrorResponse(responses.bad_request("Content-Type must be application/json.", "Content-Type"))
    return _valid(route.operation, _object(content))


def _object(content: bytes) -> dict[str, Any]:
    value = parse_json(content)
    if not isinstance(value, dict):
        raise ErrorResponse(responses.SERVER_ERROR)
    return value


def parse_json(content: bytes) -> Any:
    """The JSON value of a body; Ellipsis for what is no JSON (or names a field twice)."""
    try:
        return json.loads(content.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return ...


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a field occurs twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _valid(operation: Operation, value: dict[str, Any]) -> dict[str, Any]:
    try:
        BODIES[operation].model_validate(value)
    except ValidationError as error:
        problems = [
            responses.validation_result(problem["msg"], [".".join(str(part) for part in problem["loc"])])
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise ErrorResponse(Response(400, problems[0] if operation == "importEnvironment" else problems)) from None
    return value
