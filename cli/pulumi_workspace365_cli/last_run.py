"""When a run was lost: at the earliest when the stack was last written to, if what it tells of that can be believed.

State tells when it was written. It cannot be believed where a backend puts a state together as it is asked for (that is its time then),
nor where a later run wrote it again: pending creates stay in state through all runs. The history of the stack tells of later runs.
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


def plausible_time(moment: datetime | None, asked: datetime) -> datetime | None:
    """A moment that state tells, if clocks can have told it: Go writes the year 1 where no time was set."""
    return moment if moment and _FIRST <= moment <= asked + _AHEAD else None


class Run(BaseModel):
    """A run that the history of the stack knows. A lost one has no end, or is not in it."""

    version: int = 0
    start: AwareDatetime = Field(alias="startTime")
    end: AwareDatetime | None = Field(default=None, alias="endTime")

    def may_have_written(self, moment: datetime) -> bool:
        return self.end is not None and self.start <= moment and moment - _EXACT <= self.end


_RUNS = TypeAdapter(list[Run])
_HISTORY = ("stack", "history", "--json", "--page-size", "20")


class TimeUnknownError(Exception):
    """It is not known when the run was lost; the text says why."""


class LastRun:
    """What tells when a run was lost; the history is asked only if that is in question.

    Args:
        here: where the Pulumi CLI is asked.
        state: the stack's.
        asked: when it was asked for.
    """

    def __init__(self, context: CommandContext, state: StackState, asked: datetime) -> None:
        self._here, self._state, self._asked = context, state, asked

    def began_at(self, create: StateResource) -> datetime | None:
        """When the create began, where state tells it."""
        return plausible_time(dates.moment(create.modified), self._asked)

    def lost_since(self, create: StateResource) -> datetime:
        """The last time the stack was written to before the run that began this create was lost.

        Raises:
            UnknownError: that is not known.
            CommandError: the history cannot be read.
        """
        written = plausible_time(self._state.written, self._asked)
        if written is None or self._runs is None:
            raise TimeUnknownError("it is not known when the run was lost")
        if written >= self._asked:
            raise TimeUnknownError("the backend does not record when the stack was last written to")
        for run in self._runs:
            if run.may_have_written(written) and self._was_pending_before(run, create):
                raise TimeUnknownError("a later run has written to the stack since")
        return written

    @cached_property
    def _runs(self) -> Sequence[Run] | None:
        """The last ones; ``None`` where nobody can be asked."""
        told = self._here.query_pulumi("read the history of the stack", *_HISTORY)
        try:
            return None if told is None else _RUNS.validate_json(told)
        except ValidationError:
            raise CommandError(
                "Could not read the history of the stack: `pulumi stack history --json` printed something else."
            ) from None

    def _was_pending_before(self, run: Run, create: StateResource) -> bool:
        """Whether the create may have been pending when this run began; only some backends keep what the state was then."""
        if run.version <= 1:
            return run.version != 1
        try:
            former = self._here.query_pulumi("read a former state", "stack", "export", "--version", str(run.version - 1))
        except CommandError:
            return True
        return create.urn in {item.urn for item in StackState.parse(former or "", "a former state of the stack").creating}
