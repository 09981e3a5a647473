"""The Resource Manager's responses, before they are encoded."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

INVALID = "One or more fields contain incorrect values:"


@dataclass(frozen=True)
class RawBody:
    """A body that is not JSON of a value."""

    content: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Response:
    """`value` None: no body."""

    status: int = 200
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class ErrorResponse(Exception):
    """The call ends with this error, and nothing is done."""

    def __init__(self, status: int, code: str, message: str, *, details: Iterable[tuple[str, str]] = (), **headers: str) -> None:
        super().__init__(message)
        listed = [{"code": code, "target": target, "message": text} for target, text in details]
        error: dict[str, Any] = {"code": code, "message": message, "details": listed or None}
        self.answer = Response(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


def json_object(content: bytes) -> dict[str, Any]:
    """The body of a request. Raises ErrorResponse."""
    try:
        body = json.loads(content)
    except ValueError:
        raise ErrorResponse(
            400, "InvalidRequestContent", "The request content was invalid and could not be deserialized."
        ) from None
    if not isinstance(body, dict):
        raise ErrorResponse(400, "InvalidRequestContent", "The request content must be an object.")
    return body


def invalid(target: str, message: str) -> ErrorResponse:
    """400 for one field."""
    return ErrorResponse(400, "ValidationError", INVALID, details=[(target, message)])


def refusal(error: ValidationError) -> ErrorResponse:
    """400 for all fields of a body that are wrong."""
    details = [(".".join(map(str, item["loc"])), _reason(item["type"], item["msg"], item["loc"])) for item in error.errors()]
    return ErrorResponse(400, "ValidationError", INVALID, details=details)


def _reason(kind: str, message: str, place: tuple[int | str, ...]) -> str:
    name = place[-1] if place else "properties"
    if kind == "missing":
        return f"'{name}' must not be empty."
    if kind == "extra_forbidden":
        return f"Could not find member '{name}' on object."
    return f"'{name}': {message}."


def not_found(noun: str) -> ErrorResponse:
    return ErrorResponse(404, "ResourceNotFound", f"{noun} not found.")


def operation_not_user_definable() -> ErrorResponse:
    return ErrorResponse(400, "ValidationError", "Operation entity cannot be defined by user for web socket api type.")
