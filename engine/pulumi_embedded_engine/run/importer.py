"""Imports resources into a stack without running its program (the CLI's pkg/resource/deploy/import.go)."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan import cli_messages
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.plan.steps import Op, PlannedImport, Step
from pulumi_embedded_engine.program import default_providers
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.run.deployment_executor import DeploymentExecutor
from pulumi_embedded_engine.run.imports import Import
from pulumi_embedded_engine.workspace.config import StackConfig


class Importer:
    """Carries out one import.

    Args:
        deployment: what carries out the steps.
        config: the stack's, for default providers.
        project: the project's name.
        stack: the stack's name.
    """

    def __init__(self, deployment: DeploymentExecutor, config: StackConfig, *, project: str, stack: str) -> None:
        self._setup, self._executor, self._config = deployment.setup, deployment.executor, config
        self._project, self._stack = project, stack

    @property
    def _base(self) -> Snapshot:
        return self._setup.base

    async def run(self, imports: Sequence[Import]) -> None:
        """Import the resources.

        Raises:
            EngineError: it cannot be done; what failed in a step has been reported instead.
        """
        current = [entry for entry in self._base.entries if not entry.state.delete]
        for entry in current:
            if not await self._each([Step(Op.SAME, entry, Entry(replace(entry.state, id="")))]):
                return
        if not await self._root():
            return
        providers = await self._providers(imports)
        planned = [self._step(item, providers) for item in self._fresh(imports)]
        await self._batches(planned)

    async def _each(self, steps: Sequence[Step]) -> bool:
        """Carry out steps at once; whether all that was started so far went well."""
        await self._executor.each(steps)
        return not self._executor.error and not self._executor.cancelled.is_set()

    async def _root(self) -> bool:
        """Create the stack's own resource, where there is none yet; it has no outputs, so that no event tells them."""
        if self._root_urn in self._base.live:
            return True
        return await self._each(
            [Step(Op.CREATE, None, Entry(Resource(urn=self._root_urn, type=urns.ROOT_STACK_TYPE, custom=False)))]
        )

    @property
    def _root_urn(self) -> str:
        return urns.make_urn(self._stack, self._project, urns.ROOT_STACK_TYPE, f"{self._project}-{self._stack}")

    # Providers.

    async def _providers(self, imports: Sequence[Import]) -> Mapping[str, str]:
        """References by the URNs of the providers that the imports need; default ones are created where they are missing."""
        found: dict[str, Entry] = {}
        provider_resources: dict[str, Resource] = {}
        for item in imports:
            urn = self._provider_urn(item)
            if not urn:
                continue
            if urn in self._base.live:
                found[urn] = self._base.live[urn]
            elif item.provider:
                raise EngineError(f"the provider {item.provider} of {item.urn} is not in the stack: deploy it first")
            else:
                provider_resources[urn] = self._default(item, urn)
        steps = []
        for urn in sorted(provider_resources):
            await self._check(provider_resources[urn])
            steps.append(Step(Op.CREATE, None, Entry(provider_resources[urn])))
        await self._each(steps)
        found |= {step.urn: step.successor for step in steps}
        return {urn: urns.provider_reference(urn, entry.state.id) for urn, entry in found.items()}

    def _provider_urn(self, item: Import) -> str:
        if item.provider or item.component:
            return item.provider
        type_ = f"{urns.PROVIDER_TYPE_PREFIX}{_package(item)}"
        return urns.make_urn(self._stack, self._project, type_, default_providers.name(item.version, item.url))

    def _default(self, item: Import, urn: str) -> Resource:
        inputs = default_providers.inputs(self._config, _package(item), item.version, item.url)
        return Resource(urn=urn, type=urns.type_of(urn), custom=True, inputs=inputs)

    async def _check(self, state: Resource) -> None:
        checked = await self._setup.providers.registry.check(state.urn, {}, state.inputs, old_outputs={}, preview=False, seed=b"")
        for failure in checked.failures:
            self._setup.messages.error(state.urn, cli_messages.check_failure_message(state, failure))
        if checked.failures:
            raise EngineError("provider check failed")

    # Resources.

    def _fresh(self, imports: Sequence[Import]) -> list[Import]:
        """What is not there yet; the same id under the same name is there already."""
        registered: set[str] = set()
        fresh = []
        for item in imports:
            if item.urn in registered:
                raise EngineError(f"duplicate import '{item.name}' of type '{item.type}'")
            registered.add(item.urn)
            old = self._base.live.get(item.urn)
            if old is None or (old.state.import_id or old.state.id) != item.id:
                fresh.append(item)
        return fresh

    def _step(self, item: Import, providers: Mapping[str, str]) -> Step:
        state = Resource(
            urn=item.urn,
            type=item.type,
            custom=not item.component,
            inputs=item.inputs,
            outputs=item.outputs,
            parent=item.parent or self._root_urn,
            protect=item.protect,
            provider=providers.get(self._provider_urn(item), ""),
            import_id=item.id,
        )
        seed = b"" if item.component else os.urandom(32)
        return Step(Op.IMPORT, None, Entry(state), planned=PlannedImport(item.selected), seed=seed)

    async def _batches(self, steps: Sequence[Step]) -> None:
        """Import parents before their children."""
        waiting = {step.urn: step for step in steps}
        while waiting:
            ready = [step for step in waiting.values() if step.successor.state.parent not in waiting]
            for step in ready:
                del waiting[step.urn]
                step.planned = replace(step.planned or PlannedImport(selected=False), problem=self._problem(step))
            if not await self._each(ready):
                return

    def _problem(self, step: Step) -> str:
        parent = step.successor.state.parent
        if step.urn in self._base.live:
            return f"resource '{step.urn}' already exists"
        if urns.qualified_type(parent) != urns.ROOT_STACK_TYPE and parent not in self._executor.news:
            return f"unknown parent '{parent}' for resource '{step.urn}'"
        return ""


def _package(item: Import) -> str:
    return item.type.partition(":")[0]
