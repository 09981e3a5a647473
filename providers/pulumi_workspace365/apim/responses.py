"""Parses responses of Resource Manager: a result, an error with an explanation, or anything else, which never counts as a result."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from pydantic import ValidationError

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365.api import error_messages
from pulumi_workspace365.api.configuration import DEFAULT_PORTS
from pulumi_workspace365.apim import errors
from pulumi_workspace365.apim.models import ConnectivityResult

_DEEPEST, _MOST, _LONGEST = 4, 10, 300
_LONGEST_LOCATION = 8192
_EXPLAINED = 64 * 1024
"""Bytes of an error's body that are read for an explanation."""
_NOT_JSON = object()

_RETRYABLE_CODES = frozenset(
    {"retryableerror", "anotheroperationinprogress", "operationinprogress", "serverbusy", "toomanyrequests"}
)
_ENDED = frozenset({"succeeded", "failed", "canceled", "cancelled"})
"""Statuses of operations that have ended; any other is one of a running operation."""
_UNSUPPORTED = ("pricingtier", "sku", "featurenot", "operationnotsupported", "notsupportedin", "notallowedin")
"""What is found in the codes of errors that say so."""
_RIGHTS = (
    "The login has no permission for it. Let its role on the service allow "
    "Microsoft.ApiManagement/service/connectivityCheck/action, as API Management Service Contributor does"
)


def parse_json(body: bytes) -> Any:
    """The JSON in a body; ``_NOT_JSON`` where there is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def is_running(status: int, body: bytes) -> bool:
    """Whether a response reports a running operation, by its HTTP status or by the status in its body."""
    return status == 202 or (status in {200, 201} and _status_of(parse_json(body)) not in {"", *_ENDED})


def _status_of(data: Any) -> str:
    """The status of an operation, in lower case; empty where the body has none (Azure REST: asynchronous operations)."""
    status = data.get("status") if isinstance(data, Mapping) and "connectionStatus" not in data else None
    return status.strip().casefold() if isinstance(status, str) else ""


def parse_result(operation: str, body: bytes) -> ConnectivityResult:
    """The result in the body of a finished operation, or in the properties of its status.

    Raises:
        errors.ArmError: the body reports that the operation failed.
        errors.InvalidResponse: there is no result in it.
    """
    start = f"Could not {operation}: the operation finished"
    data = parse_json(body)
    if not body.strip() or data is None:
        raise errors.InvalidResponse(
            f"{start} without a result, so nothing is known about the backend. Run it again.", status=200
        )
    if data is _NOT_JSON:
        raise errors.InvalidResponse(f"{start}, but {_what_else(body)} came instead of a result. {_IN_BETWEEN}", status=200)
    if not isinstance(data, Mapping):
        raise errors.InvalidResponse(f"{start}, but its result is not a JSON object. {_IN_BETWEEN}", status=200)
    if detail := _error_of(data):
        raise errors.ArmError(f"{start} with an error. Resource Manager says {detail}.", status=200, detail=detail)
    if (status := _status_of(data)) in _ENDED - {"succeeded"}:
        raise errors.ArmError(f"{start} with the status {_sanitised(status)!r} and does not say why. Run it again.", status=200)
    inner = data.get("properties")
    if status and isinstance(inner, Mapping):
        data = inner
    try:
        return ConnectivityResult.from_wire(data)
    except ValidationError as problem:
        raise errors.InvalidResponse(
            f"{start}, but its result is not as documented ({_fields(problem)}), so it is not taken for a success.", status=200
        ) from None


_IN_BETWEEN = "Is apim:armEndpoint (ARM_ENDPOINT) the address of Resource Manager, and does a proxy stand in between?"


def parse_error_detail(body: bytes) -> errors.ErrorDetail:
    """Parse the body of an error; empty if it is not an ``ErrorResponse``."""
    data = parse_json(body)
    return (_error_of(data) if isinstance(data, Mapping) else None) or errors.ErrorDetail()


def is_retryable(status: int, detail: errors.ErrorDetail) -> bool:
    """Whether the same request may succeed later."""
    return status in {408, 429} or (status >= 500 and status != 501) or detail.code.casefold() in _RETRYABLE_CODES


def error_from_response(operation: str, status: int, body: bytes, *, polling: bool) -> errors.ArmError:
    """The exception for an answer that is neither a result nor a running operation.

    Args:
        operation: the operation in words, after "Could not …".
        status: the HTTP status.
        body: the answer's body, of any shape.
        polling: whether it answered a look at the running operation, rather than the start of it.
    """
    detail = errors.ErrorDetail() if status == 401 else parse_error_detail(body)  # what refuses a token may repeat it
    message = f" Resource Manager says {detail}." if str(detail) else ""
    if body and not message and status not in {401, 403}:
        message = f" {_what_else(body).capitalize()} came with it."
    start = f"Could not {operation}: HTTP {status}"
    kind, why = _kind(status, detail, polling=polling)
    return kind(f"{start}. {why}.{message}", status=status, detail=detail)


def _kind(status: int, detail: errors.ErrorDetail, *, polling: bool) -> tuple[type[errors.ArmError], str]:
    if status == 401:
        return errors.NotSignedIn, (
            "The token was refused: it has expired, or is meant for another cloud or tenant. Take a new ARM_ACCESS_TOKEN "
            "(az account get-access-token), or check ARM_TENANT_ID and apim:armEndpoint"
        )
    if 300 <= status < 400:
        return (
            errors.CrossHostRedirect,
            "It redirects, which is never followed because it would carry the token along. Correct apim:armEndpoint",
        )
    if 200 <= status < 300:
        return errors.InvalidResponse, "The operation ended without a result, so nothing is known about the backend. Run it again"
    if any(word in detail.code.casefold() for word in _UNSUPPORTED) or status == 501:
        return errors.CheckUnavailable, "This service cannot run connectivity checks; its pricing tier may not have them"
    if status == 403:
        return (errors.CheckUnavailable, _RIGHTS) if detail.code else (errors.ArmError, f"It is forbidden. {_IN_BETWEEN}")
    if status == 404 and polling:
        return errors.InvalidResponse, "The running operation is not known (any more), so its result is lost. Run it again"
    if status == 404:
        return errors.ArmError, "Check service_name, resource_group_name and the subscription (apim:subscriptionId)"
    return errors.ArmError, "The request was refused" if status < 500 else "Resource Manager or the service has an internal error"


def operation_location(headers: Mapping[str, str]) -> str | None:
    """The URL at which a running operation is polled: Location, else Azure-AsyncOperation."""
    return headers.get("Location") or headers.get("Azure-AsyncOperation")


def next_poll_url(operation: str, endpoint: str, current: str, location: str) -> str:
    """The path and query of where a running operation is to be looked at, on Resource Manager itself.

    Raises:
        errors.CrossHostRedirect: it is on another host, where the token must not go.
        errors.InvalidResponse: it is no address.
    """
    try:
        parts = urlsplit(urljoin(endpoint + current, location.strip()))
        origin = (parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme.lower()))
    except ValueError:
        parts, origin = urlsplit(""), ("", "", None)
    home = urlsplit(endpoint)
    if not (parts.path + parts.query).isprintable() or not origin[1] or len(location) > _LONGEST_LOCATION:
        raise errors.InvalidResponse(
            f"Could not {operation}: the answer's Location is no address, so the result cannot be fetched.", status=202
        )
    if origin != (home.scheme, home.hostname, home.port or DEFAULT_PORTS[home.scheme]) or parts.username or parts.password:
        shown = _sanitised(parts.hostname or "")
        raise errors.CrossHostRedirect(
            f"Could not {operation}: the answer's Location leads to {shown}, not to {endpoint}. The token was not sent there. If Resource "
            "Manager has that address, set apim:armEndpoint to it; if not, something in between tampers with its answers.",
            status=202,
        )
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _error_of(data: Mapping[str, Any]) -> errors.ErrorDetail | None:
    """``ErrorResponse``; some services leave out the envelope."""
    error = data.get("error", data if "code" in data and "message" in data else None)
    return _detail(error) if isinstance(error, Mapping) else None


def _detail(error: Mapping[str, Any], depth: int = 0) -> errors.ErrorDetail:
    inner = error.get("details") if depth < _DEEPEST else None
    details = [one for one in inner if isinstance(one, Mapping)][:_MOST] if isinstance(inner, list) else []
    code, message, target = (_text(error.get(name)) for name in ("code", "message", "target"))
    return errors.ErrorDetail(code, message, target, tuple(_detail(one, depth + 1) for one in details))


def _text(value: Any) -> str:
    return _sanitised(value) if isinstance(value, str) else ""


def _fields(problem: ValidationError) -> str:
    messages = (f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in problem.errors()[:3])
    return _sanitised("; ".join(messages))


def _what_else(body: bytes) -> str:
    """A body that is not what it should be, in words that show nothing of it but an HTML page's title."""
    if body.lstrip()[:1] != b"<":
        return f"a text of {len(body)} bytes that is not JSON" if parse_json(body) is _NOT_JSON else "other JSON"
    title = error_messages.page_title(body[:_EXPLAINED].decode("utf-8", "replace"))
    return f"an HTML page titled {_sanitised(title)!r}" if title else "an HTML page"


def _sanitised(text: str) -> str:
    line = safe_text.one_line(redaction.redact(text[:_EXPLAINED], is_cut=len(text) > _EXPLAINED)).rstrip(".")
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"
