"""One run of the benchmark: what this machine can measure, in which order, and what is said of the rest."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bench import command_figures, instructions, parallel_checks, policy_figures, runner, valgrind
from bench.limits import Limited
from bench.measurement import Case, EngineName, Sample
from bench.peers import PROGRAMS, TERRAFORM, peers_here
from bench.processes import FailedError
from bench.results import Results
from bench.stack import Stack, engines_here
from pulumi_workspace365_sandbox import workspace365

_PREVIEWED = 250
"""Environments of the preview that the engines are compared with: a thousand resources."""
_BUSY = 0.5
"""The load of each core from which seconds say little."""


def remarks() -> Iterator[str]:
    """What is left out on this machine, and why; and whether it is too busy."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > _BUSY * cores:
        yield f"The machine is busy: a load of {load:.1f} on {cores} cores. Ratios and instructions still tell something, seconds do not."
    if "pulumi" not in engines_here():
        missing = "pulumi-language-python, neither on PATH nor beside it" if shutil.which("pulumi") else "pulumi on PATH"
        yield f"The Pulumi CLI is left out: there is no {missing}."
    if TERRAFORM not in peers_here():
        yield "Terraform is left out: terraform is not on PATH, or its provider restapi not on this machine (bench/README.md says where)."
    if not valgrind.is_here():
        yield valgrind.MISSING


def limited(engines: Sequence[EngineName], checks: int, folder: Path) -> Iterator[Iterator[Limited]]:
    """What is measured apart from the peers; each group raises FailedError where something fails."""
    yield command_figures.measure(folder)
    yield policy_figures.measure()
    if checks:
        yield parallel_checks.measure(checks, folder / "checks")
    if len(engines) > 1:
        yield _previews(folder)


def _previews(folder: Path) -> Iterator[Limited]:
    """The preview of many resources that do not exist yet, by both engines."""
    with workspace365.running() as server:
        embedded, cli = (
            Stack(PROGRAMS / "ours", "project", Case(engine, _PREVIEWED, 0), server, folder / f"preview-{engine}")
            for engine in ("embedded", "pulumi")
        )
        ratio = embedded.operate("preview").seconds / cli.operate("preview").seconds
    yield Limited(f"preview of {4 * _PREVIEWED} resources, embedded engine ÷ CLI ≤ 0.7 (wall clock)", 0.7, (ratio,))


def measure(
    kept: Results,
    runs: Iterable[runner.CaseRun],
    engines: Sequence[EngineName],
    folder: Path,
    *,
    checks: int | None,
    tell: Callable[[str], None],
) -> Iterator[None]:
    """Measure everything into ``kept``; yields whenever there is something to save. ``checks`` is None for the peers alone.

    Raises:
        FailedError: a stack cannot be set up.
    """
    if valgrind.is_here() and checks is not None:
        kept.instructions.update(instructions.measure(folder / "instructions", tell))
        yield
    for figures in limited(engines, checks, folder) if checks is not None else ():
        try:
            for figure in figures:
                tell(f"{figure.target}: {figure.median:.2f}")
                kept.limited.append(figure)
        except FailedError as problem:
            tell(f"failed: {problem}")
        yield
    for run in runs:
        for sample in runner.measure(run, folder, lambda sample: tell(described(sample))):
            kept.samples.append(sample)
            yield


def described(sample: Sample) -> str:
    """One line about a sample."""
    where = f"{sample.case.engine}, {sample.case.environments} × {sample.case.latency} ms"
    took = f"{sample.figures.seconds:6.2f} s" if sample.figures else f"failed: {sample.failure}"
    return f"{where:24} {sample.operation:9} {sample.peer:15} {took}"
