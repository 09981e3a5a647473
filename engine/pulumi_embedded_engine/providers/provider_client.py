"""The client of a provider in another process, over Pulumi's ResourceProvider protocol."""

import asyncio
import json
from collections.abc import Awaitable, Sequence
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2

from pulumi_embedded_engine.errors import describe
from pulumi_embedded_engine.plan.provider import Checked, CheckFailure, DiffUnavailable, InitFailed, Outcome, ProviderError
from pulumi_embedded_engine.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi_embedded_engine.providers import provider_wire
from pulumi_embedded_engine.providers.child import Child
from pulumi_embedded_engine.providers.rpc_errors import translate_error
from pulumi_embedded_engine.resource import state_values, wire_values
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import Changes, DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import (
    Properties,
    Secret,
    annotate_secrets,
    contains_unknowns,
    has_secrets,
    strip_secrets,
)

_UNKNOWN_CONFIGURATION = (
    "The provider for this resource has inputs that are not known during preview.\n"
    "This preview may not correctly represent the changes that will be applied during an update."
)
_CANCEL_SECONDS = 5
_CUT = frozenset({"Stream removed", "EOF", "Connection reset by peer"})
"""What gRPC says of a connection that ends in the middle of a call, with codes of its own choice."""
_INTRODUCTION_SECONDS = 60
_END_SECONDS = 2


class ProviderClient:
    """One provider process; `configure` must be called before anything but `check_config` and `diff_config`.

    Args:
        channel: the way to it.
        child: the process, where the engine has started it.
    """

    def __init__(self, channel: grpc.aio.Channel, child: Child | None) -> None:
        self._stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
        self._child = child
        self._handshake: provider_pb2.ProviderHandshakeResponse | None = None
        self._configured: asyncio.Task[provider_wire.Protocol] | None = None

    # Before configuration.

    async def handshake(self, request: provider_pb2.ProviderHandshakeRequest) -> None:
        """Introduce the engine; older providers do not know this call."""
        try:
            self._handshake = await self._stub.Handshake(request, timeout=_INTRODUCTION_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED:
                raise await self._failure(error) from error

    async def attach(self, engine_address: str) -> None:
        """Tell a provider that was started by somebody else where the engine is."""
        await self._send(self._stub.Attach(plugin_pb2.PluginAttach(address=engine_address), timeout=_INTRODUCTION_SECONDS))

    async def plugin_version(self) -> str:
        """The version that the plugin reports."""
        info = await self._send(self._stub.GetPluginInfo(empty_pb2.Empty(), timeout=_INTRODUCTION_SECONDS))
        return str(info.version)

    async def check_config(self, urn: str, olds: Properties, news: Properties) -> Checked:
        """Validate the configuration of the provider; one that does not know the call takes anything."""
        request = provider_pb2.CheckRequest(
            **_subject(urn),
            olds=provider_wire.to_plain_struct(olds),
            news=provider_wire.to_plain_struct(news),
        )
        try:
            response = await self._stub.CheckConfig(request)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return Checked(news)
            raise await self._failure(error) from error
        inputs = wire_values.from_struct(response.inputs) if response.HasField("inputs") else {}
        return Checked(annotate_secrets(inputs, news), provider_wire.failures_of(response.failures))

    async def diff_config(self, urn: str, old: Resource, news: Properties, ignore_changes: Sequence[str]) -> DiffResult:
        """Compare the configuration of the provider with a new one."""
        request = provider_pb2.DiffRequest(
            **_subject(urn),
            old_inputs=provider_wire.to_plain_struct(old.inputs),
            olds=provider_wire.to_plain_struct(old.outputs),
            news=provider_wire.to_plain_struct(news),
            ignoreChanges=ignore_changes,
        )
        try:
            response = await self._stub.DiffConfig(request)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return DiffResult(Changes.UNKNOWN)  # never a replacement: it would take every resource with it
            raise await self._failure(error) from error
        return provider_wire.diff_result(response)

    def configure(self, urn: str, id_: str, inputs: Properties) -> None:
        """Configure the provider; an error shows in the first call that needs the configuration."""
        if contains_unknowns({key: value for key, value in inputs.items() if key != "version"}):
            self._configured = asyncio.ensure_future(_settled(provider_wire.Protocol(known=False)))
            return
        package = urns.provider_package(urns.type_of(urn))
        variables = {
            f"{package}:config:{key}": value
            if isinstance(value, str)
            else json.dumps(state_values.to_state({"": value}, None)[""])
            for key, value in strip_secrets(inputs).items()
            if key != "version"
        }
        request = provider_pb2.ConfigureRequest(
            **_subject(urn),
            id=id_,
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            variables=variables,
            args=wire_values.to_struct(inputs, keep_secrets=True, keep_resources=True, keep_output_values=False),
        )
        self._configured = asyncio.ensure_future(self._configure(request))

    async def _configure(self, request: provider_pb2.ConfigureRequest) -> provider_wire.Protocol:
        response = await self._send(self._stub.Configure(request))
        agreed, preview = (self._handshake, True) if self._handshake else (response, response.supportsPreview)
        return provider_wire.agreed_protocol(agreed, supports_preview=preview)

    async def _protocol(self) -> provider_wire.Protocol:
        if self._configured is None:
            raise ProviderError("the provider was asked before it was configured")
        return await asyncio.shield(self._configured)

    # Resources.

    async def check(
        self, urn: str, olds: Properties, news: Properties, *, old_outputs: Properties, preview: bool, seed: bytes
    ) -> Checked:
        protocol = await self._protocol()
        if not protocol.known:
            return Checked(news)
        request = provider_pb2.CheckRequest(
            **_subject(urn),
            olds=provider_wire.to_wire(olds, protocol, unknowns=preview),
            news=provider_wire.to_wire(news, protocol, unknowns=preview),
            old_outputs=provider_wire.to_wire(old_outputs, protocol, unknowns=preview),
            randomSeed=seed,
        )
        response = await self._send(self._stub.Check(request))
        inputs = provider_wire.read(response.inputs, urn, unknowns=preview) if response.HasField("inputs") else {}
        return Checked(provider_wire.restore_secret_marks(inputs, news, protocol), provider_wire.failures_of(response.failures))

    async def diff(
        self, old: Resource, inputs: Properties, *, urn: str, preview: bool, ignore_changes: Sequence[str]
    ) -> DiffResult:
        protocol = await self._protocol()
        if not protocol.known:
            raise DiffUnavailable(_UNKNOWN_CONFIGURATION)
        request = provider_pb2.DiffRequest(
            id=old.id,
            **_subject(urn),
            old_inputs=provider_wire.to_wire(old.inputs, protocol, unknowns=preview, elide=True),
            olds=provider_wire.to_wire(old.outputs, protocol, unknowns=preview, elide=True),
            news=provider_wire.to_wire(inputs, protocol, unknowns=preview, elide=True),
            ignoreChanges=ignore_changes,
        )
        return provider_wire.diff_result(await self._send(self._stub.Diff(request)))

    async def create(self, new: Resource, *, preview: bool) -> Outcome:
        protocol = await self._protocol()
        if preview and not protocol.known:
            return Outcome("", {})
        if preview and not protocol.supports_preview:
            return Outcome("", new.inputs)
        request = provider_pb2.CreateRequest(
            **_subject(new.urn),
            properties=provider_wire.to_wire(new.inputs, protocol, unknowns=preview),
            timeout=new.custom_timeouts.get("create", 0),
            preview=preview,
        )
        outcome = await self._change(self._stub.Create(request), new, protocol, preview=preview)
        if not outcome.id and not preview:
            raise ProviderError(f"plugin returned empty resource.ID from create '{new.urn}'", unclear=True)
        return outcome

    async def update(self, old: Resource, new: Resource, *, preview: bool, ignore_changes: Sequence[str]) -> Outcome:
        protocol = await self._protocol()
        if preview and not protocol.known:
            return Outcome(old.id, {})
        if preview and not protocol.supports_preview:
            return Outcome(old.id, new.inputs)
        request = provider_pb2.UpdateRequest(
            id=old.id,
            **_subject(new.urn),
            old_inputs=provider_wire.to_wire(old.inputs, protocol, elide=True),
            olds=provider_wire.to_wire(old.outputs, protocol, elide=True),
            news=provider_wire.to_wire(new.inputs, protocol, unknowns=preview),
            timeout=new.custom_timeouts.get("update", 0),
            ignoreChanges=ignore_changes,
            preview=preview,
        )
        return await self._change(self._stub.Update(request), new, protocol, preview=preview)

    async def _change(self, call: Awaitable[Any], new: Resource, protocol: provider_wire.Protocol, *, preview: bool) -> Outcome:
        try:
            response = await self._send(call)
        except InitFailed as partial:
            found = partial.outcome
            outputs = provider_wire.restore_secret_marks(found.outputs or {}, new.inputs, protocol)
            partial_outcome = Outcome(found.id, outputs, found.inputs, found.refresh_before_update)
            raise InitFailed(partial.reasons, partial_outcome) from partial
        id_ = response.id if isinstance(response, provider_pb2.CreateResponse) else new.id
        try:
            outputs = provider_wire.read(response.properties, new.urn, unknowns=preview)
        except Exception as problem:
            if preview or not id_:
                raise
            # It exists: state has to know it, with what is known of it.
            partial_outcome = Outcome(id_, new.inputs, None, response.refresh_before_update)
            raise InitFailed([f"what the provider answered cannot be read: {describe(problem)}"], partial_outcome) from problem
        return Outcome(
            id_, provider_wire.restore_secret_marks(outputs, new.inputs, protocol), None, response.refresh_before_update
        )

    async def read(self, urn: str, id_: str, inputs: Properties | None, state: Properties | None, seconds: float) -> Outcome:
        protocol = await self._protocol()
        if not protocol.known:
            return Outcome("", {}, {})
        request = provider_pb2.ReadRequest(
            id=id_,
            **_subject(urn),
            inputs=None if inputs is None else provider_wire.to_wire(inputs, protocol, elide=True),
            properties=None if state is None else provider_wire.to_wire(state, protocol, elide=True),
            timeout=seconds,
        )
        try:
            response = await self._send(self._stub.Read(request))
        except InitFailed as partial:
            raise InitFailed(partial.reasons, provider_wire.read_outcome(partial.outcome, inputs, state, protocol)) from partial
        outputs = provider_wire.read(response.properties, urn) if response.HasField("properties") else None
        found = provider_wire.read(response.inputs, urn) if response.HasField("inputs") else None
        outcome = Outcome(response.id, outputs, found, response.refresh_before_update)
        return provider_wire.read_outcome(outcome, inputs, state, protocol)

    async def delete(self, old: Resource) -> None:
        protocol = await self._protocol()
        request = provider_pb2.DeleteRequest(
            id=old.id,
            **_subject(old.urn),
            properties=provider_wire.to_wire(old.outputs, protocol, elide=True),
            old_inputs=provider_wire.to_wire(old.inputs, protocol, elide=True),
            timeout=old.custom_timeouts.get("delete", 0),
        )
        await self._send(self._stub.Delete(request))

    async def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, Sequence[CheckFailure]]:
        protocol = await self._protocol()
        if not protocol.known:
            return {}, ()
        request = provider_pb2.InvokeRequest(tok=token, args=provider_wire.to_wire(arguments, protocol), preview=preview)
        response = await self._send(self._stub.Invoke(request))
        result = provider_wire.read(getattr(response, "return"), token)
        if has_secrets(arguments) and not protocol.accept_secrets:
            result = {key: value if isinstance(value, Secret) else Secret(value) for key, value in result.items()}
        return result, provider_wire.failures_of(response.failures)

    async def construct(self, request: provider_pb2.ConstructRequest) -> provider_pb2.ConstructResponse:
        """Build a component, which registers itself and its children on the way."""
        await self._protocol()
        response: provider_pb2.ConstructResponse = await self._send(self._stub.Construct(request))
        return response

    async def wait_configured(self) -> None:
        """Wait for a configuration that is on its way, so that none is cut off."""
        if self._configured is not None:
            await asyncio.wait([self._configured], timeout=_CANCEL_SECONDS)

    async def cancel(self) -> None:
        """Ask the provider to end what it is doing; not every provider can."""
        try:
            await self._stub.Cancel(empty_pb2.Empty(), timeout=_CANCEL_SECONDS)
        except (grpc.aio.AioRpcError, grpc.aio.UsageError):
            return  # it is gone, does not know the call, or is being closed: closing follows either way

    async def _send(self, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            raise await self._failure(error) from error

    async def _failure(self, error: grpc.aio.AioRpcError) -> ProviderError:
        """The provider's error; where its process has ended, that, for which gRPC has only words of its own."""
        cut = error.code() == grpc.StatusCode.UNAVAILABLE or error.details() in _CUT
        if self._child and cut and await self._child.wait_for_exit(_END_SECONDS):
            return ProviderError(
                f"the provider's process {self._child.describe_exit()} before it had answered ({self._child.what})", lost=True
            )
        return translate_error(error)


def _subject(urn: str) -> dict[str, Any]:
    """What most requests are about."""
    return {"urn": urn, "name": urns.name_of(urn), "type": urns.type_of(urn)}


async def _settled(protocol: provider_wire.Protocol) -> provider_wire.Protocol:
    return protocol
