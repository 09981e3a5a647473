"""Compares figures of the same repetition, and reports the ratios as a spread."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.measurement import Case, Figures, Operation, Sample
from bench.peers import FLOOR, IDEAL, OURS

Figure = Callable[[Figures], float]


@dataclass(frozen=True)
class Spread:
    """Minimum, median and maximum of some comparisons."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread | None":
        """``None`` when there is nothing to tell."""
        found = sorted(values)
        return cls(found[0], statistics.median(found), found[-1]) if found else None

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f}–{self.most:.2f})"


@dataclass(frozen=True)
class LinearFit:
    """A straight line through measurements: ``start`` + ``slope`` per environment; ``max_relative_residual`` is the largest distance, as a share of the largest value."""

    start: float
    slope: float
    max_relative_residual: float

    @classmethod
    def through(cls, points: Sequence[tuple[float, float]]) -> "LinearFit | None":
        """``None`` for fewer than two places."""
        if len({x for x, _ in points}) < 2:
            return None
        slope, start = statistics.linear_regression(*zip(*points, strict=True))
        return cls(start, slope, max(abs(y - start - slope * x) for x, y in points) / max(y for _, y in points))


class SampleIndex:
    """Samples by case, repetition, operation and peer."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = {(sample.case, sample.repetition, sample.operation, sample.peer): sample for sample in samples}
        self.cases = sorted(
            {sample.case for sample in self._samples.values()}, key=lambda case: (case.engine, case.latency, case.environments)
        )

    def samples(self, case: Case, operation: Operation, peer: str) -> list[Sample]:
        return [sample for (at, _, what, who), sample in self._samples.items() if (at, what, who) == (case, operation, peer)]

    def values(self, case: Case, operation: Operation, peer: str, figure: Figure) -> Spread | None:
        return Spread.of(figure(sample.figures) for sample in self.samples(case, operation, peer) if sample.figures)

    def quotients(self, case: Case, operation: Operation, peers: tuple[str, str], figure: Figure) -> Spread | None:
        """One peer's figure over the other's, repetition by repetition."""
        return Spread.of(figure(one) / figure(other) for one, other in self._pairs(case, operation, *peers) if figure(other) > 0)

    def beyond_ideal(self, case: Case, operation: Operation) -> Spread | None:
        """What this project takes beyond the ideal, in units of what the floor takes."""
        pairs = self._pairs(case, operation, OURS, FLOOR, IDEAL)
        return Spread.of((own.seconds - ideal.seconds) / floor.seconds for own, floor, ideal in pairs)

    def exponent(self, cases: Sequence[Case], operation: Operation, peer: str, figure: Figure) -> float | None:
        """The power of the number of environments with which a figure grows, from the smallest case to the largest; None: there is one only."""
        found = [(case.environments, spread.median) for case in cases if (spread := self.values(case, operation, peer, figure))]
        (few, less), (many, more) = min(found, default=(0, 0.0)), max(found, default=(0, 0.0))
        return math.log(more / less) / math.log(many / few) if many > few and less > 0 else None

    def above_floor(self, case: Case, operation: Operation, peer: str) -> Spread | None:
        """What a peer takes beyond the floor, in units of what the ideal takes altogether."""
        found = [
            (one.seconds - floor.seconds) / ideal.seconds
            for one, floor, ideal in self._pairs(case, operation, peer, FLOOR, IDEAL)
            if ideal.total_calls
        ]
        return Spread.of(found)

    def _pairs(self, case: Case, operation: Operation, *peers: str) -> list[tuple[Figures, ...]]:
        repetitions = {repetition for at, repetition, _, _ in self._samples if at == case}
        found = []
        for repetition in sorted(repetitions):
            samples = [self._samples.get((case, repetition, operation, peer)) for peer in peers]
            figures = tuple(sample.figures for sample in samples if sample and sample.figures)
            if len(figures) == len(peers):
                found.append(figures)
        return found
