"""One run of one operation: preview or change, of an update, a refresh or a destroy."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import grpc.aio

from pulumi_embedded_engine.errors import BailError, EngineError
from pulumi_embedded_engine.plan.context import Mode, PlanOptions
from pulumi_embedded_engine.plan.patterns import UrnPatterns
from pulumi_embedded_engine.plan.planner import Planner
from pulumi_embedded_engine.plan.provider import Providers
from pulumi_embedded_engine.plan.resource_graph import ResourceGraph
from pulumi_embedded_engine.plan.snapshot import Snapshot
from pulumi_embedded_engine.plan.source import Finished, Source
from pulumi_embedded_engine.plan.update_plan import PlanLedger, UpdatePlan
from pulumi_embedded_engine.plan.urn_resolver import UrnResolver
from pulumi_embedded_engine.program.callbacks import Callbacks
from pulumi_embedded_engine.program.engine_service import EngineService
from pulumi_embedded_engine.program.hooks import Hooks
from pulumi_embedded_engine.program.language import Program
from pulumi_embedded_engine.program.monitor import Monitor
from pulumi_embedded_engine.program.session import Session
from pulumi_embedded_engine.program.toolchain import interpreter
from pulumi_embedded_engine.program.transforms import Transforms
from pulumi_embedded_engine.protocol import engine_pb2_grpc, resource_pb2_grpc
from pulumi_embedded_engine.providers.builtin_provider import BuiltinProvider
from pulumi_embedded_engine.providers.plugins import Plugins
from pulumi_embedded_engine.providers.registry import Registry
from pulumi_embedded_engine.providers.stack_references import StackReferences
from pulumi_embedded_engine.providers.trace import OPTIONS, ServerTrace, Trace
from pulumi_embedded_engine.providers.watchdog import Watchdog
from pulumi_embedded_engine.report.events import MASK, Summary
from pulumi_embedded_engine.report.observer import RecordFailed, Reporter, StepObserver
from pulumi_embedded_engine.report.recorder import Recorder
from pulumi_embedded_engine.resource.deployment import Deployment as State
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.run import preconditions
from pulumi_embedded_engine.run.apply import Applier
from pulumi_embedded_engine.run.deployment_executor import DeploymentExecutor, Setup, pending_warning
from pulumi_embedded_engine.run.importer import Importer
from pulumi_embedded_engine.run.imports import Import
from pulumi_embedded_engine.run.options import Options, RunOutcome
from pulumi_embedded_engine.store.journal import Journal
from pulumi_embedded_engine.workspace.config import StackConfig
from pulumi_embedded_engine.workspace.project import Project


class Run:
    """One run: a preview where there is no journal to write. Used once."""

    def __init__(
        self,
        project: Project,
        stack: str,
        config: StackConfig,
        *,
        state: State,
        stacks: StackReferences,
        journal: Journal | None,
        reporter: Reporter,
        wrap_providers: Callable[[Providers], Providers],
        local_only: bool,
    ) -> None:
        self._project, self._stack, self._config, self._state = project, stack, config, state
        self._stacks, self._wrap_providers, self._local_only = stacks, wrap_providers, local_only
        self._task: asyncio.Task[Any] | None = None
        self._preview, self._reporter = journal is None, reporter
        self._kind = "preview" if self._preview else "update"
        self._base = Snapshot(state.resources)
        self._recorder = Recorder(journal, self._base) if journal else None
        self._source = Source()
        self._trace = Trace.from_environment()
        self._engine_service = EngineService(reporter)
        self._watchdog = Watchdog()
        self._canceled = False
        self._deployment: DeploymentExecutor | None = None
        self._plugins: Plugins | None = None
        self._program: Program | None = None
        self._cancelling: asyncio.Task[None] | None = None
        self._aborted = False
        reporter.on_failure = self._fail

    def _fail(self, error: EngineError) -> None:
        """End gracefully because an event can no longer be reported."""
        if self._deployment:
            self._deployment.fail(error)

    def cancel(self) -> None:
        """End gracefully: running steps finish, no other starts."""
        self._canceled = True
        if self._deployment:
            self._deployment.cancel()
        if self._plugins:
            self._cancelling = asyncio.ensure_future(self._plugins.cancel())

    def abort(self) -> None:
        """End at once: running steps stay pending in the journal, and every process is killed."""
        if self._task and not self._aborted:  # a second cancellation would cut off what ends the processes
            self._task.cancel()
        self._aborted = True
        if self._deployment:
            self._deployment.executor.abort()
        if self._plugins:
            self._plugins.kill()
        if self._program:
            self._program.kill()

    async def execute(self, options: Options) -> RunOutcome:
        """Carry out the operation and report how it went.

        Raises:
            EngineError: it could not even begin.
        """
        self._task = asyncio.current_task()
        preconditions.check(options, self._state.resources, self._base, self._reporter)
        started = time.monotonic()
        masked = {key: MASK if key in self._config.secret_keys else value for key, value in self._config.values.items()}
        self._reporter.notify(lambda listener: listener.prelude(masked))
        observer = StepObserver(self._reporter, self._recorder, refresh_only=options.kind == Mode.REFRESH)
        for resource in self._state.resources:
            observer.learn(resource.inputs)
            observer.learn(resource.outputs)
        ok = await self._succeeds(options, observer)
        outcome = RunOutcome(ok, self._canceled, dict(observer.changes), self._recorded_plan() if ok else None)
        result = "canceled" if outcome.canceled else "succeeded" if outcome.ok else "failed"
        summary = Summary(self._preview, observer.maybe_corrupt, time.monotonic() - started, outcome.changes, result)
        self._reporter.notify(lambda listener: listener.summary(summary))
        return replace(outcome, ok=outcome.ok and not self._reporter.failure)

    async def _succeeds(self, options: Options, observer: StepObserver) -> bool:
        try:
            ok = await self._serve(options, observer)
        except (BailError, RecordFailed):
            return False  # the reason has been reported
        if self._canceled:
            self._reporter.error("", f"{self._kind} canceled")
        elif not ok:
            self._reporter.error("", f"{self._kind} failed")
        return ok and not self._canceled and not self._reporter.failure

    async def _serve(self, options: Options, observer: StepObserver) -> bool:
        """Open the engine's services for as long as the operation takes."""
        server = grpc.aio.server(options=OPTIONS, interceptors=[ServerTrace(self._trace)] if self._trace else None)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        async with contextlib.AsyncExitStack() as ends:  # in reverse order, whatever one of them raises
            ends.callback(self._close_files)
            ends.push_async_callback(server.stop, 0)
            callbacks = Callbacks(self._trace)
            ends.push_async_callback(callbacks.close)
            self._plugins = Plugins(
                self._project,
                address,
                interpreter(self._project),
                trace=self._trace,
                take=self._reporter.line,
                warn=self._warn,
                watchdog=self._watchdog,
                local_only=self._local_only,
            )
            ends.push_async_callback(self._plugins.close)
            ends.callback(self._source.close)
            hooks = Hooks(callbacks, self._reporter, preview=self._preview)
            registry = Registry(self._plugins, self._base, BuiltinProvider(self._find, self._stacks))
            session = self._session(options, address)
            transforms = Transforms(callbacks, resource_graph := ResourceGraph())
            monitor = Monitor(
                session, self._source, providers=registry, transforms=transforms, resource_graph=resource_graph, hooks=hooks
            )
            resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
            engine_pb2_grpc.add_EngineServicer_to_server(self._engine_service, server)
            await server.start()
            self._deployment = deployment = self._deploy(options, self._wrap_providers(registry), hooks, observer)
            if self._reporter.failure:
                deployment.fail(self._reporter.failure)
            return await self._conduct(options, deployment, session, address)

    def _close_files(self) -> None:
        self._watchdog.close()
        if self._trace:
            self._trace.close()

    def _warn(self, text: str) -> None:
        self._reporter.warning("", text)

    def _session(self, options: Options, address: str) -> Session:
        return Session(
            project=self._project.name,
            stack=self._stack,
            config=self._config,
            preview=self._preview,
            parallel=options.parallel,
            root=self._project.root,
            program_dir=self._project.program_dir,
            address=address,
            debug=options.debug,
            local_only=self._local_only,
        )

    def _deploy(self, options: Options, providers: Providers, hooks: Hooks, observer: StepObserver) -> DeploymentExecutor:
        urn_resolver = UrnResolver(self._project.name, self._stack, self._base, providers, self._reporter)
        rules = PlanOptions(
            preview=self._preview,
            mode=options.kind if options.runs_program else Mode.UPDATE,
            refresh=options.refresh and options.run_program,
            ignore_protect=options.ignore_protect,
            replace=UrnPatterns(options.replace),
            limits=options.limits,
        )
        recorded_plan = UpdatePlan() if self._preview and (options.make_plan or options.strict) else None
        ledger = PlanLedger(options.plan, recorded_plan)
        planner = Planner(rules, self._base, urn_resolver, providers, self._reporter, ledger=ledger)
        applier = Applier(providers, hooks, self._reporter, self._preview, options.ignore_protect, planner.record.deletes)
        return DeploymentExecutor(
            Setup(
                base=self._base,
                source=self._source,
                providers=providers,
                urn_resolver=urn_resolver,
                planner=planner,
                applier=applier,
                observer=observer,
                messages=self._reporter,
                parallel=options.parallel,
                keep_going=options.continue_on_error,
                mode=rules.mode,
            )
        )

    def _recorded_plan(self) -> UpdatePlan | None:
        if self._deployment is None:
            return None
        ledger = self._deployment.setup.planner.ledger
        ledger.complete(self._deployment.executor.news)
        return ledger.recorded

    def _find(self, urn: str) -> Resource | None:
        return self._deployment.find(urn) if self._deployment else None

    # The parts of an operation.

    async def _conduct(self, options: Options, deployment: DeploymentExecutor, session: Session, address: str) -> bool:
        if options.kind == Mode.IMPORT:
            return await self._import(options.imports, deployment)
        within_program = options.refresh and options.run_program
        if not within_program and not await self._refresh_first(options, deployment):
            return False
        if options.kind == Mode.REFRESH and not options.run_program:
            return True
        deployment.setup.planner.selection.check_known(UrnPatterns(options.replace))
        if options.runs_program:
            return await self._run_program(deployment, session, address)
        self._source.put(Finished())
        return await deployment.run()

    async def _refresh_first(self, options: Options, deployment: DeploymentExecutor) -> bool:
        """Read resources before the program runs: all of them, or those whose provider wants it before each update."""
        entries = list(self._base.entries)
        if not options.refresh:
            if not self._preview:
                pending_warning([(item.resource.urn, item.type) for item in self._state.pending_operations], self._reporter)
            entries = [entry for entry in entries if entry.state.refresh_before_update]
        if not entries:
            return True
        ok = await deployment.refresh(entries)
        if self._recorder:
            try:
                self._recorder.rebuilt(self._base)
            except EngineError as error:
                self._reporter.error("", str(error))
                raise RecordFailed(str(error)) from error
        return ok and not self._canceled

    async def _import(self, imports: Sequence[Import], deployment: DeploymentExecutor) -> bool:
        importer = Importer(deployment, self._config, project=self._project.name, stack=self._stack)
        reason = ""
        try:
            await importer.run(imports)
        except EngineError as error:
            reason = str(error)
        if (failure := deployment.executor.error) is not None:
            reason = f"step application failed: {failure}"
        if reason:
            self._reporter.error("", f"{self._kind} failed: {reason}")
            raise BailError(reason)
        return True

    async def _run_program(self, deployment: DeploymentExecutor, session: Session, address: str) -> bool:
        self._program = program = await Program.start(
            self._project, session, address, take=self._reporter.line, warn=self._warn, watchdog=self._watchdog
        )
        ended = asyncio.ensure_future(program.wait())
        ended.add_done_callback(lambda task: None if task.cancelled() else self._source.put(Finished(task.result())))
        ok = False
        try:
            ok = await deployment.run() and not self._canceled
            self._source.close()
            if ok and (error := await ended) is not None:
                ok = False
                if not isinstance(error, BailError):
                    self._reporter.error("", str(error))
                raise BailError(str(error))
        finally:
            if not ok:  # what the program says of its own end would only hide the reason
                self._engine_service.silent = program.silent = True
            self._source.close()
            await program.end()
            await ended
        return ok
