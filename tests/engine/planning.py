"""Programs, a provider and its server within this process: what the planner does with any program can be tried by the hundred.

Planner, executor, recorder, journal and state are the real ones; only processes and protocols are left out.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_embedded_engine.errors import BailError
from pulumi_embedded_engine.plan.context import Mode, PlanOptions
from pulumi_embedded_engine.plan.goal import Goal, Outputs, Read, Registered, Registration
from pulumi_embedded_engine.plan.planner import Planner
from pulumi_embedded_engine.plan.snapshot import Snapshot
from pulumi_embedded_engine.plan.source import Closed, Finished, Source
from pulumi_embedded_engine.plan.urn_resolver import UrnResolver
from pulumi_embedded_engine.program.callbacks import Callbacks
from pulumi_embedded_engine.program.hooks import Hooks
from pulumi_embedded_engine.report.masking import Masker
from pulumi_embedded_engine.report.observer import Reporter, StepObserver
from pulumi_embedded_engine.report.recorder import Recorder
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN, Properties
from pulumi_embedded_engine.run.apply import Applier
from pulumi_embedded_engine.run.deployment_executor import DeploymentExecutor, Setup
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.store.stack_store import StackStore
from tests.engine.sample_plan import GROUP, PROVIDER, TYPE, Registry, Server, Spec


@dataclass
class Ran:
    """How an operation ended."""

    ok: bool
    changes: dict[str, int]
    messages: list[str]


class Noted:
    """Keeps what is said."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def diagnostic(self, diagnostic: Any) -> None:
        self.messages.append(f"{diagnostic.severity}: {diagnostic.message}")

    def __getattr__(self, _name: str) -> Any:
        return lambda *_arguments, **_more: None


@dataclass
class Stack:
    """A stack, its server, and the ways to change it."""

    store: StackStore
    secrets: PassphraseSecrets
    server: Server = field(default_factory=Server)

    def resources(self) -> list[Resource]:
        return self.store.load(self.secrets.decrypt).resources

    def ids(self) -> set[str]:
        """The ids of everything that state says exists on the server."""
        there = [resource for resource in self.resources() if resource.type == TYPE and not resource.pending_replacement]
        return {resource.id for resource in there}

    def pending(self) -> list[tuple[str, str]]:
        operations = self.store.load(self.secrets.decrypt).pending_operations
        return [(operation.type, operation.resource.urn) for operation in operations]

    def up(self, specs: Sequence[Spec], **options: Any) -> Ran:
        return self.run(specs, **options)

    def run(self, specs: Sequence[Spec], mode: Mode = Mode.UPDATE, **options: Any) -> Ran:
        """An operation: `preview`, `refresh`, `keep_going`, `reads_first` (each before it is planned), `parallel`; a crash leaves its journal as it is."""
        self.server.solo = {spec.name for spec in specs if spec.solo}
        self.server.waits = _waits(specs)
        with self.store.lock():
            return asyncio.run(_operate(self, specs, mode, **options))

    def refresh(self) -> Ran:
        return self.run([], Mode.REFRESH, refresh=True)

    def destroy(self) -> Ran:
        return self.run([], Mode.DESTROY)


def _waits(specs: Sequence[Spec]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for spec in specs:  # each after those that it needs
        needed = {*spec.uses, *spec.after, *filter(None, [spec.parent])}
        found[spec.name] = needed.union(*(found[name] for name in needed))
    return found


async def _operate(
    stack: Stack,
    specs: Sequence[Spec],
    mode: Mode,
    *,
    preview: bool = False,
    refresh: bool = False,
    keep_going: bool = False,
    reads_first: bool = False,
    parallel: int = 4,
) -> Ran:
    stack.server.crashed = asyncio.Event()
    journal = None if preview else stack.store.open_journal(stack.secrets)
    base, source, noted = Snapshot(stack.resources()), Source(), Noted()
    reporter = Reporter([noted], Masker())
    observer = StepObserver(reporter, Recorder(journal, base) if journal else None, refresh_only=mode == Mode.REFRESH)
    providers = Registry(stack.server)
    urn_resolver = UrnResolver("shop", stack.store.name, base, providers, reporter)
    planner = Planner(PlanOptions(preview=preview, refresh=reads_first), base, urn_resolver, providers, reporter)
    hooks = Hooks(Callbacks(None), reporter, preview=preview)
    applier = Applier(providers, hooks, reporter, preview, False, planner.record.deletes)
    setup = Setup(
        base=base,
        source=source,
        providers=providers,
        urn_resolver=urn_resolver,
        planner=planner,
        applier=applier,
        observer=observer,
        messages=reporter,
        parallel=parallel,
        keep_going=keep_going,
        mode=Mode.UPDATE,
    )
    deployment = DeploymentExecutor(setup)
    running = asyncio.ensure_future(_conduct(deployment, source, specs, mode, refresh=refresh))
    crash = asyncio.ensure_future(stack.server.crashed.wait())
    await asyncio.wait([running, crash], return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        running.cancel()
        deployment.executor.abort()
        if journal:
            journal.close()
        return Ran(ok=False, changes={}, messages=["crashed"])
    crash.cancel()
    if journal:
        stack.store.close_journal(journal)
    return Ran(running.result(), dict(observer.changes), noted.messages)


async def _conduct(deployment: DeploymentExecutor, source: Source, specs: Sequence[Spec], mode: Mode, *, refresh: bool) -> bool:
    setup = deployment.setup
    if refresh:
        ok = await deployment.refresh(list(setup.base.entries))
        if setup.observer._recorder:
            setup.observer._recorder.rebuilt(setup.base)
        if not ok or mode == Mode.REFRESH:
            return ok
    if mode == Mode.DESTROY:
        source.put(Finished())
        return await deployment.run()
    program = asyncio.ensure_future(_Program(source, setup.urn_resolver).run(specs))
    try:
        return await deployment.run()
    except BailError:
        return False
    finally:
        source.close()
        await program


class _Program:
    """Registers what the specs say, each as soon as what it needs is there."""

    def __init__(self, source: Source, urn_resolver: UrnResolver) -> None:
        self._source, self._urn_resolver = source, urn_resolver
        self._made: dict[str, asyncio.Task[Resource | None]] = {}
        self._root = self._provider = ""

    async def run(self, specs: Sequence[Spec]) -> None:
        root = await self._register(Goal(urns.ROOT_STACK_TYPE, "shop-dev", custom=False, properties={}))
        provider = root and await self._register(Goal(PROVIDER, "default", custom=True, properties={}))
        if root and provider:
            self._root, self._provider = root.urn, urns.provider_reference(provider.urn, provider.id)
            for spec in specs:
                self._made[spec.name] = asyncio.ensure_future(self._make(spec))
            await asyncio.gather(*self._made.values())
            await self._finish(root.urn)
        self._source.put(Finished())

    async def _register(self, goal: Goal) -> Resource | None:
        outcome: asyncio.Future[Registered] = asyncio.get_running_loop().create_future()
        try:
            registered = await self._source.ask(Registration(goal=goal, outcome=outcome), outcome)
        except Closed:
            return None
        return registered.state  # what failed or was skipped, too: its dependents register with unknown values

    async def _make(self, spec: Spec) -> Resource | None:
        needed = {name: await self._made[name] for name in (*spec.uses, *spec.after, *filter(None, [spec.parent, spec.reads]))}
        found = {name: state for name, state in needed.items() if state}
        if len(found) < len(needed):
            return None
        if spec.reads:
            return await self._read(spec, found[spec.reads])
        made = await self._register(self._goal(spec, found))
        if made and spec.component:
            await self._finish(made.urn)
        return made

    async def _read(self, spec: Spec, of: Resource) -> Resource | None:
        outcome: asyncio.Future[Registered] = asyncio.get_running_loop().create_future()
        urn = self._urn_resolver.urn(self._root, TYPE, spec.full_name)
        id_ = of.id or urns.UNKNOWN_ID
        state = Resource(urn=urn, type=TYPE, custom=True, external=True, id=id_, parent=self._root, provider=self._provider)
        try:
            return (await self._source.ask(Read(state=state, outcome=outcome), outcome)).state
        except Closed:
            return None

    def _goal(self, spec: Spec, found: dict[str, Resource]) -> Goal:
        goal = Goal(
            GROUP if spec.component else TYPE,
            spec.full_name,
            custom=not spec.component,
            properties={},
            parent=found[spec.parent].urn if spec.parent else self._root,
            dependencies=tuple(found[name].urn for name in (*spec.uses, *spec.after)),
            protect=spec.protect,
            aliases=spec.aliases,
            import_id=spec.adopts,
        )
        if spec.component:
            return goal
        kept: Properties = {"name": spec.name, "size": spec.size, "shape": spec.shape, "solo": spec.solo, "tied": spec.tied}
        used: Properties = {f"use:{name}": found[name].id or UNKNOWN for name in spec.uses}
        because: dict[str, tuple[str, ...]] = {f"use:{name}": (found[name].urn,) for name in spec.uses}
        return replace(goal, properties=kept | used, property_dependencies=because, provider=self._provider)

    async def _finish(self, urn: str) -> None:
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            await self._source.ask(Outputs(urn, {}, outcome), outcome)
        except Closed:
            return
