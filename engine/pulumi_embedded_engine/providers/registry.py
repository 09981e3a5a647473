"""The providers of an operation: provider resources are managed here, and every other resource by one of them.

The life of a provider resource follows the CLI's (pkg/resource/deploy/providers/registry.go): Check starts the process, which
waits without an identity until Create, Update or Same configure it under one.
"""

import uuid
from collections.abc import Sequence

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.plan.provider import Checked, CheckFailure, Outcome, Provider, ProviderError
from pulumi_embedded_engine.plan.snapshot import Snapshot
from pulumi_embedded_engine.providers.builtin_provider import BuiltinProvider
from pulumi_embedded_engine.providers.plugins import Plugins
from pulumi_embedded_engine.providers.provider_client import ProviderClient
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import Changes, DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties, equal

_INTERNAL = "__internal"
_BUILTIN = "pulumi"


class Registry:
    """The provider of provider resources, and the way to all others (`provider.Provider` and `provider.Providers`)."""

    def __init__(self, plugins: Plugins, base: Snapshot, builtin: BuiltinProvider) -> None:
        self._plugins, self._base, self._builtin = plugins, base, builtin
        self._checked: dict[str, ProviderClient] = {}
        self._running: dict[str, Provider] = {}
        self._aliases: dict[str, str] = {}

    @property
    def registry(self) -> "Registry":
        return self

    # All providers.

    def find(self, reference: str) -> Provider | None:
        return self._running.get(reference)

    def alias(self, urn: str, former: str) -> None:
        self._aliases[urn] = former

    def _put(self, urn: str, id_: str, provider: Provider) -> None:
        for name in (urn, self._aliases.get(urn)):
            if name:
                self._running[urns.provider_reference(name, id_)] = provider

    async def ensure(self, reference: str) -> None:
        if not reference or reference in self._running:
            return
        urn, id_ = urns.split_provider_reference(reference)
        for entry in self._base.all.get(urn, ()):
            if entry.state.id == id_:
                await self.start(entry.state, checked=False)
                return
        raise EngineError(f"could not find provider {reference}")

    async def start(self, state: Resource, *, checked: bool) -> None:
        if urns.provider_reference(state.urn, state.id) in self._running:
            return
        if _package(state.urn) == _BUILTIN:
            self._put(state.urn, state.id, self._builtin)
            return
        client = self._checked.pop(state.urn, None) if checked else None
        client = client or await self._launch(state.urn, state.inputs)
        client.configure(state.urn, state.id, visible(state.inputs))
        self._put(state.urn, state.id, client)

    async def diff_config(self, reference: str, old: Resource, inputs: Properties) -> DiffResult:
        provider = self.find(reference)
        if not isinstance(provider, ProviderClient):
            return DiffResult(Changes.NONE)
        return await provider.diff_config(
            urns.split_provider_reference(reference)[0], _without_internals(old), visible(inputs), ()
        )

    async def _launch(self, urn: str, inputs: Properties) -> ProviderClient:
        internal = inputs.get(_INTERNAL)
        if isinstance(internal, dict) and internal.keys() & {"parameterization", "envVarMappings"}:
            raise NeedsPulumiCLI(f"the provider {urn}, which is parameterized or maps environment variables,")
        return (await self._plugins.start(_package(urn))).client

    # Provider resources.

    async def check(
        self, urn: str, olds: Properties, news: Properties, *, old_outputs: Properties, preview: bool, seed: bytes
    ) -> Checked:
        del old_outputs, preview, seed  # a provider's configuration may always hold unknown values, and gets no names made up
        if _package(urn) == _BUILTIN:
            return Checked(news)
        client = await self._launch(urn, news)
        checked = await client.check_config(urn, visible(olds), visible(news))
        if checked.failures:
            return checked
        self._checked[urn] = client
        inputs = dict(checked.inputs)
        for key in ("version", _INTERNAL):
            if key in news:
                inputs[key] = news[key]
        return Checked(inputs)

    async def diff(
        self, old: Resource, inputs: Properties, *, urn: str, preview: bool, ignore_changes: Sequence[str]
    ) -> DiffResult:
        del preview
        provider = self._checked.get(urn) or self.find(urns.provider_reference(urn, old.id))
        if not isinstance(provider, ProviderClient):
            return DiffResult(Changes.NONE)
        diff = await provider.diff_config(urn, _without_internals(old), visible(inputs), ignore_changes)
        if diff.changes == Changes.UNKNOWN:
            same = equal(old.outputs, visible(inputs))
            return DiffResult(Changes.NONE if same else Changes.SOME, diff.replace_keys, detailed=diff.detailed)
        return diff

    async def create(self, new: Resource, *, preview: bool) -> Outcome:
        id_ = urns.UNKNOWN_ID if preview else str(uuid.uuid4())
        await self._configure(new, id_)
        return Outcome(id_, visible(new.inputs))

    async def update(self, old: Resource, new: Resource, *, preview: bool, ignore_changes: Sequence[str]) -> Outcome:
        del preview, ignore_changes
        await self._configure(new, old.id)
        return Outcome(old.id, visible(new.inputs))

    async def _configure(self, new: Resource, id_: str) -> None:
        if _package(new.urn) == _BUILTIN:
            self._put(new.urn, id_, self._builtin)
            return
        client = self._checked.pop(new.urn, None) or await self._launch(new.urn, new.inputs)
        client.configure(new.urn, id_, visible(new.inputs))
        self._put(new.urn, id_, client)

    async def read(self, urn: str, id_: str, inputs: Properties | None, state: Properties | None, seconds: float) -> Outcome:
        del urn, id_, inputs, state, seconds
        raise ProviderError("provider resources may not be read")

    async def delete(self, old: Resource) -> None:
        self._running.pop(urns.provider_reference(old.urn, old.id), None)

    async def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, Sequence[CheckFailure]]:
        del arguments, preview
        raise ProviderError(f"the registry of providers has no function {token}")


def _package(urn: str) -> str:
    return urns.provider_package(urns.type_of(urn))


def visible(inputs: Properties) -> Properties:
    """A provider's configuration without what only the engine needs to know."""
    return {key: value for key, value in inputs.items() if key != _INTERNAL}


def _without_internals(old: Resource) -> Resource:
    return Resource(urn=old.urn, type=old.type, custom=True, id=old.id, inputs=visible(old.inputs), outputs=old.outputs)
