"""Several engines at one host. Each has a port of its own, and each connection has configuration, calls and log of its own.

An engine connects once for each provider resource, and again for each operation: what one connection was configured with is never used
for another.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_dynamic_host import context
from pulumi_dynamic_host.engine_log import EngineLog
from pulumi_dynamic_host.engine_process import ConnectedEngine
from pulumi_dynamic_host.lifecycle import Calls
from pulumi_dynamic_host.server import Host

MakeHost = Callable[[Calls, context.Connection], Host]
"""Makes the service of one connection."""

_Context = grpc.aio.ServicerContext[Any, Any]
_OPERATIONS = frozenset({"Check", "Diff", "Create", "Read", "Update", "Delete", "Invoke", "Construct", "Call"})
"""What is called of a configured provider only."""
_POLL = 0.5  # seconds between looks at the engines
_LOOKS = 3
"""An engine that cannot be reached so often, one look after the other, has ended."""


class Session:
    """One connection of an engine."""

    def __init__(self, make_host: MakeHost, fresh_since: float, of_process: Calls | None) -> None:
        self.calls = Calls(of_process)
        self.connection = context.Connection(time.monotonic(), fresh_since)
        self.host = make_host(self.calls, self.connection)
        self._configuration: bytes | None = None
        self._engine: ConnectedEngine | None = None
        self._failed_looks = 0
        self._is_closing = False

    @property
    def is_configured(self) -> bool:
        """Whether the engine has configured a provider."""
        return self._configuration is not None

    @property
    def is_in_use(self) -> bool:
        """Whether the engine will still call the configured provider."""
        return self.is_configured and not self._is_closing

    async def attach(self, address: str) -> None:
        """The engine says where it is."""
        if address and self._engine is None:
            self._engine, self.connection.log = ConnectedEngine(address), EngineLog(address)
            await self._engine.connect()

    def configure(self, configuration: bytes) -> bool:
        """The engine configures a provider; false where this is another than before."""
        self._configuration = configuration if self._configuration is None else self._configuration
        return self._configuration == configuration

    def cancel(self) -> None:
        """The engine is closing, or was interrupted."""
        self._is_closing = True

    def look(self) -> None:
        """Look whether the engine is there."""
        has_ended = self._engine is not None and self._engine.has_ended()
        self._failed_looks = self._failed_looks + 1 if has_ended else 0

    @property
    def has_ended(self) -> bool:
        """Whether the engine has ended: nobody answered several times."""
        return self._failed_looks >= _LOOKS

    @property
    def has_engine(self) -> bool:
        """Whether the engine is there, as far as is known."""
        return self._engine is not None and not self.has_ended

    def close(self) -> None:
        """No call follows; those in progress are notified, and go on."""
        self.calls.cancel()
        self.host.close()
        if self.connection.log:
            self.connection.log.close()


class EnginePort(provider_pb2_grpc.ResourceProviderServicer):
    """The service at the port of one engine.

    Args:
        make_host: makes the service of a connection.
        fresh_since: what connections that begin now may rely on (`context.Connection`).
        of_process: the calls of the process, where it waits for their end.
    """

    def __init__(self, make_host: MakeHost, fresh_since: Callable[[], float], of_process: Calls | None = None) -> None:
        self._make_host, self._fresh_since, self._of_process = make_host, fresh_since, of_process
        self._by_connection: dict[str, Session] = {}
        self._closed: list[Session] = []

    def keep_pruned(self) -> None:
        """Prune regularly from now on. Called on the event loop."""
        self.prune()
        asyncio.get_running_loop().call_later(_POLL, self.keep_pruned)

    def prune(self) -> None:
        """Close the sessions whose engine has ended. Called twice a second."""
        sessions = set(self._by_connection.values())
        for session in sessions:
            session.look()
        self._close({session for session in sessions if session.has_ended})
        self._closed = [session for session in self._closed if session.calls]

    def close(self) -> None:
        """Close all sessions."""
        self._close(set(self._by_connection.values()))

    def _close(self, sessions: set[Session]) -> None:
        for session in sessions:
            session.close()
        self._closed += sessions
        self._by_connection = {name: session for name, session in self._by_connection.items() if session not in sessions}

    def calls(self) -> list[Calls]:
        """The calls in progress, also those of closed sessions."""
        return [session.calls for session in {*self._by_connection.values(), *self._closed} if session.calls]

    def has_engine(self) -> bool:
        """Whether an engine uses the port."""
        return any(session.has_engine for session in self._by_connection.values())

    async def answer(self, method: str, request: Any, rpc: _Context) -> Any:
        """Answer a call in the session of its connection."""
        session = self._session(method, rpc.peer())
        if session is None:
            await _refuse(rpc, "the engine connected anew, and which configuration is meant is not known: run it again")
        elif method in {"Handshake", "Attach"}:
            await session.attach(request.engine_address if method == "Handshake" else request.address)
        elif method == "Cancel":
            session.cancel()
        elif method == "Configure" and not session.configure(request.SerializeToString(deterministic=True)):
            await _refuse(
                rpc,
                "the engine configures two providers over one connection, where they cannot be told apart: run the stack with a host of its own",
            )
        return await getattr(session.host, method)(request, rpc)

    def _session(self, method: str, connection: str) -> Session | None:
        """The session of a connection; of a new one for a provider that is configured already, the only one that comes into question.

        An engine that called nothing for half an hour connects anew and does not introduce itself again.
        """
        session = self._by_connection.get(connection)
        if method in _OPERATIONS and not (session and session.is_configured):
            candidates = {other for other in self._by_connection.values() if other.is_in_use}
            session = candidates.pop() if len(candidates) == 1 else None
        elif session is None:
            session = Session(self._make_host, self._fresh_since(), self._of_process)
        if session:
            self._by_connection[connection] = session
        return session


async def _refuse(rpc: _Context, why: str) -> NoReturn:
    await rpc.abort(grpc.StatusCode.FAILED_PRECONDITION, why)


def _answering(method: str) -> Callable[[EnginePort, Any, _Context], Awaitable[Any]]:
    async def answer(self: EnginePort, request: Any, context: _Context) -> Any:
        return await self.answer(method, request, context)

    return answer


_OF_PACKAGES = frozenset({"Construct", "Call"})

for _method in provider_pb2.DESCRIPTOR.services_by_name["ResourceProvider"].methods:
    if _method.name in _OF_PACKAGES or getattr(Host, _method.name, None) is not getattr(
        provider_pb2_grpc.ResourceProviderServicer, _method.name, None
    ):
        setattr(EnginePort, _method.name, _answering(_method.name))
