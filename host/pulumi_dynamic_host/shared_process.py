"""The life of a host that serves several engines: whoever started it opens a port for each, and the host outlives each of them.

It is controlled by JSON lines on standard input, and answers each with a line on standard output:

==================  ====================  =======================================================================
request             answer                meaning
==================  ====================  =======================================================================
(none)              ``{"ready": PATH}``   the host serves; PATH is its Python
``{"open": ""}``    ``{"port": 40001}``   a port for one more engine
``{"close": 40001}``  ``{"closed": 40001}``  the engine of that port is done
``{"wave": ""}``    ``{"wave": 1}``       what was read before is out of date for engines that connect from now on
==================  ====================  =======================================================================

When standard input ends, the host ends once no engine needs it any more; after SIGTERM, once the calls in progress have ended.
"""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc

from pulumi_dynamic_host import context, event_loops, lazy_import, process, process_exit, variables
from pulumi_dynamic_host.lifecycle import Calls, detach_output

_POLL = 0.5  # seconds between looks at the engines
UNUSED_VARIABLE = "PULUMI_DYNAMIC_HOST_UNUSED_SECONDS"
"""So long is a host kept whose starter is gone and that no engine uses: `pulumi up` connects twice, with a pause in between."""


MakeSharedHost = Callable[[Calls, int, context.Connection], Any]
"""Makes the service of one connection from its calls and the number of parallel ones."""


def run(make_host: MakeSharedHost | None = None) -> int:
    """Serve engines until there are none; returns the exit code.

    Args:
        make_host: makes the service of a connection, for another one than that of dynamic providers.
    """
    try:
        parallel, orphan_seconds, is_lazy = process.settings()
        unused_seconds = variables.number(UNUSED_VARIABLE, 30, least=0)
    except ValueError as problem:
        return process.refuse(problem)
    control = Control()
    if is_lazy:
        lazy_import.defer(process.DEFERRED_MODULE)
    return process.end(
        is_unfinished=asyncio.run(_SharedHost(control, make_host or _make_host, parallel, orphan_seconds, unused_seconds).serve())
    )


class Control:
    """The two pipes of whoever started the host, out of reach of what providers print and of the processes that they start."""

    def __init__(self) -> None:
        self._requests = os.fdopen(os.dup(0), "rb")
        self._answers = os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.close(nowhere)
        os.dup2(2, 1)

    def read_into(self, queue: "asyncio.Queue[Any]") -> None:
        """Put every request into a queue, and ``None`` at their end."""
        loop = asyncio.get_running_loop()

        def read() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                for line in self._requests:
                    loop.call_soon_threadsafe(queue.put_nowait, line)
                loop.call_soon_threadsafe(queue.put_nowait, None)

        threading.Thread(target=read, name="control", daemon=True).start()

    def answer(self, answer: dict[str, Any]) -> None:
        """Send an answer, if anybody is there to read it."""
        with contextlib.suppress(OSError):
            os.write(self._answers, json.dumps(answer).encode() + b"\n")


class _SharedHost:
    """The ports, and the reasons to end. Lives on one event loop."""

    def __init__(
        self, control: Control, make_host: MakeSharedHost, parallel: int, orphan_seconds: float, unused_seconds: float
    ) -> None:
        self._control, self._make_host, self._parallel = control, make_host, parallel
        self._orphan_seconds, self._unused_seconds = orphan_seconds, unused_seconds
        self._ports: dict[int, tuple[grpc.aio.Server, Any]] = {}
        self._closed: list[Any] = []
        self._wave = 0
        self._fresh_since = time.monotonic()
        self._requests: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._is_abandoned = False
        self._ending_since: float | None = None
        self._used_at = time.monotonic()

    async def serve(self) -> bool:
        """Serve until no engine needs the host; whether calls are still running then."""
        _install()
        self._handle_signals(asyncio.get_running_loop())
        self._control.read_into(self._requests)
        self._control.answer({"ready": sys.executable})
        while not self._is_done():
            with contextlib.suppress(TimeoutError):
                await self._carry_out(await asyncio.wait_for(self._requests.get(), _POLL))
        for server, _ in self._ports.values():
            await server.stop(None)
        return any(self._calls())

    async def _carry_out(self, line: bytes | None) -> None:
        if line is None:
            self._is_abandoned, self._used_at = True, time.monotonic()
            detach_output()
            return
        try:
            request = dict(json.loads(line))
        except (ValueError, TypeError):
            request = {}
        if "open" in request:
            self._control.answer({"port": await self._open()})
        elif "close" in request:
            await self._close(request["close"])
            self._control.answer({"closed": request["close"]})
        elif "wave" in request:
            self._wave, self._fresh_since = self._wave + 1, time.monotonic()
            self._control.answer({"wave": self._wave})
        else:
            self._control.answer({"error": "unknown request"})

    async def _open(self) -> int:
        from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415  with all of the SDK

        from pulumi_dynamic_host.engine_sessions import EnginePort  # noqa: PLC0415

        make_host, parallel = self._make_host, self._parallel
        service = EnginePort(lambda calls, connection: make_host(calls, parallel, connection), lambda: self._fresh_since)
        server = grpc.aio.server(options=process.UNLIMITED)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        self._ports[port] = server, service
        return port

    async def _close(self, port: int) -> None:
        if port in self._ports:
            server, service = self._ports.pop(port)
            service.close()
            self._closed.append(service)
            await server.stop(0)

    def _handle_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """An interrupt of the terminal is for the engines, which decide what becomes of their calls."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with contextlib.suppress(NotImplementedError):  # on Windows
            loop.add_signal_handler(signal.SIGTERM, self._end)

    def _end(self) -> None:
        self._ending_since = self._ending_since or time.monotonic()
        for calls in self._calls():
            calls.cancel()

    def _calls(self) -> list[Calls]:
        return [calls for service in self._services() for calls in service.calls()]

    def _services(self) -> list[Any]:
        return [*(service for _, service in self._ports.values()), *self._closed]

    def _is_done(self) -> bool:
        for service in self._services():
            service.prune()
        self._closed = [service for service in self._closed if service.calls()]
        now, calls = time.monotonic(), self._calls()
        if self._ending_since is not None:
            latest = self._ending_since + self._orphan_seconds
        elif not self._is_abandoned:
            return False
        else:
            if any(service.has_engine() for service in self._services()):
                self._used_at = now
            latest = self._used_at + self._unused_seconds
            if now < latest:
                return False
        return not calls or now > max(latest, *(one.grace_period_end for one in calls))


def _make_host(calls: Calls, parallel: int, connection: context.Connection) -> Any:
    from pulumi_dynamic_host.providers import Providers  # noqa: PLC0415  with all of the SDK
    from pulumi_dynamic_host.server import Host  # noqa: PLC0415

    return Host(calls, parallel, Providers(is_shared=True), engine="", connection=connection)


def _install() -> None:
    from pulumi_dynamic_host.engine_log import CallOutput, install  # noqa: PLC0415  with all of the SDK

    install(CallOutput)
    process_exit.intercept_os_exit()
    event_loops.install()
    gc.enable()
    gc.freeze()
