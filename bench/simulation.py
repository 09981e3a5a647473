"""How long a fleet would take on several runners: arithmetic on what was measured, without servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WAVES = (0.01, 0.09, 0.9)
"""The shares of the stacks in a canary, an early and a broad wave."""


@dataclass(frozen=True)
class Cost:
    """What a runner takes: to start, and for each stack; seconds."""

    start: float
    stack: float

    @classmethod
    def through(cls, few: tuple[int, float], many: tuple[int, float]) -> "Cost":
        """From the seconds of two numbers of stacks.

        Raises:
            ValueError: the numbers are equal.
        """
        if few[0] == many[0]:
            raise ValueError("two numbers of stacks are needed")
        stack = (many[1] - few[1]) / (many[0] - few[0])
        return cls(max(0.0, few[1] - stack * few[0]), stack)


@dataclass(frozen=True)
class Simulated:
    """A rollout over so many runners: seconds without soaks, and lists of one instance."""

    runners: int
    seconds: float
    lists: int


def simulate(stacks: int, runners: int, cost: Cost, waves: Sequence[float] = WAVES) -> Simulated:
    """A rollout of all stacks. Each runner takes an equal part of each wave, and reads the list once in it."""
    sizes = [round(stacks * share) for share in waves[:-1]]
    sizes.append(stacks - sum(sizes))
    seconds, lists = 0.0, 0
    for size in filter(None, sizes):
        busy = min(size, runners)
        seconds += cost.start + cost.stack * ceil(size / busy)
        lists += busy
    return Simulated(runners, seconds, lists)
