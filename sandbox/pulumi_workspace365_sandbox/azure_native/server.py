# ruff: noqa: N802, ARG002  the protocol names its methods and gives each the same arguments
"""The ResourceProvider service, as azure-native answers it."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

import grpc
import httpx
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from pulumi_workspace365_sandbox.azure_native import functions, operations, values
from pulumi_workspace365_sandbox.azure_native.arm_client import ArmClient, ArmError
from pulumi_workspace365_sandbox.azure_native.operations import Unfinished, UnsupportedRequest

VERSION = "3.29.0"
_Context = grpc.aio.ServicerContext[Any, Any]
_Answer = TypeVar("_Answer")
_Method = Callable[[Any, Any, _Context], Coroutine[Any, Any, _Answer]]
_DIFF = provider_pb2.PropertyDiff
_KINDS = {
    ("add", False): _DIFF.ADD,
    ("add", True): _DIFF.ADD_REPLACE,
    ("delete", False): _DIFF.DELETE,
    ("delete", True): _DIFF.DELETE_REPLACE,
    ("update", False): _DIFF.UPDATE,
    ("update", True): _DIFF.UPDATE_REPLACE,
}


def _answering(method: _Method[_Answer]) -> _Method[_Answer]:
    """What goes wrong becomes the failed call's one line."""

    @wraps(method)
    async def answer(self: Any, request: Any, context: _Context) -> _Answer:
        try:
            return await method(self, request, context)
        except Unfinished as error:
            context.set_trailing_metadata(_partial(error, request))
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except (ArmError, UnsupportedRequest, ValueError) as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except httpx.HTTPError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"Azure does not answer: {error!r}")
        raise AssertionError

    return answer


def _partial(problem: Unfinished, request: Any) -> tuple[tuple[str, bytes]]:
    """What says that the resource is there, and not as it should be: the engine records it, and updates it the next time."""
    inputs = request.properties if isinstance(request, provider_pb2.CreateRequest) else request.news
    failed = provider_pb2.ErrorResourceInitFailed(id=problem.id, reasons=[str(problem)], inputs=inputs)
    if problem.outputs is not None:
        failed.properties.CopyFrom(values.to_struct(problem.outputs))
    detail = AnyMessage()
    detail.Pack(failed)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(problem), details=[detail])
    return (("grpc-status-details-bin", status.SerializeToString()),)


class AzureNativeProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One subscription; several engines may attach to it."""

    def __init__(self, client: ArmClient) -> None:
        self._client = client

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: _Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_resources=False, accept_secrets=False, accept_outputs=False)

    async def Attach(self, request: plugin_pb2.PluginAttach, context: _Context) -> Empty:
        return Empty()

    async def GetPluginInfo(self, request: Empty, context: _Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: _Context) -> provider_pb2.DiffResponse:
        changed = sorted(values.differences(values.read(request.old_inputs), values.read(request.news)))
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE, diffs=changed)

    async def Configure(self, request: provider_pb2.ConfigureRequest, context: _Context) -> provider_pb2.ConfigureResponse:
        self._client.configure(values.read(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False)

    @_answering
    async def Check(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:
        result = operations.check(request.urn, values.read(request.olds), values.read(request.news), request.randomSeed)
        failures = [provider_pb2.CheckFailure(reason=reason) for reason in result.failures]
        return provider_pb2.CheckResponse(inputs=values.to_struct(result.inputs), failures=failures)

    @_answering
    async def Diff(self, request: provider_pb2.DiffRequest, context: _Context) -> provider_pb2.DiffResponse:
        olds, state, news = (values.read(part) for part in (request.old_inputs, request.olds, request.news))
        result = operations.diff(request.urn, olds, state, news, request.ignoreChanges)
        kinds = provider_pb2.DiffResponse
        return kinds(
            changes=kinds.DIFF_SOME if result.paths else kinds.DIFF_NONE,
            diffs=sorted({path.partition(".")[0].partition("[")[0] for path in result.paths}),
            replaces=result.replaces,
            deleteBeforeReplace=result.deletes_first,
            detailedDiff={path: _DIFF(kind=_KINDS[kind], inputDiff=True) for path, kind in result.paths.items()},
            hasDetailedDiff=bool(result.paths),
        )

    @_answering
    async def Create(self, request: provider_pb2.CreateRequest, context: _Context) -> provider_pb2.CreateResponse:
        inputs = values.read(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=values.to_struct(operations.predicted(request.urn, inputs)))
        id_, outputs = await operations.create(self._client, request.urn, inputs)
        return provider_pb2.CreateResponse(id=id_, properties=values.to_struct(outputs))

    @_answering
    async def Read(self, request: provider_pb2.ReadRequest, context: _Context) -> provider_pb2.ReadResponse:
        inputs = values.read(request.inputs) if request.HasField("inputs") else {}
        state = values.read(request.properties)
        result = await operations.read(self._client, request.urn, request.id, inputs, state)
        if result is None:
            return provider_pb2.ReadResponse()
        id_, outputs, new_inputs = result
        return provider_pb2.ReadResponse(id=id_, properties=values.to_struct(outputs), inputs=values.to_struct(new_inputs))

    @_answering
    async def Update(self, request: provider_pb2.UpdateRequest, context: _Context) -> provider_pb2.UpdateResponse:
        inputs = values.read(request.news)
        if request.preview:
            predicted = operations.predicted(request.urn, inputs, state=values.read(request.olds))
            return provider_pb2.UpdateResponse(properties=values.to_struct(predicted))
        outputs = await operations.update(self._client, request.urn, inputs)
        return provider_pb2.UpdateResponse(properties=values.to_struct(outputs))

    @_answering
    async def Delete(self, request: provider_pb2.DeleteRequest, context: _Context) -> Empty:
        await operations.delete(self._client, request.urn, request.id)
        return Empty()

    @_answering
    async def Invoke(self, request: provider_pb2.InvokeRequest, context: _Context) -> provider_pb2.InvokeResponse:
        result = await functions.invoke(self._client, request.tok, values.read(request.args))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(values.to_struct(result))
        return response

    async def Cancel(self, request: Empty, context: _Context) -> Empty:
        return Empty()
