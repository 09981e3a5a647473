# ruff: noqa: N802, ARG002  the protocol names its methods and gives each the same arguments
"""The ResourceProvider service of a package, over the same host that serves dynamic providers."""

import asyncio
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.output import contains_unknowns
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from pulumi_dynamic_host import context, properties, redaction, wording
from pulumi_dynamic_host.lifecycle import Calls
from pulumi_dynamic_host.package import Configuration, Package
from pulumi_dynamic_host.package_operations import PackageOperations, PackageProviders
from pulumi_dynamic_host.property_names import ObjectNames
from pulumi_dynamic_host.server import Host

_Context = grpc.aio.ServicerContext[Any, Any]
_DEFAULT = "default"


class PackageHost(Host):
    """What a package answers itself; everything else, and all handling of calls, is the host's."""

    def __init__(
        self,
        running: Calls,
        parallel: int,
        *,
        package: Package,
        engine: str = "",
        connection: context.Connection | None = None,
    ) -> None:
        """Without a connection, the process serves one engine."""
        providers = PackageProviders(package, is_shared=connection is not None)
        operations = PackageOperations(package, providers)
        super().__init__(running, parallel, providers, operations, engine=engine, connection=connection)
        self._package = package
        self._components: Any = None

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: _Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Components get outputs inside of objects as such; without, one secret would make an output of the whole object."""
        await self._introduce(request.engine_address, context)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_outputs=True)

    async def GetPluginInfo(self, request: Empty, context: _Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._package.version)

    async def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: _Context) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=self._package.schema())

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:
        return await self._answer(request, context, self._check_config)

    def _check_config(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Unknown values pass, secrets become secret, and nothing else is changed."""
        inputs = ObjectNames(secrets=self._package.configuration_secrets).mark_secrets(request.news)
        properties.remember_secrets(inputs)
        reasons = self._package.check_configuration(_configuration(request.urn, inputs))
        failures = [provider_pb2.CheckFailure(reason=redaction.redact(wording.translate(reason))) for reason in reasons]
        return provider_pb2.CheckResponse(inputs=inputs, failures=failures)

    async def Configure(self, request: provider_pb2.ConfigureRequest, context: _Context) -> provider_pb2.ConfigureResponse:
        inputs = ObjectNames(secrets=self._package.configuration_secrets).mark_secrets(request.args)
        properties.remember_secrets(inputs)
        self._providers.config = self._package.provider_configuration(_configuration(request.urn, inputs))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptOutputs=True)

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: _Context) -> provider_pb2.InvokeResponse:
        return await self._answer(request, context, self._invoke)

    def _invoke(self, request: provider_pb2.InvokeRequest) -> provider_pb2.InvokeResponse:
        invoked = self._package.invoke(request.tok, properties.read(request.args), self._providers.config)
        result = invoked.names.to_wire(properties.write(invoked.value, Struct()))
        properties.remember_secrets(result)
        answer = provider_pb2.InvokeResponse(
            failures=[provider_pb2.CheckFailure(reason=redaction.redact(reason)) for reason in invoked.failures]
        )
        getattr(answer, "return").CopyFrom(result)
        return answer

    async def Construct(self, request: provider_pb2.ConstructRequest, context: _Context) -> provider_pb2.ConstructResponse:
        answer: provider_pb2.ConstructResponse = await self._component_call(request, context, "Construct")
        return answer

    async def Call(self, request: provider_pb2.CallRequest, context: _Context) -> provider_pb2.CallResponse:
        answer: provider_pb2.CallResponse = await self._component_call(request, context, "Call")
        return answer

    async def _component_call(self, request: Any, rpc: _Context, method: str) -> Any:
        """Components are built on the event loop, as a program's are; the call counts as running until it is answered."""
        if self._components is None:
            self._components = self._package.components(self._engine)
        call = context.Call(operation=method.lower(), hosted=True, run=self._engine, connection=self._connection)
        self._running.begin(call)
        try:
            return await asyncio.create_task(self._built(call, method, request, rpc))
        finally:
            self._running.end(call)

    async def _built(self, call: context.Call, method: str, request: Any, rpc: _Context) -> Any:
        with context.set_current(call):
            return await getattr(self._components, method)(request, rpc)


def _configuration(urn: str, inputs: Struct) -> Configuration:
    """Of a provider resource. The engine knows its default providers by their names, too."""
    _, _, rest = urn.partition("::")
    project, _, rest = rest.partition("::")
    name = rest.rpartition("::")[2]
    given = properties.read(inputs, unknowns=True)
    known = {key: value for key, value in given.items() if key != "version" and not contains_unknowns(value)}
    return Configuration(known, "" if name.startswith(_DEFAULT) else name, project)
