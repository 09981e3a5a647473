"""Records every step, shows it, and counts it."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence

from pulumi_embedded_engine.errors import EngineError, describe
from pulumi_embedded_engine.plan.provider import InitFailed, ProviderError
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.report.events import Diagnostic, Listener
from pulumi_embedded_engine.report.masking import Masker
from pulumi_embedded_engine.report.recorder import Recorder
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.values import Properties, equal

MOST_TEXT = 16 * 1024 * 1024
"""What programs and processes may say in one run, in characters."""

_COST = 256  # of keeping a message, whatever its length
_IN_PASSING = frozenset({"debug", "info", "info#err"})


class RecordFailed(EngineError):
    """What a step did could not be recorded; the reason has been reported."""


class Reporter:
    """Passes what happens on to all listeners, without known secrets.

    What programs and processes say in passing is passed on up to `MOST_TEXT`: it is kept in memory until the end of a run.
    A listener that raises is left out from then on, and the run that it belongs to fails.
    """

    def __init__(self, listeners: Sequence[Listener], masker: Masker) -> None:
        self.listeners, self.masker = list(listeners), masker
        self.errors = 0
        self.failure: EngineError | None = None
        self.on_failure: Callable[[EngineError], None] = _nothing
        self._room = MOST_TEXT

    def notify(self, call: Callable[[Listener], None]) -> None:
        """Call each listener."""
        for listener in tuple(self.listeners):
            try:
                call(listener)
            except Exception as problem:  # noqa: BLE001  whoever listens must not stop what is done and recorded
                self._lose(listener, problem)

    def _lose(self, listener: Listener, problem: Exception) -> None:
        self.listeners = [other for other in self.listeners if other is not listener]
        failure = EngineError(f"{type(listener).__name__}, which listens to the operation, failed: {describe(problem)}")
        failure.__cause__ = problem
        self.failure = self.failure or failure
        if not self.listeners:  # the one that would have shown it
            sys.stderr.write(f"error: {failure}\n")
        self.error("", str(failure))
        self.on_failure(failure)

    def report_message(self, severity: str, urn: str, message: str, *, ephemeral: bool = False) -> bool:
        """Pass on a message; False if its kind has reached its limit."""
        if severity in _IN_PASSING:
            if self._room <= 0:
                return False
            self._room -= len(message) + _COST
        self.errors += severity == "error"
        diagnostic = Diagnostic(severity, self.masker.mask(message), urn, ephemeral)
        self.notify(lambda listener: listener.diagnostic(diagnostic))
        if severity in _IN_PASSING and self._room <= 0:
            self.warning("", f"program and providers have said more than {MOST_TEXT // 2**20} MiB: the rest is left out")
        return True

    def line(self, text: str, left_out: int, is_error: bool) -> bool:
        """Pass on a line that a process printed, with the number of truncated bytes; False if the limit is reached."""
        if not text.strip():
            return True
        if left_out:
            text = f"{self.masker.mask_beginning(text)}… ({left_out} more bytes of this line are left out)"
        return self.report_message("info#err" if is_error else "info", "", f"{text}\n")

    def error(self, urn: str, message: str) -> None:
        """Report an error about a resource, or about the stack."""
        self.report_message("error", urn, message)

    def warning(self, urn: str, message: str) -> None:
        """Report a warning."""
        self.report_message("warning", urn, message)

    def info(self, urn: str, message: str) -> None:
        """Report a message that needs no action."""
        self.report_message("info", urn, message)


def _nothing(_failure: EngineError) -> None:
    pass


class StepObserver:
    """Watches the executor.

    Args:
        reporter: receives the events.
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
        """Record and report a step before it is carried out.

        Raises:
            RecordFailed: it cannot be recorded, and must not be done.
        """
        self._reporter.notify(lambda listener: listener.started(step, planning=self._planning))
        if self._recorder is None:
            return None
        try:
            return await self._recorder.begin(step)
        except Exception as problem:
            failure = self._record_failure(step, problem, "could not be begun")
            self._reporter.notify(lambda listener: listener.failed(step, unclear=False, done=self.changes.total()))
            raise failure from problem

    async def after(self, step: Step, ticket: int | None, error: EngineError | None) -> None:
        """Record the result of a step, then report it.

        Raises:
            RecordFailed: it could not be recorded.
        """
        if error is None and step.new:
            self.learn(step.new.state.outputs)
        try:
            if self._recorder:
                await self._recorder.end(step, ticket, error)
        except Exception as problem:
            raise self._record_failure(step, problem, "could not be recorded") from problem
        finally:
            if error is None:
                self._count(step)
            else:
                self._report(step, error)

    def _record_failure(self, step: Step, problem: Exception, what: str) -> RecordFailed:
        id_ = step.new.state.id if step.new else ""
        id_text = f" (id {id_})" if id_ else ""
        text = (
            str(problem) if isinstance(problem, EngineError) else f"{step.op} of {step.urn}{id_text} {what}: {describe(problem)}"
        )
        self._reporter.error(step.urn, text)
        return RecordFailed(text)

    def _report(self, step: Step, error: EngineError) -> None:
        unclear = isinstance(error, ProviderError) and error.unclear and not isinstance(error, InitFailed)
        self.maybe_corrupt = self.maybe_corrupt or (unclear and not self._planning)
        urn = "" if _internal(step) else step.urn
        self._reporter.error(urn, f"Preview failed: {error}" if self._planning else str(error))
        if not self._planning:
            self._reporter.notify(lambda listener: listener.failed(step, unclear=unclear, done=self.changes.total()))

    def _count(self, step: Step) -> None:
        op = step.result_op if self._refresh_only else step.op
        counted = step.logical or (self._refresh_only and step.op == Op.REFRESH)
        if step.op == Op.READ:
            counted = _read_change(step)
        if counted and not _internal(step):
            self.changes[op.value] += 1
        shown = step.resource.state.custom or step.op in (Op.DELETE, Op.REFRESH)
        if self._planning or shown:
            self._reporter.notify(lambda listener: listener.done(op, step, planning=self._planning))

    async def outputs(self, step: Step) -> None:
        """A component or the stack has registered its outputs.

        Raises:
            RecordFailed: they could not be recorded.
        """
        try:
            if self._recorder and step.new:
                await self._recorder.outputs(step.new)
        except Exception as problem:
            raise self._record_failure(step, problem, "could not be recorded") from problem
        finally:
            self._reporter.notify(lambda listener: listener.done(step.op, step, planning=self._planning))


def _internal(step: Step) -> bool:
    return step.internal or step.op == Op.REMOVE_PENDING_REPLACE or urns.is_default_provider(step.urn)


def _read_change(step: Step) -> bool:
    """A read counts only if it found something else than the last time."""
    return bool(step.old and step.new and not equal(step.old.state.outputs, step.new.state.outputs))
