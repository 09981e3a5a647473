"""The life of the host's process: announce the port, serve, end."""

import asyncio
import os
import sys

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_workspace365.host import engine_log
from pulumi_workspace365.host.running import Running
from pulumi_workspace365.host.server import Host

PARALLEL_VARIABLE = "W365_HOST_PARALLEL"
ORPHAN_VARIABLE = "W365_HOST_ORPHAN_SECONDS"

_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def run(engine: str, parent: int) -> int:
    """Serve the engine at this address until it is done or gone; the exit code."""
    try:
        parallel, orphan_seconds = _number(PARALLEL_VARIABLE, 64, least=1), _number(ORPHAN_VARIABLE, 4, least=0)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    engine_log.install(engine)
    if asyncio.run(_serve(Running(parent, orphan_seconds), parallel)):
        os._exit(1)  # threads of an engine that is gone: waiting for them would keep the process
    return 0


async def _serve(running: Running, parallel: int) -> bool:
    server = grpc.aio.server(options=_UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Host(running, parallel), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    torn = await running.over()
    await server.stop(None if torn else 0.2)
    return torn


def _number(variable: str, default: int, *, least: int) -> int:
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise ValueError(f"{variable} is {text!r}; it must be a whole number, at least {least}")
    return int(text)
