"""The HTTP responses of the server, before they are encoded."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pulumi_workspace365_sandbox.workspace365.records import Environment

JSON_TYPE = "application/json; charset=utf-8"
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login'>Sign in</form></body></html>"


class _NoBody:
    """Distinct from None, which is JSON's null."""


NO_BODY = _NoBody()


@dataclass(frozen=True)
class Response:
    """`value` is sent as JSON, bytes unchanged; `affected_environment` was created or deleted."""

    status: int = 200
    value: Any = NO_BODY
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    affected_environment: Environment | None = None

    @property
    def body(self) -> bytes:
        if isinstance(self.value, _NoBody):
            return b""
        if isinstance(self.value, bytes):
            return self.value
        try:
            return json.dumps(self.value, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # a lone surrogate, which JSON can represent only as an escape
            return json.dumps(self.value).encode()


class ErrorResponse(Exception):
    """Ends the request with this response; nothing is changed."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def validation_result(message: str, members: Iterable[str]) -> dict[str, Any]:
    """The shape of .NET's ValidationResult."""
    return {"MemberNames": list(members), "ErrorMessage": message}


def bad_request(message: str, *members: str) -> Response:
    """400 with one ValidationResult in a list."""
    return Response(400, [validation_result(message, members)])


def login_page(status: int = 200) -> Response:
    return Response(status, LOGIN_PAGE.encode(), "text/html; charset=utf-8")


NOT_FOUND = Response(404)
SERVER_ERROR = Response(500)
LENGTH_REQUIRED = Response(411)
