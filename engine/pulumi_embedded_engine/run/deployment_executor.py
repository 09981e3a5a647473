"""One operation from its first event to its last step (the CLI's pkg/resource/deploy/deployment_executor.go)."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pulumi_embedded_engine.errors import BailError, EngineError, Unexpected
from pulumi_embedded_engine.plan import cli_messages
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.plan.final_steps import FinalSteps, refresh
from pulumi_embedded_engine.plan.goal import Outputs, Read, Registration
from pulumi_embedded_engine.plan.graph import needs
from pulumi_embedded_engine.plan.planner import Planner
from pulumi_embedded_engine.plan.provider import Messages, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot, state_of
from pulumi_embedded_engine.plan.source import Event, Finished, Found, Refused, Source
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.plan.urn_resolver import UrnResolver
from pulumi_embedded_engine.report.observer import RecordFailed, StepObserver
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.run.apply import Applier
from pulumi_embedded_engine.run.skipped import answer_skipped
from pulumi_embedded_engine.run.step_executor import StepExecutor


@dataclass
class Setup:
    """The parts of a deployment, made for one operation."""

    base: Snapshot
    source: Source
    providers: Providers
    urn_resolver: UrnResolver
    planner: Planner
    applier: Applier
    observer: StepObserver
    messages: Messages
    parallel: int
    keep_going: bool
    mode: Mode


class DeploymentExecutor:
    """Plans and runs the steps of what a program registers, then deletes what it no longer registers."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.executor = StepExecutor(
            setup.applier,
            setup.observer,
            parallel=setup.parallel,
            keep_going=setup.keep_going,
            on_found=self._found,
            on_missed=self._missed,
        )
        setup.planner.cascade.news = self.executor.news
        self._final_steps = FinalSteps(setup.planner, setup.base, setup.urn_resolver, setup.providers)
        self._skipped = setup.planner.unavailable
        self._pending_continuations = 0
        self._stack_outputs: Outputs | None = None

    def find(self, urn: str) -> Resource | None:
        """A resource as this operation left or read it."""
        return state_of(self.executor.news.get(urn) or self.executor.reads.get(urn))

    # Before the program.

    async def refresh(self, entries: list[Entry]) -> bool:
        """Refresh these resources, within the operation's limits; True if all could be read.

        Raises:
            BailError: the URN of a --target or --exclude does not exist; the error has been reported.
        """
        setup = self.setup
        setup.planner.selection.check_targets()
        setup.planner.selection.check_excludes()
        steps = []
        for entry in setup.planner.selection.to_refresh(entries):
            await setup.providers.ensure(entry.state.provider)
            steps.append(refresh(entry))
        executor = StepExecutor(setup.applier, setup.observer, parallel=setup.parallel, keep_going=True, lenient=True)
        self._cancel_with(executor)
        await executor.each(steps)
        found = {step.resource: step.new.state if step.new else None for step in steps}
        setup.base.rebuild(found)
        return executor.error is None

    def _cancel_with(self, executor: StepExecutor) -> None:
        executor.cancelled = self.executor.cancelled

    def cancel(self) -> None:
        """Start no further step."""
        self.executor.cancelled.set()

    def fail(self, error: EngineError) -> None:
        """Start no further step, and fail once the running ones have ended; the reason has been reported."""
        self.executor.fail(error)

    # The program.

    async def run(self) -> bool:
        """Serve the program until it has finished, then run the final steps; True on success.

        Raises:
            BailError: the operation ended early; the reason has been reported.
        """
        stopped: BailError | None = None
        try:
            await self._serve()
        except BailError as error:
            self.executor.cancelled.set()
            stopped = error
        await self.executor.drain()
        failed = bool(stopped or self.executor.error or self.setup.planner.saw_error or self.setup.applier.failures)
        if self._stack_outputs:
            with self._reporting(""):
                await self._finalize(self._stack_outputs, failed=failed)
        if stopped:
            raise stopped
        return self._is_plan_complete() and not (failed or self.executor.error)

    def _is_plan_complete(self) -> bool:
        """Whether all steps that the update plan expects were started; those that were not are reported."""
        unregistered = self.setup.planner.ledger.unregistered(self.setup.base.resources())
        for urn in unregistered:
            self.setup.messages.error(urn, f"expected resource operations for {urn} but none were seen")
        return not unregistered

    async def _serve(self) -> None:
        """Handle events until the program has no more, or a step stops everything."""
        seen_end = False
        while not seen_end or self._pending_continuations:
            event = await self._next()
            if event is None:
                return
            with self._reporting(self._subject(event)):
                seen_end = await self._handle(event) or seen_end
        with self._reporting(""):
            await self._finish()

    @contextmanager
    def _reporting(self, subject: str) -> Iterator[None]:
        try:
            yield
        except (BailError, RecordFailed) as reported:
            raise BailError(str(reported)) from reported
        except Exception as problem:
            reason = str(problem if isinstance(problem, EngineError) else Unexpected("the operation cannot continue", problem))
            self.setup.messages.error(subject, reason)
            raise BailError(reason) from problem

    async def _next(self) -> Event | None:
        """The next event, or None once the operation is cancelled."""
        if self.executor.cancelled.is_set():
            return None
        if not self.setup.source.events.empty():
            # Without a pause, so that steps which this event may prevent have not started.
            return self.setup.source.events.get_nowait()
        waiting = asyncio.ensure_future(self.setup.source.events.get())
        cancelled = asyncio.ensure_future(self.executor.cancelled.wait())
        try:
            await asyncio.wait([waiting, cancelled], return_when=asyncio.FIRST_COMPLETED)
            return None if cancelled.done() else waiting.result()
        finally:
            waiting.cancel()
            cancelled.cancel()

    async def _handle(self, event: Event) -> bool:
        """Deal with an event; True if it was the program's last."""
        setup = self.setup
        self._note_failures()
        if isinstance(event, Finished):
            if event.error:
                raise event.error
            return True
        if isinstance(event, Refused):
            raise event.error
        if isinstance(event, Outputs):
            await self._register_outputs(event)
            return False
        if isinstance(event, Registration):
            setup.observer.learn(event.goal.properties)
            steps = self._admitted(await setup.planner.register(event))
        elif isinstance(event, Read):
            steps = setup.planner.read(event)
        else:
            self._pending_continuations -= 1
            steps = self._admitted(await event.plan())
        await self._start(setup.planner.selection.checked(steps))
        return False

    def _admitted(self, steps: list[Step]) -> list[Step]:
        return self.setup.planner.ledger.admit(steps, self.setup.urn_resolver.aliased)

    def _subject(self, event: Event) -> str:
        if isinstance(event, Registration):
            return self.setup.urn_resolver.urn(event.goal.parent, event.goal.type, event.goal.name)
        if isinstance(event, Read):
            return event.state.urn
        return "" if isinstance(event, Finished) else event.urn

    def _found(self, step: Step, found: Entry | None) -> None:
        then = step.then
        if then:
            self.setup.source.put(Found(lambda: then(found), step.urn))

    def _missed(self, step: Step) -> None:
        async def nothing() -> list[Step]:
            return []

        self.setup.source.put(Found(nothing, step.urn))

    def _note_failures(self) -> None:
        self._skipped.update(step.resource.urn for step in self.executor.errored)

    async def _start(self, steps: list[Step]) -> None:
        self._note_failures()
        chain = []
        for step in steps:
            state = step.resource.state
            # A refresh only reads, and goes on to what the program waits for.
            if step.then is None and not self._skipped.isdisjoint(needs(state) | {state.parent}):
                await answer_skipped(step, self.setup.providers)
                self._skipped.add(step.resource.urn)
            else:
                chain.append(step)
        if chain:
            self._pending_continuations += sum(step.then is not None for step in chain)
            await self.executor.submit(chain)

    # Outputs.

    async def _register_outputs(self, event: Outputs) -> None:
        if urns.qualified_type(event.urn) == urns.ROOT_STACK_TYPE:
            self._stack_outputs = event  # final only once it is clear whether all went well
            event.resolve()
            return
        if event.urn in self._skipped:
            event.resolve()
            return
        step = self.executor.pending.pop(event.urn, None)
        if step is None:
            raise EngineError(f"cannot complete a resource '{event.urn}' whose registration isn't pending")
        if not step.skipped:
            await self._take_outputs(step, event)
        event.resolve()

    async def _finalize(self, event: Outputs, *, failed: bool) -> None:
        step = self.executor.pending.pop(event.urn, None)
        if step is None:
            return
        if failed and (old := self.setup.base.live.get(event.urn)):
            # The failed program may not have reached all outputs: keep the previous ones.
            event = replace(event, outputs={**old.state.outputs, **event.outputs})
        await self._take_outputs(step, event, planned=not failed)

    async def _take_outputs(self, step: Step, event: Outputs, *, planned: bool = True) -> None:
        """Store outputs; `planned` checks them against the update plan, which does not cover a failed run."""
        if step.new is None:
            return
        if planned:
            self.setup.planner.ledger.register_outputs(event.urn, self.setup.base.live.get(event.urn), event.outputs)
        step.new.update(outputs=event.outputs)
        if not step.new.state.custom and step.op in (Op.CREATE, Op.CREATE_REPLACEMENT, Op.UPDATE):
            hook = "AfterUpdate" if step.op == Op.UPDATE else "AfterCreate"
            old = step.old.state if step.old and step.op == Op.UPDATE else None
            await self.setup.applier.run_after(hook, old, step.new.state)
        await self.setup.observer.outputs(step)
        if self.setup.applier.failures and not self.setup.keep_going:
            self.executor.cancelled.set()

    # After the program.

    async def _finish(self) -> None:
        await self.executor.drain()
        unknown: BailError | None = None
        try:
            self.setup.planner.selection.check_targets()
        except BailError as error:
            unknown = error
        await self._run_final_steps()
        if unknown:
            raise unknown

    async def _run_final_steps(self) -> None:
        if not self.setup.base.entries:
            return
        if self.setup.mode == Mode.REFRESH:
            await self.executor.each(await self._final_steps.refreshes())
            return
        left, layers = await self._final_steps.deletes()
        for step in left:
            await self.executor.each([step])
        retained: set[Entry] = set()
        for layer in layers:
            retained |= self._needed_by_failures()
            await self.executor.each([step for step in layer if step.resource not in retained])
            if self.executor.cancelled.is_set():
                return

    def _needed_by_failures(self) -> set[Entry]:
        """The resources that must stay because a resource that depends on them could not be deleted."""
        graph = self.setup.base.graph
        spared: set[Entry] = set()
        for step in self.executor.errored:
            for entry in {step.resource, step.old}:
                if entry is not None and entry in graph:
                    spared |= graph.all_dependencies(entry)
        return spared


def pending_warning(operations: Sequence[tuple[str, str]], messages: Messages) -> None:
    """Warn about operations that an interrupted run left open."""
    if operations:
        messages.warning("", cli_messages.pending_operations(operations))
