"""The details of a gRPC error: Pulumi's causes and partial failures (sdk/go/common/util/rpcutil/rpcerror)."""

from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from pulumi_embedded_engine.plan.provider import InitFailed, Outcome, ProviderError
from pulumi_embedded_engine.protocol import errors_pb2, provider_pb2, status_pb2
from pulumi_embedded_engine.resource import wire_values

_UNCLEAR = (grpc.StatusCode.INTERNAL, grpc.StatusCode.DATA_LOSS, grpc.StatusCode.UNKNOWN)
_DETAILS = "grpc-status-details-bin"


def translate_error(error: grpc.aio.AioRpcError) -> ProviderError:
    """The provider's error in the engine's terms."""
    message = error.details() or error.code().name
    for detail in _details(error):
        kind = detail.type_url.rpartition("/")[2]
        if kind == provider_pb2.ErrorResourceInitFailed.DESCRIPTOR.full_name:
            return _init_failed(provider_pb2.ErrorResourceInitFailed.FromString(detail.value))
        if kind == errors_pb2.ErrorCause.DESCRIPTOR.full_name:
            message = f"{message}: {errors_pb2.ErrorCause.FromString(detail.value).message}"
    return ProviderError(message, unclear=error.code() in _UNCLEAR, lost=error.code() == grpc.StatusCode.UNAVAILABLE)


def _details(error: grpc.aio.AioRpcError) -> list[Any]:
    metadata = error.trailing_metadata()
    packed = dict(metadata).get(_DETAILS) if metadata else None
    if not isinstance(packed, bytes):
        return []
    try:
        return list(status_pb2.Status.FromString(packed).details)
    except DecodeError:
        return []  # another library's idea of details: the message stands


def _init_failed(detail: provider_pb2.ErrorResourceInitFailed) -> InitFailed:
    outputs = wire_values.from_struct(detail.properties) if detail.HasField("properties") else None
    inputs = wire_values.from_struct(detail.inputs) if detail.HasField("inputs") else None
    outcome = Outcome(detail.id, outputs, inputs, detail.refresh_before_update)
    return InitFailed(detail.reasons, outcome)
