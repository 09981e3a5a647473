"""Measures peers in a case: operation by operation, every peer in turn, so that what is compared was measured side by side."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.measurement import OPERATIONS, Case, EngineName, Operation, Sample
from bench.peers import FLOOR, IDEAL, OURS, Baseline, Peer
from bench.processes import FailedError
from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import faults

_COMPARED_IN_PREVIEW = {OURS, FLOOR}
_LARGEST_COMPLETE = 100
_CALLS: tuple[Operation, ...] = ("create", "refresh", "destroy")


@dataclass(frozen=True)
class CaseRun:
    """A case with what is measured of it."""

    case: Case
    peers: Sequence[Peer]
    operations: Sequence[Operation]
    repetitions: int


def case_runs(
    engines: Sequence[EngineName],
    *,
    environments: Sequence[int],
    latencies: Sequence[int],
    growth: Sequence[int],
    repetitions: int,
    peers: Sequence[Peer],
) -> Iterator[CaseRun]:
    """What a run measures: everything at the last latency, at the others less; a single environment as often as ``repetitions`` says.

    Growth is that of the first engine: with all peers up to 100 environments, above as an unchanged deployment beside the floor.
    """
    few = [peer for peer in peers if peer.name in {OURS, FLOOR, IDEAL}]
    for engine in engines:
        for count in environments:
            times = repetitions if count == 1 else 1
            for latency in latencies[:-1]:
                yield CaseRun(Case(engine, count, latency), few, _CALLS, times)
            yield CaseRun(Case(engine, count, latencies[-1]), peers, OPERATIONS, times)
    for count in growth:
        if count <= _LARGEST_COMPLETE:
            yield CaseRun(Case(engines[0], count, latencies[-1]), peers, OPERATIONS, 1)
        else:
            yield CaseRun(Case(engines[0], count, 0), few[:2], ("create", "no-op up"), 1)


def measure(run: CaseRun, folder: Path, tell: Callable[[Sample], None]) -> Iterator[Sample]:
    """Deploy, look, refresh and destroy so many times."""
    with _contenders(run.case, run.peers, folder) as contenders:
        for repetition in range(run.repetitions):
            for operation in run.operations:
                for peer, contender in contenders:
                    if operation == "preview" and peer.name not in _COMPARED_IN_PREVIEW:
                        continue
                    sample = _sample(Sample(run.case, repetition, peer.name, operation, None), contender)
                    tell(sample)
                    yield sample


@contextmanager
def _contenders(case: Case, peers: Sequence[Peer], folder: Path) -> Iterator[list[tuple[Peer, Baseline]]]:
    """Every peer with a server of its own, whose calls take as long as the case says."""
    with ExitStack() as stack:
        contenders = []
        for peer in peers:
            server = stack.enter_context(workspace365.running())
            if case.latency:
                server.management.inject(faults.Latency(ms=case.latency))
            place = folder / f"{case.engine}-{case.environments}-{case.latency}"
            place.mkdir(parents=True, exist_ok=True)
            contenders.append((peer, peer.start(case, server, place)))
        yield contenders


def _sample(begun: Sample, contender: Baseline) -> Sample:
    try:
        figures = contender.operate(begun.operation)
        entries = contender.entries() if begun.operation == "create" else ()
    except (FailedError, httpx.HTTPError) as problem:
        return Sample(begun.case, begun.repetition, begun.peer, begun.operation, None, failure=str(problem))
    return Sample(begun.case, begun.repetition, begun.peer, begun.operation, figures, entries=entries)
