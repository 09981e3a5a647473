"""One run of one operation: preview or change, of an update, a refresh or a destroy."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import grpc.aio
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from pulumi_embedded_engine.apply import Applier
from pulumi_embedded_engine.builtin_provider import BuiltinProvider
from pulumi_embedded_engine.callbacks import Callbacks
from pulumi_embedded_engine.case import Mode, Rules
from pulumi_embedded_engine.config import StackConfig
from pulumi_embedded_engine.deployment import Deployment, Setup, pending_warning
from pulumi_embedded_engine.engine_service import EngineService
from pulumi_embedded_engine.entries import Base
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.events import MASK, Summary
from pulumi_embedded_engine.family import Family
from pulumi_embedded_engine.hooks import Hooks
from pulumi_embedded_engine.identities import Identities
from pulumi_embedded_engine.journal import Journal
from pulumi_embedded_engine.language import Program, interpreter
from pulumi_embedded_engine.monitor import Monitor, Session
from pulumi_embedded_engine.observer import Reporter, StepObserver
from pulumi_embedded_engine.planner import Planner
from pulumi_embedded_engine.plugins import Plugins
from pulumi_embedded_engine.project import Project
from pulumi_embedded_engine.recorder import Recorder
from pulumi_embedded_engine.registry import Registry
from pulumi_embedded_engine.source import Finished, Source
from pulumi_embedded_engine.state import Deployment as State
from pulumi_embedded_engine.state import Resource
from pulumi_embedded_engine.trace import OPTIONS, ServerTrace, Trace
from pulumi_embedded_engine.transforms import Transforms


@dataclass(frozen=True)
class Options:
    """What the person asked for.

    Args:
        kind: what the program is run for, if it is run.
        refresh: read resources before anything else.
        run_program: refresh or destroy with the program running; an update always runs it.
        parallel: how many steps run at once.
        continue_on_error: failed steps stop only what depends on them.
        ignore_protect: delete and replace protected resources.
        replace: URNs to replace.
    """

    kind: Mode = Mode.UPDATE
    refresh: bool = False
    run_program: bool = False
    parallel: int = 0
    continue_on_error: bool = False
    ignore_protect: bool = False
    replace: frozenset[str] = frozenset()

    @property
    def runs_program(self) -> bool:
        return self.kind == Mode.UPDATE or self.run_program


@dataclass
class Outcome:
    """How a run ended; `changes` counts resources by operation; `outputs` are the stack's, with secrets marked."""

    ok: bool
    canceled: bool = False
    changes: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0


class Run:
    """One run. Close the journal afterwards; a run is used once."""

    def __init__(
        self, project: Project, stack: str, config: StackConfig, *, state: State, journal: Journal | None, reporter: Reporter
    ) -> None:
        self._project, self._stack, self._config, self._state = project, stack, config, state
        self._journal, self._reporter = journal, reporter
        self._base = Base(state.resources)
        self._source = Source()
        self._trace = Trace.from_environment()
        self._canceled = False
        self._deployment: Deployment | None = None
        self._plugins: Plugins | None = None

    @property
    def _preview(self) -> bool:
        return self._journal is None

    def cancel(self) -> None:
        """End gracefully: running steps finish, no other starts."""
        self._canceled = True
        if self._deployment:
            self._deployment.cancel()
        if self._plugins:
            self._cancelling = asyncio.ensure_future(self._plugins.cancel())

    async def execute(self, options: Options) -> Outcome:
        """Carry out the operation and report how it went.

        Raises:
            EngineError: it could not even begin.
        """
        _refuse_unsupported(self._state.resources)
        started = time.monotonic()
        masked = {key: MASK if key in self._config.secret_keys else value for key, value in self._config.values.items()}
        for listener in self._reporter.listeners:
            listener.prelude(masked)
        observer, ok = await self._serve(options)
        seconds = time.monotonic() - started
        outcome = Outcome(ok and not self._canceled, self._canceled, dict(observer.changes), seconds)
        result = "canceled" if outcome.canceled else "succeeded" if outcome.ok else "failed"
        kind = "preview" if self._preview else "update"
        if result != "succeeded":
            self._reporter.error("", f"{kind} {result}")
        summary = Summary(self._preview, observer.maybe_corrupt, seconds, outcome.changes, result)
        for listener in self._reporter.listeners:
            listener.summary(summary)
        return outcome

    async def _serve(self, options: Options) -> tuple[StepObserver, bool]:
        interceptors = [ServerTrace(self._trace)] if self._trace else None
        server = grpc.aio.server(options=OPTIONS, interceptors=interceptors)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        callbacks = Callbacks(self._trace)
        python = interpreter(self._project)
        plugins = self._plugins = Plugins(self._project, address, python, self._trace, self._provider_line)
        recorder = Recorder(self._journal, self._base) if self._journal else None
        observer = StepObserver(self._reporter, recorder, refresh_only=options.kind == Mode.REFRESH)
        try:
            hooks = Hooks(callbacks, self._reporter, preview=self._preview)
            deployment, registry = self._deploy(options, plugins, hooks, observer)
            monitor = self._monitor(options, registry, callbacks, hooks)
            resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
            engine_pb2_grpc.add_EngineServicer_to_server(EngineService(self._reporter), server)
            await server.start()
            return observer, await self._work(options, deployment, recorder, address)
        finally:
            self._source.close()
            await plugins.close()
            await callbacks.close()
            await server.stop(0)
            if self._trace:
                self._trace.close()

    def _deploy(self, options: Options, plugins: Plugins, hooks: Hooks, observer: StepObserver) -> tuple[Deployment, Registry]:
        registry = Registry(plugins, self._base, BuiltinProvider(self._find))
        identities = Identities(self._project.name, self._stack, self._base, registry, self._reporter)
        rules = Rules(
            preview=self._preview,
            mode=options.kind if options.runs_program else Mode.UPDATE,
            refresh=options.refresh and options.run_program,
            ignore_protect=options.ignore_protect,
            replace=options.replace,
        )
        planner = Planner(rules, self._base, identities, registry, self._reporter)
        applier = Applier(registry, hooks, self._reporter, self._preview, options.ignore_protect, planner.record.deletes)
        self._deployment = Deployment(
            Setup(
                base=self._base,
                source=self._source,
                providers=registry,
                identities=identities,
                planner=planner,
                applier=applier,
                observer=observer,
                messages=self._reporter,
                parallel=options.parallel,
                keep_going=options.continue_on_error,
                preview=self._preview,
                mode=rules.mode,
            )
        )
        return self._deployment, registry

    def _monitor(self, options: Options, registry: Registry, callbacks: Callbacks, hooks: Hooks) -> Monitor:
        family = Family()
        self._session = Session(
            project=self._project.name,
            stack=self._stack,
            config=self._config,
            preview=self._preview,
            parallel=options.parallel,
            root=self._project.root,
            program_dir=self._project.program_dir,
        )
        transforms = Transforms(callbacks, family)
        return Monitor(self._session, self._source, providers=registry, transforms=transforms, family=family, hooks=hooks)

    def _find(self, urn: str) -> Resource | None:
        return self._deployment.find(urn) if self._deployment else None

    async def _work(self, options: Options, deployment: Deployment, recorder: Recorder | None, address: str) -> bool:
        if options.kind == Mode.DESTROY and not options.run_program:
            self._refuse_delete_hooks()
        if not await self._refresh_first(options, deployment, recorder):
            return False
        if options.kind == Mode.REFRESH and not options.run_program:
            return True
        if not options.runs_program:
            self._source.put(Finished())
            return await deployment.run()
        return await self._run_program(deployment, address)

    async def _refresh_first(self, options: Options, deployment: Deployment, recorder: Recorder | None) -> bool:
        entries = list(self._base.entries)
        if options.refresh and options.run_program:
            return True  # each resource is refreshed as the program registers it
        if not options.refresh:
            if not self._preview:
                operations = [(item.resource.urn, item.type) for item in self._state.pending_operations]
                pending_warning(operations, self._reporter)
            entries = [entry for entry in entries if entry.state.refresh_before_update]
        if not entries:
            return True
        ok = await deployment.refresh(entries)
        if recorder:
            recorder.rebuilt(self._base)
        return ok and not self._canceled

    def _refuse_delete_hooks(self) -> None:
        found = False
        for resource in self._state.resources:
            names = [*resource.resource_hooks.get("BeforeDelete", ()), *resource.resource_hooks.get("AfterDelete", ())]
            if names:
                found = True
                message = f"Resource has delete hooks registered, but the program is not running. Hooks: {', '.join(names)}"
                self._reporter.error(resource.urn, message)
        if found:
            raise EngineError("You must run with the `--run-program` flag to use delete hooks during destroy.")

    async def _run_program(self, deployment: Deployment, address: str) -> bool:
        program = await Program.start(self._project, self._session, address, self._program_line)
        ended = asyncio.ensure_future(program.wait())
        ended.add_done_callback(lambda task: self._source.put(Finished(task.result())))
        try:
            ok = await deployment.run()
            self._source.close()
            if not ok:
                return False
            error = await ended
            if error is not None:
                self._reporter.error("", str(error))
            return error is None
        finally:
            self._source.close()
            await program.end()
            await ended

    def _program_line(self, text: str, is_error: bool) -> None:
        self._reporter.say("info#err" if is_error else "info", "", text)

    def _provider_line(self, text: str, is_error: bool) -> None:
        self._reporter.say("info#err" if is_error else "info", "", text)


def _refuse_unsupported(resources: Sequence[Resource]) -> None:
    """Refuse state that only the CLI can continue."""
    for resource in resources:
        if resource.view_of:
            raise NeedsPulumiCLI(f"the resource {resource.urn}, which is a view of another one,")
        if resource.extra.get("extensionRef") or resource.extra.get("snippetID"):
            raise NeedsPulumiCLI(f"the resource {resource.urn}, which comes from an extension or a snippet,")
        if resource.custom and not resource.provider and not resource.type.startswith("pulumi:providers:"):
            raise NeedsPulumiCLI(f"the resource {resource.urn}, written by a version of Pulumi that noted no providers,")


def default_parallel() -> int:
    """Four steps at once per processor, as the CLI; PULUMI_PARALLEL overrides it."""
    wanted = os.environ.get("PULUMI_PARALLEL", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) > 0 else len(os.sched_getaffinity(0)) * 4
