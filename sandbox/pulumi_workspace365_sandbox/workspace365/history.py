"""The requests that arrived, and how many were being served at once."""

import time
from collections import Counter

from aiohttp import web

from pulumi_workspace365_sandbox.management import interface
from pulumi_workspace365_sandbox.workspace365.records import Operation, Request, Statistics


class History(interface.History[Request]):
    """Of bodies it keeps the names of fields only."""

    def __init__(self) -> None:
        self._in_flight: Counter[Operation | None] = Counter()
        super().__init__(Request)

    def clear(self) -> None:
        """Forget what was; requests still in flight go on being counted as such."""
        super().clear()
        self._connections: set[int] = set()
        self._by_operation: Counter[str] = Counter()
        self._most = self._in_flight.total()
        self._most_by_operation: Counter[str] = Counter()

    def begin(self, request: web.Request, operation: Operation | None, environment: str | None, fields: list[str]) -> Request:
        self._in_flight[operation] += 1
        self._by_operation[str(operation)] += 1
        self._most = max(self._most, self._in_flight.total())
        self._most_by_operation[str(operation)] = max(self._most_by_operation[str(operation)], self._in_flight[operation])
        connection = _peer_port(request)
        self._connections.add(connection)
        return self.note(
            request,
            operation=operation,
            environment=environment,
            host=request.host,
            connection=connection,
            content_length=request.headers.get("Content-Length"),
            content_type=request.headers.get("Content-Type"),
            accept=request.headers.get("Accept"),
            fields=fields,
            in_flight=self._in_flight.total(),
        )

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
