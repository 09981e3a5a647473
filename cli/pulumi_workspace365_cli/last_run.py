"""Estimates when a run was lost: at the earliest when the state was last written, if that time is plausible.

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

_EXACT = timedelta(seconds=1)
"""How exactly the history tells times."""
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


def plausible_time(moment: datetime | None, requested: datetime) -> datetime | None:
    """A time from the state, if it is plausible: Go writes the year 1 if no time was set."""
    return moment if moment and _FIRST <= moment <= requested + _AHEAD else None


class Run(BaseModel):
    """A run in the stack's history. A lost run has no end time, or is missing."""

    version: int = 0
    start: AwareDatetime = Field(alias="startTime")
    end: AwareDatetime | None = Field(default=None, alias="endTime")

    def may_have_written(self, moment: datetime) -> bool:
        return self.end is not None and self.start <= moment and moment - _EXACT <= self.end


_RUNS = TypeAdapter(list[Run])
_HISTORY = ("stack", "history", "--json", "--page-size", "20")


class TimeUnknownError(Exception):
    """The time at which the run was lost is unknown; the text is the reason."""


class LastRun:
    """The sources for the time at which a run was lost; the history is read only if necessary.

    Args:
        context: the context in which the Pulumi CLI runs.
        state: the stack's.
        requested: the time of the request.
    """

    def __init__(self, context: CommandContext, state: StackState, requested: datetime) -> None:
        self._context, self._state, self._requested = context, state, requested

    def began_at(self, create: StateResource) -> datetime | None:
        """The time at which the create began, if the state contains it."""
        return plausible_time(dates.moment(create.modified), self._requested)

    def lost_since(self, create: StateResource) -> datetime:
        """The last time the stack was written to before the run that began this create was lost.

        Raises:
            TimeUnknownError: that is not known.
            CommandError: the history cannot be read.
        """
        written = plausible_time(self._state.written, self._requested)
        if written is None or self._runs is None:
            raise TimeUnknownError("it is not known when the run was lost")
        if written >= self._requested:
            raise TimeUnknownError("the backend does not record when the stack was last written to")
        for run in self._runs:
            if run.may_have_written(written) and self._was_pending_before(run, create):
                raise TimeUnknownError("a later run has written to the stack since")
        return written

    @cached_property
    def _runs(self) -> Sequence[Run] | None:
        """The latest runs; ``None`` if the history cannot be read."""
        history = self._context.query_pulumi("read the history of the stack", *_HISTORY)
        try:
            return None if history is None else _RUNS.validate_json(history)
        except ValidationError:
            raise CommandError(
                "Could not read the history of the stack: `pulumi stack history --json` printed something else."
            ) from None

    def _was_pending_before(self, run: Run, create: StateResource) -> bool:
        """Whether the create may have been pending when this run began; only some backends keep what the state was then."""
        if run.version <= 1:
            return run.version != 1
        try:
            former = self._context.query_pulumi("read a former state", "stack", "export", "--version", str(run.version - 1))
        except CommandError:
            return True
        return create.urn in {item.urn for item in StackState.parse(former or "", "a former state of the stack").creating}
