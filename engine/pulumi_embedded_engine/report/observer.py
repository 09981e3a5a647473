"""Records every step, shows it, and counts it."""

from collections import Counter
from collections.abc import Sequence

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.provider import InitFailed, ProviderError
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.report.events import Diagnostic, Listener
from pulumi_embedded_engine.report.masking import Masker
from pulumi_embedded_engine.report.recorder import Recorder
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.values import Properties, equal


class Reporter:
    """Passes what happens on to all listeners, without known secrets."""

    def __init__(self, listeners: Sequence[Listener], masker: Masker) -> None:
        self.listeners, self.masker = listeners, masker
        self.errors = 0

    def say(self, severity: str, urn: str, message: str, *, ephemeral: bool = False) -> None:
        self.errors += severity == "error"
        diagnostic = Diagnostic(severity, self.masker.mask(message), urn, ephemeral)
        for listener in self.listeners:
            listener.diagnostic(diagnostic)

    def error(self, urn: str, message: str) -> None:
        self.say("error", urn, message)

    def warning(self, urn: str, message: str) -> None:
        self.say("warning", urn, message)

    def info(self, urn: str, message: str) -> None:
        self.say("info", urn, message)


class StepObserver:
    """Watches the executor.

    Args:
        reporter: who is told.
        recorder: the journal; None in a preview.
        refresh_only: the operation is a refresh: what refreshes find is what counts.
    """

    def __init__(self, reporter: Reporter, recorder: Recorder | None, *, refresh_only: bool) -> None:
        self._reporter, self._recorder, self._refresh_only = reporter, recorder, refresh_only
        self._planning = recorder is None
        self.changes: Counter[str] = Counter()
        self.maybe_corrupt = False

    def learn(self, properties: Properties) -> None:
        """Keep the secrets among these properties out of messages."""
        self._reporter.masker.learn(properties)

    async def before(self, step: Step) -> int | None:
        for listener in self._reporter.listeners:
            listener.started(step, planning=self._planning)
        return await self._recorder.begin(step) if self._recorder else None

    async def after(self, step: Step, ticket: int | None, error: EngineError | None) -> None:
        if error is not None:
            self._report(step, error)
        else:
            self._count(step)
            if step.new:
                self.learn(step.new.state.outputs)
        if self._recorder:
            await self._recorder.end(step, ticket, error)

    def _report(self, step: Step, error: EngineError) -> None:
        unclear = isinstance(error, ProviderError) and error.unclear and not isinstance(error, InitFailed)
        self.maybe_corrupt = self.maybe_corrupt or (unclear and not self._planning)
        urn = "" if _internal(step) else step.urn
        self._reporter.error(urn, f"Preview failed: {error}" if self._planning else str(error))
        if not self._planning:
            for listener in self._reporter.listeners:
                listener.failed(step, unclear=unclear, done=self.changes.total())

    def _count(self, step: Step) -> None:
        op = step.result_op if self._refresh_only else step.op
        counted = step.logical or (self._refresh_only and step.op == Op.REFRESH)
        if step.op == Op.READ:
            counted = _read_change(step)
        if counted and not _internal(step):
            self.changes[op.value] += 1
        shown = step.resource.state.custom or step.op in (Op.DELETE, Op.REFRESH)
        if self._planning or shown:
            for listener in self._reporter.listeners:
                listener.done(op, step, planning=self._planning)

    async def outputs(self, step: Step) -> None:
        """A component or the stack has registered its outputs."""
        for listener in self._reporter.listeners:
            listener.done(step.op, step, planning=self._planning)
        if self._recorder and step.new:
            await self._recorder.outputs(step.new)


def _internal(step: Step) -> bool:
    return step.internal or step.op == Op.REMOVE_PENDING_REPLACE or urns.is_default_provider(step.urn)


def _read_change(step: Step) -> bool:
    """A read counts only if it found something else than the last time."""
    return bool(step.old and step.new and not equal(step.old.state.outputs, step.new.state.outputs))
