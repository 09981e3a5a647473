"""A measurement: one operation of one peer in one case, with its time, memory and calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Operation = Literal["create", "no-op up", "preview", "refresh", "destroy"]
OPERATIONS: tuple[Operation, ...] = ("create", "no-op up", "preview", "refresh", "destroy")
EngineName = Literal["embedded", "pulumi"]


@dataclass(frozen=True)
class Case:
    """What is deployed: so many environments with three settings each, on an API whose every call takes so many milliseconds more."""

    engine: EngineName
    environments: int
    latency: int

    @property
    def resources(self) -> int:
        """Dynamic resources altogether."""
        return 4 * self.environments


@dataclass(frozen=True)
class Part:
    """What one process of a run took: processor seconds, and the most memory it ever had, in MiB."""

    cpu: float
    memory: float


@dataclass(frozen=True)
class Figures:
    """What an operation took. ``seconds``: wall clock; ``cpu``: processor seconds of all its processes; ``calls``: HTTP, by operation."""

    seconds: float
    cpu: float = 0.0
    parts: Mapping[str, Part] = field(default_factory=dict)
    """By ``engine``, ``program`` and ``host``, where the operating system tells (Linux)."""
    calls: Mapping[str, int] = field(default_factory=dict)

    @property
    def total_calls(self) -> int:
        return sum(self.calls.values())


@dataclass(frozen=True)
class Entry:
    """The size of a kind of resource in state: bytes of compact JSON, the median of all its resources."""

    kind: str
    properties: int
    """Inputs and outputs."""
    whole: int


@dataclass(frozen=True)
class Sample:
    """One measurement. ``repetition`` counts from 0; samples with the same one were taken beside each other."""

    case: Case
    repetition: int
    peer: str
    operation: Operation
    figures: Figures | None
    failure: str = ""
    entries: tuple[Entry, ...] = ()
