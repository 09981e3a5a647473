"""Calls of a management interface, on the standard library alone."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

_OPENER = build_opener(ProxyHandler({}))


class ManagementError(Exception):
    """The management interface refused; the message says why."""


def call(base_url: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The answer's value. Raises ManagementError."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(base_url + path, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310  http, loopback
    try:
        with _OPENER.open(request, timeout=30) as response:
            return json.load(response)
    except HTTPError as error:
        raise ManagementError(f"{method} {path}: {error.read().decode()}") from None
