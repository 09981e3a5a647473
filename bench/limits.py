"""Figures that must not exceed a limit, measured apart from the peers."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Limited:
    """What was measured, once or several times, and what its median must not exceed."""

    target: str
    limit: float
    measured: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.measured)

    @property
    def spread(self) -> str:
        """How often it was measured, with the least and the most."""
        return f"median of {len(self.measured)}, {min(self.measured):.2f} to {max(self.measured):.2f}"

    @property
    def holds(self) -> bool:
        return self.median <= self.limit
