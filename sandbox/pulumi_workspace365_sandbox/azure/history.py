"""The requests that arrived at the Resource Manager and the login: names of headers only, no value that could be a secret."""

from collections import deque

from aiohttp import web

from pulumi_workspace365_sandbox.azure.records import Request

_KEPT = 50_000


class History:
    def __init__(self) -> None:
        self.requests: deque[Request] = deque(maxlen=_KEPT)
        self._number = 0

    def begin(self, request: web.Request, operation: str | None = None) -> Request:
        self._number += 1
        record = Request(
            number=self._number,
            operation=operation,
            method=request.method,
            path=request.raw_path.partition("?")[0],
            query=dict(request.query),
            headers=sorted({name.lower() for name in request.headers}),
        )
        self.requests.append(record)
        return record

    def clear(self) -> None:
        self.requests.clear()
