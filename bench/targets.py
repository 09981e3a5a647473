"""The targets for the figures. The benchmark reports whether they are met; it never fails because of a time."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from bench.measurement import Case, Figures, Operation
from bench.peers import FLOOR, OURS
from bench.sample_statistics import SampleIndex, Spread

_SLOW = 200
"""Milliseconds a call from which the ideal is long enough to compare with."""
_LARGE, _GROWING = 1600, 50
_UNCHANGED: tuple[Operation, ...] = ("no-op up", "preview")


@dataclass(frozen=True)
class Target:
    """A target and the case that is farthest from it. ``holds`` is ``None`` where nothing was measured."""

    name: str
    measured: str = "–"
    where: str = "–"
    holds: bool | None = None


def judged(table: SampleIndex) -> Iterator[Target]:
    """Every target with its worst case."""
    for limit, clock, figure in ((1.1, "wall clock", _seconds), (1.05, "processor time", _cpu)):
        found = [
            (case, table.quotients(case, operation, (OURS, FLOOR), figure)) for case in table.cases for operation in _UNCHANGED
        ]
        name = f"no-op `up` and `preview` ≤ {limit} × floor ({clock})"
        yield _typical(name, limit, [spread.median for _, spread in found if spread])
        yield _worst(f"the same, the worst case ({clock})", limit, found)
    slow = [case for case in table.cases if case.latency >= _SLOW]
    single = [case for case in slow if case.environments == 1]
    for what, cases in (("", slow), (" of one", single)):
        found = [(case, table.above_floor(case, "create", OURS)) for case in cases]
        yield _worst(f"`create`{what} ≤ floor + 1.15 × ideal, from {_SLOW} ms a call", 1.15, found)
    found = [(case, table.above_floor(case, "destroy", OURS)) for case in single]
    yield _worst(f"`destroy` of one ≤ floor + 1.15 × ideal, from {_SLOW} ms a call", 1.15, found)
    found = [(case, table.beyond_ideal(case, "refresh")) for case in single]
    yield _worst(f"`refresh` of one ≤ 1.15 × floor + ideal, from {_SLOW} ms a call", 1.15, found)
    yield from _large(table)
    yield _worst(
        "lists of a `refresh` ≤ 3",
        3,
        [(case, table.values(case, "refresh", OURS, _lists)) for case in table.cases],
        form="{:.0f}",
    )
    yield from (_host_memory(table), _properties(table), _entries(table))


def _large(table: SampleIndex) -> Iterator[Target]:
    """Processor time of an unchanged deployment, beside that of trivial resources."""
    large = [case for case in table.cases if case.resources >= _LARGE]
    found = [(case, table.quotients(case, "no-op up", (OURS, FLOOR), _cpu)) for case in large]
    yield _worst(f"no-op `up` of {_LARGE} resources and more ≤ 1.1 × floor (processor time)", 1.1, found)
    for engine in sorted({case.engine for case in large}):
        cases = [case for case in table.cases if case.engine == engine and case.environments >= _GROWING]
        own, floor = (table.exponent(cases, "no-op up", peer, _cpu) for peer in (OURS, FLOOR))
        if own is not None and floor is not None:
            where = f"{engine}, {min(cases, key=_size).environments} to {max(cases, key=_size).environments} environments: floor {floor:.2f}"
            yield Target("exponent of a no-op's growth ≤ that of the floor + 0.02", f"{own:.2f}", where, own <= floor + 0.02)


def _size(case: Case) -> int:
    return case.environments


def _typical(name: str, limit: float, medians: list[float]) -> Target:
    """Judged by the median of all cases: one of them says little on a machine that others use too."""
    if not medians:
        return Target(name)
    value = statistics.median(medians)
    return Target(name, f"{value:.2f}", f"median of {len(medians)}, {min(medians):.2f} to {max(medians):.2f}", value <= limit)


def _seconds(figures: Figures) -> float:
    return figures.seconds


def _cpu(figures: Figures) -> float:
    return figures.cpu


def _worst(name: str, limit: float, found: list[tuple[Case, Spread | None]], form: str = "{:.2f}") -> Target:
    measured = [(spread.median, case) for case, spread in found if spread]
    if not measured:
        return Target(name)
    value, case = max(measured, key=lambda pair: pair[0])
    where = f"{case.engine}, {case.environments} environments, {case.latency} ms"
    return Target(name, form.format(value), where, value <= limit)


def _lists(figures: Figures) -> float:
    return figures.calls.get("listEnvironments", 0)


def _host_memory(table: SampleIndex) -> Target:
    name = "peak memory of the host, largest number of environments ÷ 1 environment ≤ 1.5"
    first = min((case.latency for case in table.cases), default=0)
    ratios = []
    for engine in {case.engine for case in table.cases}:
        peaks = {
            case.environments: spread.median
            for case in table.cases
            if (case.engine, case.latency) == (engine, first)
            and (spread := table.values(case, "create", OURS, _host_peak))
            and spread.median
        }
        if 1 in peaks and max(peaks) > 1:
            ratios.append((peaks[max(peaks)] / peaks[1], f"{engine}, {max(peaks)} environments"))
    if not ratios:
        return Target(name)
    value, where = max(ratios)
    return Target(name, f"{value:.2f}", where, value <= 1.5)


def _host_peak(figures: Figures) -> float:
    return figures.parts["host"].memory if "host" in figures.parts else 0.0


def _properties(table: SampleIndex) -> Target:
    name = "inputs and outputs of settings in state ≤ 1024 bytes"
    sizes = [
        (entry.properties, entry.kind)
        for case in table.cases
        for sample in table.samples(case, "create", OURS)
        for entry in sample.entries
        if entry.kind != "Environment"
    ]
    return Target(name, str(max(sizes)[0]), max(sizes)[1], max(sizes)[0] <= 1024) if sizes else Target(name)


def _entries(table: SampleIndex) -> Target:
    name = "whole entry of settings in state ≤ 1.1 × a trivial resource's"
    ratios = []
    for case in table.cases:
        trivial = [entry for sample in table.samples(case, "create", FLOOR) for entry in sample.entries]
        own = [entry for sample in table.samples(case, "create", OURS) for entry in sample.entries]
        ratios += [
            (entry.whole / trivial[0].whole, f"{entry.kind}, {case.engine}")
            for entry in own
            if trivial and entry.kind != "Environment"
        ]
    return Target(name, f"{max(ratios)[0]:.2f}", max(ratios)[1], max(ratios)[0] <= 1.1) if ratios else Target(name)
