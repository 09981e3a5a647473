"""Which provider serves a request of the program: the one that it names, or the default provider of its package."""

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.provider import Provider, Providers
from pulumi_embedded_engine.program.default_providers import DefaultProviders, plugin_inputs
from pulumi_embedded_engine.program.packages import Packages
from pulumi_embedded_engine.program.registration import Draft, Options, package_of
from pulumi_embedded_engine.protocol import resource_pb2
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.values import Properties


class ProviderReferences:
    """The references of the providers that serve a program's requests, as state keeps them (``urn::id``).

    Args:
        providers: the providers of the operation.
        defaults: registers a package's default provider when it is first needed.
    """

    def __init__(self, providers: Providers, defaults: DefaultProviders) -> None:
        self._providers, self._defaults = providers, defaults
        self.packages = Packages()

    async def of_registration(self, draft: Draft) -> str:
        """The provider of a resource; empty for a component of the program. A provider resource gets its plugin among its inputs.

        Raises:
            EngineError: the reference is malformed, or the package or its default provider is not available.
            Closed: the operation ended first.
        """
        request, options = draft.request, draft.options
        if not request.custom and not request.remote:
            return ""
        if urns.is_provider_type(request.type):
            draft.inputs |= self._plugin_inputs(request, options)
            return ""
        if options.provider:
            return check_reference(options.provider)
        return await self._default(request.packageRef, request.type, options.version, options.plugin_download_url)

    async def of_read(self, request: resource_pb2.ReadResourceRequest) -> str:
        """The provider that reads a resource; raises as `of_registration`."""
        if request.provider:
            return request.provider
        return await self._default(request.packageRef, request.type, request.version, request.pluginDownloadURL)

    async def invoked(
        self, request: resource_pb2.ResourceInvokeRequest, options: resource_pb2.TransformInvokeOptions
    ) -> Provider:
        """The provider that has a function.

        Raises:
            EngineError: there is no such provider.
            Closed: the operation ended first.
        """
        reference = options.provider or await self._default(
            request.packageRef, request.tok, options.version, options.plugin_download_url
        )
        if (provider := self._providers.find(reference)) is None:
            raise EngineError(f"Invoke: unknown provider '{options.provider}' -> '{reference}'")
        return provider

    async def _default(self, package_reference: str, token: str, version: str, url: str) -> str:
        package = self.packages.find(package_reference, package_of(token), version, url)
        return await self._defaults.reference(package.name, package.version, package.url, token)

    def _plugin_inputs(self, request: resource_pb2.RegisterResourceRequest, options: Options) -> Properties:
        """Which plugin an explicit provider asks for, as state keeps it among its inputs."""
        package = self.packages.find(request.packageRef, "", options.version, options.plugin_download_url)
        return plugin_inputs(package.version, package.url)


def check_reference(reference: str) -> str:
    """A provider reference of a program.

    Raises:
        EngineError: it is none.
    """
    try:
        urns.split_provider_reference(reference)
    except ValueError as error:
        raise EngineError(f"could not parse provider reference: {error}") from error
    return reference
