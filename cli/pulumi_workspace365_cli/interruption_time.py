"""Estimates when a run was interrupted: not before the state was last written, if that time is plausible.

The state contains the time at which it was written. This time is wrong if a backend assembles the state on request (then it is the time of
the request), or if a later run wrote the state again: pending creates stay in the state through all runs. The stack's history lists later runs.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from pulumi_workspace365_cli import dates
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.stack_state import StackState, StateResource

_HISTORY_PRECISION = timedelta(seconds=1)
"""The precision of times in the history of a stack."""
_EARLIEST_PLAUSIBLE = datetime(2000, 1, 1, tzinfo=UTC)
_MAX_CLOCK_SKEW = timedelta(days=1)


def plausible_time(moment: datetime | None, requested: datetime) -> datetime | None:
    """A time from the state, if it is plausible: Go writes the year 1 if no time was set."""
    return moment if moment and _EARLIEST_PLAUSIBLE <= moment <= requested + _MAX_CLOCK_SKEW else None


class HistoryEntry(BaseModel):
    """A run in the stack's history. An interrupted run has no end time, or is missing."""

    version: int = 0
    start: AwareDatetime = Field(alias="startTime")
    end: AwareDatetime | None = Field(default=None, alias="endTime")

    def may_have_written(self, moment: datetime) -> bool:
        return self.end is not None and self.start <= moment and moment - _HISTORY_PRECISION <= self.end


_RUNS = TypeAdapter(list[HistoryEntry])
_HISTORY = ("stack", "history", "--json", "--page-size", "20")


class TimeUnknownError(Exception):
    """The time of the interruption is unknown; the text is the reason."""


class InterruptionTime:
    """Finds the time at which a run was interrupted; reads the history of the stack only if necessary.

    Args:
        context: the context in which the Pulumi CLI runs.
        state: the state of the stack.
        requested: the time of the request.
    """

    def __init__(self, context: CommandContext, state: StackState, requested: datetime) -> None:
        self._context, self._state, self._requested = context, state, requested

    def create_started_at(self, create: StateResource) -> datetime | None:
        """The time at which the create started, if the state contains it."""
        return plausible_time(dates.moment(create.modified), self._requested)

    def earliest_interruption(self, create: StateResource) -> datetime:
        """The time of the last write to the state before the run that started this create was interrupted.

        Raises:
            TimeUnknownError: this time is unknown.
            CommandError: the history cannot be read.
        """
        written = plausible_time(self._state.written, self._requested)
        if written is None or self._runs is None:
            raise TimeUnknownError("it is not known when the run was interrupted")
        if written >= self._requested:
            raise TimeUnknownError("the backend does not record when the stack was last written to")
        for run in self._runs:
            if run.may_have_written(written) and self._was_pending_before(run, create):
                raise TimeUnknownError("a later run has written to the stack since")
        return written

    @cached_property
    def _runs(self) -> Sequence[HistoryEntry] | None:
        """The latest runs; ``None`` if the history cannot be read."""
        history = self._context.query_pulumi("read the history of the stack", *_HISTORY)
        try:
            return None if history is None else _RUNS.validate_json(history)
        except ValidationError:
            raise CommandError(
                "Could not read the history of the stack: `pulumi stack history --json` did not print the expected JSON."
            ) from None

    def _was_pending_before(self, run: HistoryEntry, create: StateResource) -> bool:
        """Whether the create may have been pending when this run began; only some backends keep earlier versions of the state."""
        if run.version <= 1:
            return run.version != 1
        try:
            previous = self._context.query_pulumi(
                "read an earlier version of the state", "stack", "export", "--version", str(run.version - 1)
            )
        except CommandError:
            return True
        return create.urn in {item.urn for item in StackState.parse(previous or "", "an earlier version of the state").creating}
