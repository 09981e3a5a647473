"""Measures peers in a case: operation by operation, every peer in turn, so that what is compared was measured side by side."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from bench.measurement import OPERATIONS, Case, Sample
from bench.peers import Baseline, Peer
from bench.stack import FailedError
from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import faults

_NEED_NO_CALLS = frozenset({"no-op up", "preview"})


def measure(
    case: Case, peers: Sequence[Peer], repetitions: int, folder: Path, tell: Callable[[Sample], None], *, all_operations: bool
) -> Iterator[Sample]:
    """Deploy, look, refresh and destroy so many times. Without ``all_operations`` those that call no server are left out."""
    with _contenders(case, peers, folder) as contenders:
        for repetition in range(repetitions):
            for operation in OPERATIONS:
                if operation in _NEED_NO_CALLS and not all_operations:
                    continue
                for peer, contender in contenders:
                    sample = _sample(Sample(case, repetition, peer.name, operation, None), contender)
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
