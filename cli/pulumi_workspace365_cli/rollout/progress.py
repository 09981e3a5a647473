"""How far a rollout is, told by the events of its record: the same while it runs and when it is resumed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from pulumi_workspace365_cli import dates
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.plan_file import RolloutPlan, Wave
from pulumi_workspace365_cli.rollout.record import Event

StackStatus = Literal["waiting", "updating", "updated", "unchanged", "refused", "failed"]
GateStatus = Literal["ok", "skipped", "red", "error"]
_PLAN = TypeAdapter(RolloutPlan)
DONE = ("updated", "unchanged")


@dataclass(frozen=True)
class StackProgress:
    """A stack of a rollout.

    Attributes:
        changes: what its preview would change, in words.
        detail: why it was refused or failed.
        remedy: what to do about that.
        message: of its latest update, by which the stack's history knows it.
        attempts: how many updates were started.
        began, ended: its latest preview's start, and its end.
    """

    name: str
    wave: str
    status: StackStatus = "waiting"
    changes: str = ""
    detail: str = ""
    remedy: str = ""
    message: str = ""
    attempts: int = 0
    began: datetime | None = None
    ended: datetime | None = None

    @property
    def is_done(self) -> bool:
        """Whether it has what the rollout brings."""
        return self.status in DONE

    @property
    def seconds(self) -> float | None:
        """How long it took; ``None`` where it did not end."""
        return (self.ended - self.began).total_seconds() if self.began and self.ended else None


@dataclass(frozen=True)
class GateResult:
    """What a gate said of a stack.

    Attributes:
        about: what was looked at.
    """

    stack: str
    about: Literal["checks", "drift"]
    status: GateStatus
    detail: str = ""


@dataclass(frozen=True)
class WaveProgress:
    """A wave; whenever one of its stacks is started, it has everything before it again.

    Attributes:
        gate: what its latest gate said.
        passed: whether the next wave may begin.
    """

    gate: tuple[GateResult, ...] | None = None
    passed: bool = False

    @property
    def gate_is_green(self) -> bool:
        """Whether its gate was asked and holds."""
        return self.gate is not None and all(result.status in {"ok", "skipped"} for result in self.gate)


class Progress:
    """The stacks and waves of a rollout.

    Args:
        identifier: of the rollout.
        plan: its waves.
    """

    def __init__(self, identifier: str, plan: RolloutPlan) -> None:
        self.identifier, self.plan = identifier, plan
        self.stacks = {name: StackProgress(name, wave.name) for wave in plan.waves for name in wave.stacks}
        self.waves = {wave.name: WaveProgress() for wave in plan.waves}
        self.began: datetime | None = None
        self.ended: datetime | None = None

    @classmethod
    def replay(cls, events: Iterable[Event]) -> "Progress":
        """Of the events of a record.

        Raises:
            CommandError: they are none of a rollout.
        """
        first, *others = [*events] or [{}]
        try:
            progress = cls(str(first["id"]), _PLAN.validate_python(first["plan"]))
            for event in (first, *others):
                progress.apply(event)
        except (KeyError, ValueError, ValidationError) as problem:
            raise CommandError(
                f"The record of the rollout is damaged, or of another version of w365 ({type(problem).__name__})."
            ) from problem
        return progress

    def apply(self, event: Event) -> None:
        """Take an event into account; unknown ones are ignored."""
        time = dates.moment(event["time"])
        match event["event"]:
            case "started" | "resumed":
                self.began, self.ended = self.began or time, None
            case "ended":
                self.ended = time
            case "stack_started" | "stack_previewed" | "update_started" | "stack_ended":
                stack = self.stacks[event["stack"]]
                self.stacks[stack.name] = _changed(stack, event, time)
                if event["event"] == "stack_started":
                    self.waves[stack.wave] = WaveProgress()
            case "gate":
                results = tuple(GateResult(**result) for result in event["results"])
                self.waves[event["wave"]] = replace(self.waves[event["wave"]], gate=results)
            case "wave_passed":
                self.waves[event["wave"]] = replace(self.waves[event["wave"]], passed=True)

    def failures(self, wave: Wave) -> list[StackProgress]:
        """The stacks of a wave that were refused or failed."""
        return [self.stacks[name] for name in wave.stacks if self.stacks[name].status in {"refused", "failed"}]

    def ended_at(self, wave: Wave) -> datetime | None:
        """When the last stack of a wave ended, from where its soak counts; ``None`` where one has not."""
        stacks = [self.stacks[name] for name in wave.stacks]
        ends = [stack.ended for stack in stacks if stack.ended and stack.status not in {"waiting", "updating"}]
        return max(ends) if len(ends) == len(stacks) else None

    def left(self, wave: Wave) -> list[StackProgress]:
        """The stacks of a wave that are still to be updated."""
        return [self.stacks[name] for name in wave.stacks if not self.stacks[name].is_done]


def _changed(stack: StackProgress, event: Event, time: datetime | None) -> StackProgress:
    match event["event"]:
        case "stack_started":
            return replace(stack, status="waiting", changes="", detail="", remedy="", began=time, ended=None)
        case "stack_previewed":
            return replace(stack, changes=event["changes"])
        case "update_started":
            return replace(stack, status="updating", message=event["message"], attempts=stack.attempts + 1)
    return replace(stack, status=event["status"], detail=event["detail"], remedy=event["remedy"], ended=time)


def plan_document(plan: RolloutPlan) -> Any:
    """The plan as it stands in a record."""
    return _PLAN.dump_python(plan, mode="json")
