"""Carries out chains of steps, several at a time, and stops when one fails or the user cancels."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from pulumi_embedded_engine.errors import EngineError, Unexpected
from pulumi_embedded_engine.plan.goal import Status
from pulumi_embedded_engine.plan.snapshot import Entry
from pulumi_embedded_engine.plan.steps import DELETES, Op, Step
from pulumi_embedded_engine.run.apply import Applier, ProtectedResourceError


class Observer(Protocol):
    """Is called before and after every step."""

    async def before(self, step: Step) -> int | None:
        """Called before a step; what it returns is handed to `after`.

        Raises:
            EngineError: the step must not be carried out; the reason has been reported.
        """

    async def after(self, step: Step, ticket: int | None, error: EngineError | None) -> None:
        """Called after a step, once its outcome is clear and before the program learns of it.

        Raises:
            EngineError: nothing more may be started; the reason has been reported.
        """


class StepExecutor:
    """Runs steps.

    Args:
        applier: carries out a step.
        observer: records and shows it.
        parallel: how many chains run at once.
        keep_going: a failed step does not stop the others, unless they depend on it.
        lenient: errors stop nothing at all, as while refreshing.
        on_found: what to do when a step that plans the rest (`Step.then`) is through.
        on_missed: what to do when such a step failed and the others go on.
    """

    def __init__(
        self,
        applier: Applier,
        observer: Observer,
        *,
        parallel: int,
        keep_going: bool,
        lenient: bool = False,
        on_found: Callable[[Step, Entry | None], None] = lambda _step, _found: None,
        on_missed: Callable[[Step], None] = lambda _step: None,
    ) -> None:
        self._applier, self._observer, self._keep_going, self._lenient = applier, observer, keep_going, lenient
        self._on_found, self._on_missed = on_found, on_missed
        self._workers = asyncio.Semaphore(parallel)
        self._running: set[asyncio.Task[None]] = set()
        self.cancelled = asyncio.Event()
        self.error: EngineError | None = None
        self.errored: list[Step] = []
        self.pending: dict[str, Step] = {}
        """The last logical step of each URN: its outputs may still be registered."""
        self.news: dict[str, Entry] = {}
        self.reads: dict[str, Entry] = {}
        self._deletes: dict[Entry, asyncio.Future[bool]] = {}
        """What chains delete, and whether that was done."""

    async def submit(self, chain: Sequence[Step]) -> "asyncio.Task[None]":
        """Start a chain as soon as a worker is free; after cancellation nothing starts."""
        await self._workers.acquire()
        for step in chain:
            if step.op in DELETES:
                self._deletes[step.resource] = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(self._run(chain))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def each(self, steps: Sequence[Step]) -> None:
        """Carry out independent steps and wait for all of them."""
        tasks = [await self.submit([step]) for step in steps]
        if tasks:
            await asyncio.gather(*tasks)

    def abort(self) -> None:
        """Stop waiting: running steps stay recorded as begun."""
        for task in self._running:
            task.cancel()

    def fail(self, error: EngineError) -> None:
        """Start nothing more: what runs ends, and the operation has failed."""
        self.error = self.error or error
        self.cancelled.set()

    async def drain(self) -> None:
        """Wait until everything that was started has ended."""
        while running := list(self._running):
            await asyncio.gather(*running)
            # Since Python 3.12 gather does not yield when all have ended already, so that no callback would take them away.
            self._running.difference_update(running)

    async def _run(self, chain: Sequence[Step]) -> None:
        try:
            for at, step in enumerate(chain):
                made_way = await self._made_way(step)
                if self.cancelled.is_set():
                    return
                if not made_way or not await self._step(step):
                    self._give_up(chain[at + 1 :])
                    return
        except Exception as problem:  # noqa: BLE001  the other steps end and are recorded
            self.fail(Unexpected("a step could not be completed", problem))
        finally:
            for step in chain:
                self._settle(step, deleted=False)
            self._workers.release()

    def _give_up(self, rest: Sequence[Step]) -> None:
        """Answer a program that goes on for what a failed chain does not come to."""
        for step in rest:
            if step.waiting and not self.cancelled.is_set():
                answer(step, Status.FAILED)
                self.errored.append(step)

    async def _made_way(self, step: Step) -> bool:
        """Wait for the chain that deletes what a step replaces: it was begun earlier. False if that stays."""
        deleted = self._deletes.get(step.old) if step.op == Op.CREATE_REPLACEMENT and step.old else None
        if deleted is None or await deleted:
            return True
        answer(step, Status.SKIPPED)
        self.errored.append(step)
        return False

    def _settle(self, step: Step, *, deleted: bool) -> None:
        if step.op in DELETES and not (outcome := self._deletes[step.resource]).done():
            outcome.set_result(deleted)

    async def _step(self, step: Step) -> bool:
        try:
            ticket = await self._observer.before(step)
        except EngineError as lost:
            self.fail(lost)
            return False
        error: EngineError | None = None
        try:
            await self._applier.apply(step)
        except EngineError as failure:
            error = failure
        except Exception as problem:  # noqa: BLE001  what a provider did must be recorded, whatever it answered
            error = Unexpected(f"{step.op} of {step.urn} failed, and it is not known how far it got", problem)
        if error is None:
            self._note(step)
        try:
            await self._observer.after(step, ticket, error)
        except EngineError as lost:
            self.fail(lost)
            return False
        if error is not None:
            self._fail(step, error)
            return False
        self._settle(step, deleted=True)
        self._complete(step)
        if self._applier.failures and not self._keep_going:
            self.cancelled.set()
        return True

    def _note(self, step: Step) -> None:
        if step.new is None:
            return
        if step.logical:
            self.pending[step.urn] = step
        if step.op in (Op.READ, Op.READ_REPLACEMENT):
            self.reads[step.urn] = step.new
        elif step.op != Op.REPLACE:
            self.news[step.urn] = step.new

    def _complete(self, step: Step) -> None:
        if step.then:
            self._on_found(step, step.new)
        elif step.waiting and step.new:
            step.waiting.resolve(step.new.state, unknown=step.skipped)

    def _fail(self, step: Step, error: EngineError) -> None:
        self.error = self.error or error
        if self._lenient:
            return
        unanswered = step.then is not None and step.waiting is None  # a refresh within a program, which cannot go on without it
        if (self._keep_going and not unanswered) or isinstance(error, ProtectedResourceError):
            answer(step, Status.FAILED)
            self.errored.append(step)
            if step.then:
                self._on_missed(step)
        else:
            self.cancelled.set()


def answer(step: Step, status: Status) -> None:
    """Report to the program that its resource failed or was skipped."""
    if step.waiting and step.new:
        step.waiting.resolve(step.new.state, status, unknown=status == Status.SKIPPED)
