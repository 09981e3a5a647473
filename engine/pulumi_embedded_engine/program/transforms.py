"""Transforms: functions of the program that change what is registered or invoked before the engine sees it."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import struct_pb2

from pulumi_embedded_engine.plan.resource_graph import ResourceGraph
from pulumi_embedded_engine.program.callbacks import Callbacks
from pulumi_embedded_engine.program.registration import Draft
from pulumi_embedded_engine.protocol import callback_pb2, resource_pb2
from pulumi_embedded_engine.resource import wire_values
from pulumi_embedded_engine.resource.values import Properties


class Transforms:
    """The transforms a program registered."""

    def __init__(self, callbacks: Callbacks, resource_graph: ResourceGraph) -> None:
        self._callbacks, self._resource_graph = callbacks, resource_graph
        self.stack: list[callback_pb2.Callback] = []
        self.invokes: list[callback_pb2.Callback] = []
        self._own: dict[str, Sequence[callback_pb2.Callback]] = {}

    def note(self, urn: str, transforms: Sequence[callback_pb2.Callback]) -> None:
        """Remember the transforms of a resource for its children."""
        if transforms:
            self._own[urn] = list(transforms)

    async def apply(self, draft: Draft, parent: str) -> None:
        """Run a resource's own transforms, then its ancestors', then the stack's.

        Raises:
            CallbackError: one of them raised.
        """
        transforms = list(draft.request.transforms)
        ancestor = parent
        while ancestor:
            transforms.extend(self._own.get(ancestor, ()))
            ancestor = self._resource_graph.parents.get(ancestor, "")
        for transform in (*transforms, *self.stack):
            request = resource_pb2.TransformRequest(
                type=draft.request.type,
                name=draft.request.name,
                custom=draft.request.custom,
                parent=parent,
                properties=_struct(draft.inputs),
                options=draft.options,
            )
            answer = await self._callbacks.invoke(transform, request, resource_pb2.TransformResponse)
            if answer.HasField("properties"):
                draft.inputs = wire_values.from_struct(answer.properties)
            if answer.HasField("options"):
                draft.options = answer.options

    async def apply_to_invoke(
        self, token: str, arguments: Properties, options: resource_pb2.TransformInvokeOptions
    ) -> tuple[Properties, resource_pb2.TransformInvokeOptions]:
        """Run the stack's transforms of function calls.

        Raises:
            CallbackError: one of them raised.
        """
        for transform in self.invokes:
            request = resource_pb2.TransformInvokeRequest(token=token, args=_struct(arguments), options=options)
            answer: Any = await self._callbacks.invoke(transform, request, resource_pb2.TransformInvokeResponse)
            if answer.HasField("args"):
                arguments = wire_values.from_struct(answer.args)
            if answer.HasField("options"):
                options = answer.options
        return arguments, options


def _struct(values: Properties) -> struct_pb2.Struct:
    return wire_values.to_struct(values, keep_secrets=True, keep_resources=True, keep_output_values=True)
