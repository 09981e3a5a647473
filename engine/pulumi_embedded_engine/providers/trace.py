"""PULUMI_DEBUG_GRPC: writes every call between program, engine and providers to a file, in the CLI's format.

The file holds secrets in clear, as the CLI's does: it is for finding faults, never for keeping.
"""

import contextlib
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf import json_format
from google.protobuf.message import Message

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.store.files import open_private

_METADATA_BYTES = 16 * 1024 * 1024
"""As the CLI: a resource that is there but not as wanted travels in a failed call's metadata."""
OPTIONS = [
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", _METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", _METADATA_BYTES),
]


class Trace:
    """A file of calls, one JSON object per line: one when a call starts, one when it ends."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = open_private(path, append=True)
        except OSError as error:
            raise EngineError(f"PULUMI_DEBUG_GRPC={path} cannot be written: {error.strerror}") from error

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Trace | None":
        """The trace that PULUMI_DEBUG_GRPC asks for; None without it."""
        path = environment.get("PULUMI_DEBUG_GRPC")
        return cls(Path(path)) if path else None

    def note(
        self, method: str, metadata: Mapping[str, Any], request: Message, response: Message | None = None, **more: Any
    ) -> None:
        """Write one line about a call: its start, or its end with the response or the errors."""
        try:
            response_field = {} if response is None else {"response": _json(response)}
            entry = {"method": method, "request": _json(request), **response_field, **more, "metadata": metadata}
            self._file.write(json.dumps(entry | {"timestamp": datetime.now(UTC).isoformat()}, separators=(",", ":")) + "\n")
            self._file.flush()
        except (OSError, ValueError, TypeError, RecursionError, json_format.Error):
            return  # a trace that is lost, or cannot be written, must not cost what was done

    async def call(
        self, method: str, metadata: Mapping[str, Any], request: Message, send: Callable[[], Awaitable[Message]]
    ) -> Message:
        """Send a call and note its start and end."""
        self.note(method, metadata, request, progress="request_started")
        started = time.monotonic_ns()
        try:
            response = await send()
        except grpc.RpcError as error:
            details = error.details() if isinstance(error, grpc.aio.AioRpcError) else str(error)
            self.note(method, metadata, request, errors=[str(details)], progress="response_completed")
            raise
        took = time.monotonic_ns() - started
        self.note(method, metadata, request, response, progress="response_completed", duration=took)
        return response

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            self._file.close()


def _json(message: Message) -> Any:
    return json_format.MessageToDict(message)


class _ClientTrace(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, trace: Trace, metadata: Mapping[str, Any]) -> None:
        self._trace, self._metadata = trace, {**metadata, "mode": "client"}

    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        method = client_call_details.method
        name = method.decode() if isinstance(method, bytes) else method

        async def send() -> Message:
            response: Message = await (await continuation(client_call_details, request))
            return response

        return await self._trace.call(name, self._metadata, request, send)


class ServerTrace(grpc.aio.ServerInterceptor):
    """Notes the calls that a server answers."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler

        async def answer(request: Message, context: Any) -> Message:
            async def send() -> Message:
                response: Message = await handler.unary_unary(request, context)
                return response

            return await self._trace.call(handler_call_details.method, {"mode": "server"}, request, send)

        return grpc.unary_unary_rpc_method_handler(answer, handler.request_deserializer, handler.response_serializer)


def open_channel(target: str, trace: Trace | None, metadata: Mapping[str, Any]) -> grpc.aio.Channel:
    """A connection to a server of this machine, and never one that another channel has opened: an attached provider tells two by them."""
    interceptors = [_ClientTrace(trace, metadata)] if trace else None
    options = [*OPTIONS, ("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.insecure_channel(target, options=options, interceptors=interceptors)
