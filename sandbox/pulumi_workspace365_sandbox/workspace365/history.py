"""The requests that arrived, and how many were being served at once."""

import time
from collections import Counter, deque

from aiohttp import web
from multidict import CIMultiDictProxy

from pulumi_workspace365_sandbox.workspace365.records import Operation, Request, Statistics

_KEPT = 100_000


class History:
    """Names of headers and body fields only: no value that could be a secret is ever kept."""

    def __init__(self) -> None:
        self._in_flight: Counter[Operation | None] = Counter()
        self.clear()

    def clear(self) -> None:
        """Forget what was; requests still in flight go on being counted as such."""
        self.requests: deque[Request] = deque(maxlen=_KEPT)
        self._number = 0
        self._connections: set[int] = set()
        self._by_operation: Counter[str] = Counter()
        self._most = self._in_flight.total()
        self._most_by_operation: Counter[str] = Counter()

    def begin(self, request: web.Request, operation: Operation | None, environment: str | None, fields: list[str]) -> Request:
        self._number += 1
        self._in_flight[operation] += 1
        self._by_operation[str(operation)] += 1
        self._most = max(self._most, self._in_flight.total())
        self._most_by_operation[str(operation)] = max(self._most_by_operation[str(operation)], self._in_flight[operation])
        connection = _peer_port(request)
        self._connections.add(connection)
        record = Request(
            number=self._number,
            operation=operation,
            environment=environment,
            method=request.method,
            path=request.raw_path.partition("?")[0],
            query=dict(request.query),
            host=request.host,
            connection=connection,
            fields=fields,
            in_flight=self._in_flight.total(),
            **_headers(request.headers),
        )
        self.requests.append(record)
        return record

    def end(self, record: Request, started: float) -> None:
        record.ms = round((time.monotonic() - started) * 1000, 3)
        self._in_flight[record.operation] -= 1

    def statistics(self) -> Statistics:
        return Statistics(
            requests=self._number,
            by_operation=dict(self._by_operation),
            in_flight=self._in_flight.total(),
            max_in_flight=self._most,
            max_in_flight_by_operation=dict(self._most_by_operation),
            connections=len(self._connections),
        )


def _peer_port(request: web.Request) -> int:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return int(peer[1]) if peer else 0


def _headers(headers: CIMultiDictProxy[str]) -> dict[str, object]:
    return {
        "headers": sorted({name.lower() for name in headers}),
        "content_length": headers.get("Content-Length"),
        "content_type": headers.get("Content-Type"),
        "accept": headers.get("Accept"),
    }
