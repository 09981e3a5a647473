"""Carries out a rollout: wave after wave, each stack in a thread, behind gates. It decides; engines act."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pulumi_workspace365_cli.rollout.display import Display
from pulumi_workspace365_cli.rollout.executor import Executor
from pulumi_workspace365_cli.rollout.gates import Gates
from pulumi_workspace365_cli.rollout.interruption import Interruption
from pulumi_workspace365_cli.rollout.plan_file import Wave
from pulumi_workspace365_cli.rollout.progress import Progress, StackProgress
from pulumi_workspace365_cli.rollout.record import Record
from pulumi_workspace365_cli.rollout.stack_rollout import StackRollout

Ending = Literal["complete", "stopped", "red", "interrupted"]
_POLL_SECONDS = 0.2
_LONGEST_WAIT = 60.0
"""Then the clock is looked at again, which may have been set."""


@dataclass
class Rollout:
    """A rollout that is carried out."""

    progress: Progress
    record: Record
    executor: Executor
    gates: Gates
    display: Display
    interruption: Interruption
    _order: threading.Lock = field(default_factory=threading.Lock)

    def run(self, stop_at: str | None = None) -> Ending:
        """Carry out what is left; ``stop_at`` names the last wave.

        Raises:
            CommandError: the record cannot be written.
        """
        ending: Ending = "complete"
        for number, wave in enumerate(self.progress.plan.waves, 1):
            stopped = self._wave(wave, f"wave {wave.name} ({number} of {len(self.progress.plan.waves)})")
            if stopped or wave.name == stop_at:
                ending = stopped or ("complete" if number == len(self.progress.plan.waves) else "stopped")
                break
        self.append("ended", ending=ending)
        return ending

    def append(self, event: str, **data: Any) -> None:
        """Record an event, then take it into account.

        Raises:
            CommandError: it cannot be recorded.
        """
        with self._order:
            self.progress.apply(self.record.append(event, **data))
        if event == "stack_ended":
            self.display.ended(data["stack"], in_words(self.progress.stacks[data["stack"]]))

    def _wave(self, wave: Wave, title: str) -> Ending | None:
        """Why the rollout ends here, if it does."""
        left = self.progress.left(wave)
        if left:
            self.display.line(f"{title}: {_stacks(len(left))} to update, {wave.parallel} at once")
            self._update(wave, left)
            if len(self.progress.failures(wave)) > wave.max_failures:
                return "red"
            if self.interruption.is_requested:
                return "interrupted"
        if self.progress.waves[wave.name].passed:
            return None
        return self._pass(wave, title)

    def _pass(self, wave: Wave, title: str) -> Ending | None:
        ends = soak_ends(wave, self.progress)
        if ends and ends > datetime.now(UTC):
            if not self.progress.waves[wave.name].gate_is_green and not self._gate(wave, title):
                return "red"
            if not self._soak(ends, title):
                return "interrupted"
        if not self._gate(wave, title):
            return "red"
        self.append("wave_passed", wave=wave.name)
        self.display.line(f"{title}: green")
        return None

    def _update(self, wave: Wave, left: Sequence[StackProgress]) -> None:
        self.executor.hosts.next_wave()
        one = StackRollout(
            self.progress.identifier,
            self.executor,
            self.progress.plan.budgets,
            self.append,
            self.display.doing,
            lambda: not self.interruption.is_requested,
        )
        _Workers(one, left, wave, self.interruption, self.progress).run()

    def _gate(self, wave: Wave, title: str) -> bool:
        done = [name for name in wave.stacks if self.progress.stacks[name].is_done]
        if wave.gate.checks or wave.gate.drift:
            self.display.line(f"{title}: looking at {_stacks(len(done))}")
        results = self.gates.look(wave.gate, done, wave.parallel) if done else []
        self.append("gate", wave=wave.name, results=list(map(asdict, results)))
        return self.progress.waves[wave.name].gate_is_green

    def _soak(self, ends: datetime, title: str) -> bool:
        """Wait; false where somebody interrupts that."""
        self.display.line(f"{title}: soaks until {ends.astimezone():%Y-%m-%d %H:%M:%S}")
        while (seconds := (ends - datetime.now(UTC)).total_seconds()) > 0:
            if self.interruption.wait(min(seconds, _LONGEST_WAIT)):
                return False
        return True


@dataclass
class _Workers:
    """The threads of a wave. An error in one of them, such as a record that cannot be written, stops all."""

    stack_rollout: StackRollout
    left: Sequence[StackProgress]
    wave: Wave
    interruption: Interruption
    progress: Progress
    _errors: list[BaseException] = field(default_factory=list)
    _ended: set[str] = field(default_factory=set)

    def run(self) -> None:
        queue = deque(self.left)
        # Daemons: a second Ctrl-C ends the process while engines, which outlive it, go on.
        threads = [threading.Thread(target=self._work, args=(queue,), daemon=True) for _ in range(self.wave.parallel)]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(_POLL_SECONDS)
        if self._errors:
            raise self._errors[0]

    def _work(self, queue: deque[StackProgress]) -> None:
        while self._may_start():
            try:
                stack = queue.popleft()
            except IndexError:
                return
            try:
                self.stack_rollout.run(stack)
            except BaseException as problem:  # noqa: BLE001  raised in the main thread
                self._errors.append(problem)
            self._ended.add(stack.name)

    def _may_start(self) -> bool:
        failures = sum(self.progress.stacks[name].status in {"refused", "failed"} for name in [*self._ended])
        return not self._errors and not self.interruption.is_requested and failures <= self.wave.max_failures


def _stacks(number: int) -> str:
    return f"{number} stack{'' if number == 1 else 's'}"


def soak_ends(wave: Wave, progress: Progress) -> datetime | None:
    """When a wave has soaked, by its recorded end; ``None`` where it did not end. A clock that was set back does not prolong it."""
    ended = progress.ended_at(wave)
    return min(ended, datetime.now(UTC)) + timedelta(seconds=wave.soak) if ended else None


def in_words(stack: StackProgress) -> str:
    """How a stack ended."""
    took = f" ({stack.seconds:.0f} s)" if stack.seconds is not None else ""
    match stack.status:
        case "updated":
            return f"updated: {stack.changes}{took}"
        case "unchanged":
            return f"unchanged{took}"
        case "waiting":
            return "not updated"
    return f"{stack.status}: {' '.join(filter(None, (stack.detail, stack.remedy)))}"
