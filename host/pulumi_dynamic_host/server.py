# ruff: noqa: N802, ARG002  the protocol names its methods and gives each the same arguments
"""The ResourceProvider service: answers the engine on an event loop, lets providers block in threads."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from pulumi_dynamic_host import context, errors, event_loops, properties, property_diff
from pulumi_dynamic_host.lifecycle import Calls
from pulumi_dynamic_host.operations import Operations
from pulumi_dynamic_host.providers import Providers

_Answer = TypeVar("_Answer")
_Context = grpc.aio.ServicerContext[Any, Any]


class Host(provider_pb2_grpc.ResourceProviderServicer):
    """The protocol's methods. Whatever a provider does wrong ends here, as the text of one failed call."""

    def __init__(
        self,
        running: Calls,
        parallel: int,
        providers: Providers | None = None,
        operations: Operations | None = None,
        *,
        engine: str,
        connection: context.Connection | None = None,
    ) -> None:
        self._running = running
        self._engine = engine
        self._connection = connection or context.process_connection()
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="call")
        self._providers = providers or Providers()
        self._operations = operations or Operations(self._providers)

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: _Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        await self._introduce(request.engine_address, context)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    async def Attach(self, request: plugin_pb2.PluginAttach, context: _Context) -> Empty:
        await self._introduce(request.address, context)
        return Empty()

    async def _introduce(self, engine: str, rpc: _Context) -> None:
        """An engine says where it is. Another one than before would get what that one has configured and read."""
        self._engine = self._engine or engine
        if engine not in {"", self._engine}:
            await rpc.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"this process belongs to the engine at {self._engine} and serves no other: to attach it to engines, start it without an argument",
            )

    async def GetPluginInfo(self, request: Empty, context: _Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="0.1.0")  # the version of the SDK's host: it is part of the state

    async def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: _Context) -> provider_pb2.GetSchemaResponse:
        return await self._answer(request, context, _schema)

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: _Context) -> provider_pb2.DiffResponse:
        """A changed configuration never replaces a provider, which would replace its resources."""
        kinds = property_diff.diff_properties(request.old_inputs, request.news)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if kinds else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=sorted({property_diff.top_level_key(path) for path in kinds}),
            detailedDiff=property_diff.detailed_diff(kinds, [], request.old_inputs, request.news),
            hasDetailedDiff=bool(kinds),
        )

    async def Configure(self, request: provider_pb2.ConfigureRequest, context: _Context) -> provider_pb2.ConfigureResponse:
        properties.remember_secrets(request.args)
        self._providers.config = properties.read(request.args)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Check(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:
        return await self._answer(request, context, self._operations.check)

    async def Diff(self, request: provider_pb2.DiffRequest, context: _Context) -> provider_pb2.DiffResponse:
        return await self._answer(request, context, self._operations.diff)

    async def Create(self, request: provider_pb2.CreateRequest, context: _Context) -> provider_pb2.CreateResponse:
        return await self._answer(request, context, self._operations.create)

    async def Read(self, request: provider_pb2.ReadRequest, context: _Context) -> provider_pb2.ReadResponse:
        return await self._answer(request, context, self._operations.read)

    async def Update(self, request: provider_pb2.UpdateRequest, context: _Context) -> provider_pb2.UpdateResponse:
        return await self._answer(request, context, self._operations.update)

    async def Delete(self, request: provider_pb2.DeleteRequest, context: _Context) -> Empty:
        return await self._answer(request, context, self._operations.delete)

    async def Cancel(self, request: Empty, context: _Context) -> Empty:
        self._running.cancel()
        return Empty()

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: _Context) -> provider_pb2.InvokeResponse:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"dynamic providers have no functions: {request.tok} does not exist")

    def close(self) -> None:
        """No call follows. Those in progress go on."""
        self._threads.shutdown(wait=False)

    async def _answer(self, request: Any, rpc: _Context, work: Callable[[Any], _Answer]) -> _Answer:
        """Run one operation in a thread. It goes on if the engine hangs up, and counts as running until it ends."""
        if properties.may_hold_secrets(request):
            for _, value in request.ListFields():
                if isinstance(value, Struct):
                    properties.remember_secrets(value)
        call = context.Call(
            operation=work.__name__,
            urn=getattr(request, "urn", ""),
            timeout=getattr(request, "timeout", 0) or None,
            preview=getattr(request, "preview", False),
            hosted=True,
            run=self._engine,
            connection=self._connection,
        )
        self._running.begin(call)
        run = contextvars.copy_context().run
        future = asyncio.get_running_loop().run_in_executor(self._threads, run, _outcome, work, request, call)
        future.add_done_callback(lambda _: self._running.end(call))
        answer, problem = await asyncio.shield(future)
        if problem is not None:
            trailers = problem.trailers() if isinstance(problem, errors.InitFailed) else ()
            await rpc.abort(grpc.StatusCode.UNKNOWN, errors.format_error(problem), trailers)
        return cast("_Answer", answer)


def _schema(_: provider_pb2.GetSchemaRequest) -> provider_pb2.GetSchemaResponse:
    from pulumi_dynamic_host import schema  # noqa: PLC0415  only pulumi import asks for it

    return provider_pb2.GetSchemaResponse(schema=schema.schema_of_registered_types())


def _outcome(work: Callable[[Any], _Answer], request: Any, call: context.Call) -> tuple[Any, BaseException | None]:
    with context.set_current(call):
        try:
            event_loops.set_thread_loop()
            return work(request), None
        except BaseException as problem:  # noqa: BLE001  the border: even sys.exit() in a provider is one failed call
            return None, problem
