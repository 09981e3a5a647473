"""The life of the host's process: announce the port, serve, end."""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import grpc

from pulumi_dynamic_host import context, crash_report, event_loops, interpreter_exit, lazy_import, process_exit, variables
from pulumi_dynamic_host.engine_process import ConnectedEngine, ParentProcess
from pulumi_dynamic_host.lifecycle import Calls, RunningCalls

PARALLEL_VARIABLE = "PULUMI_DYNAMIC_HOST_PARALLEL"
ORPHAN_VARIABLE = "PULUMI_DYNAMIC_HOST_ORPHAN_SECONDS"
LAZY_VARIABLE = "PULUMI_DYNAMIC_HOST_LAZY_IMPORTS"
DEFERRED_MODULE = "pulumi.automation"
"""The SDK imports it always; providers hardly ever need it."""

MakeHost = Callable[[Calls, int, context.Connection | None], Any]
"""Makes the service from the running calls, the number of parallel ones and, of several engines, the one's connection. Called after the port is out."""

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def run(engine: str, parent: int | None, make_host: MakeHost | None = None) -> int:
    """Serve an engine until it is done or gone; without one, the engines that attach, until an interrupt or the parent's end.

    Args:
        engine: its address; empty if no engine has started this process.
        parent: its process, or who has started this one, if it is this one's parent.
        make_host: makes the service, for another one than that of dynamic providers.

    Returns:
        The exit code.
    """
    try:
        parallel, orphan_seconds, lazy = settings()
    except ValueError as problem:
        return refuse(problem)
    return end(is_unfinished=asyncio.run(_serve(engine, parent, orphan_seconds, parallel, make_host, lazy=lazy)))


def settings() -> tuple[int, float, bool]:
    """From variables: the number of parallel calls, the seconds of calls without an engine, whether imports are lazy.

    Raises:
        ValueError: one has no such value.
    """
    parallel, orphan_seconds = variables.number(PARALLEL_VARIABLE, 64, least=1), variables.number(ORPHAN_VARIABLE, 4, least=0)
    return parallel, orphan_seconds, variables.is_on(LAZY_VARIABLE)


def refuse(problem: ValueError) -> int:
    """Say why the host does not serve; returns the exit code."""
    sys.stderr.write(f"{problem}\n")
    crash_report.finish()
    return 2


def end(*, is_unfinished: bool) -> int:
    """End; returns the exit code. With ``is_unfinished``, threads of an engine that is gone still run, and would keep the process."""
    crash_report.finish()
    if is_unfinished:
        os._exit(1)
    return 0


async def _serve(
    engine: str, parent: int | None, orphan_seconds: float, parallel: int, make_host: MakeHost | None, *, lazy: bool
) -> bool:
    process = ConnectedEngine(engine) if parent is None else ParentProcess(parent)
    running = RunningCalls(process, orphan_seconds)
    running.handle_interrupts()
    server = grpc.aio.server(options=UNLIMITED)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    if lazy:
        lazy_import.defer(DEFERRED_MODULE)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # The engine connects while this blocks the loop; its first call is answered once the loop runs again.
    _add_service(server, engine, running, parallel, make_host)
    torn = await running.wait_until_done()
    await server.stop(None if torn else 0.2)
    await process.close()
    return torn


def _add_service(server: grpc.aio.Server, engine: str, running: RunningCalls, parallel: int, make_host: MakeHost | None) -> None:
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415  with all of the SDK, after the port is out

    from pulumi_dynamic_host.engine_log import CallOutput, EngineLog, MaskedOutput, install  # noqa: PLC0415

    make = make_host or partial(_host_of_dynamic_providers, engine)
    install(MaskedOutput if engine else CallOutput)
    if engine:
        context.process_connection().log = EngineLog(engine)
    process_exit.intercept_os_exit()
    interpreter_exit.install()
    event_loops.install()
    service = make(running, parallel, None) if engine else _for_attached_engines(make, parallel, running)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    gc.enable()
    gc.freeze()


def _host_of_dynamic_providers(engine: str, calls: Calls, parallel: int, connection: context.Connection | None) -> Any:
    from pulumi_dynamic_host.server import Host  # noqa: PLC0415  as above

    return Host(calls, parallel, engine=engine, connection=connection)


def _for_attached_engines(make: MakeHost, parallel: int, running: RunningCalls) -> Any:
    """The service of a process that somebody else has started: what one run configured or read is not used for the next."""
    from pulumi_dynamic_host.engine_sessions import EnginePort  # noqa: PLC0415  only here

    service = EnginePort(lambda calls, connection: make(calls, parallel, connection), time.monotonic, running)
    service.keep_pruned()
    return service
