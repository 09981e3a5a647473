"""Calls functions of the program, which serves them at the address in each registration."""

from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.protocol import callback_pb2, callback_pb2_grpc
from pulumi_embedded_engine.providers.trace import Trace, open_channel

Answer = TypeVar("Answer", bound=Message)


class CallbackError(EngineError):
    """A function of the program raised, or the program is gone."""


class Callbacks:
    """The connections to the programs' callback servers; there is one unless remote components join in."""

    def __init__(self, trace: Trace | None) -> None:
        self._trace = trace
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def invoke(self, callback: callback_pb2.Callback, request: Message, answer: type[Answer]) -> Answer:
        """Call a function.

        Raises:
            CallbackError: it raised; the message is the program's.
        """
        if callback.target not in self._channels:
            self._channels[callback.target] = open_channel(callback.target, self._trace, {"kind": "callbacks"})
        stub: Any = callback_pb2_grpc.CallbacksStub(self._channels[callback.target])
        message = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        try:
            response = await stub.Invoke(message)
        except grpc.aio.AioRpcError as error:
            raise CallbackError(error.details() or f"the program did not answer a callback ({error.code().name})") from error
        parsed = answer()
        parsed.ParseFromString(response.response)
        return parsed

    async def close(self) -> None:
        """Close the connections to the program."""
        for channel in self._channels.values():
            await channel.close()
