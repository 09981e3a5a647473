"""The results as tables, for a terminal or for a page in Markdown."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import rich.table

from bench import instructions
from bench.limits import Limited
from bench.measurement import OPERATIONS, Case, Figures, Operation
from bench.peers import FLOOR, IDEAL, OURS, USUAL
from bench.results import Results
from bench.sample_statistics import Figure, LinearFit, SampleIndex, Spread
from bench.targets import Target, judged

CLOCK = "Seconds by the clock, the median."


@dataclass
class Sheet:
    """A table that does not care where it is shown."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def for_terminal(self) -> rich.table.Table:
        shown = rich.table.Table(*self.header, title=self.title, title_justify="left", box=None, pad_edge=False)
        for row in self.rows:
            shown.add_row(*row)
        return shown

    def for_page(self) -> str:
        lines = [self.header, tuple("---" for _ in self.header), *self.rows]
        return f"{self.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def sheets(results: Results) -> list[Sheet]:
    """Everything there is to show."""
    table = SampleIndex(results.samples)
    others = sorted({sample.peer for sample in results.samples} - {OURS, FLOOR, USUAL, IDEAL})
    return [
        _times(table, others),
        _clock(table, others),
        _memory(table),
        _state(table),
        _growth(table),
        _instructions(results.instructions),
        _targets(table, results.limited),
        _failures(table, others),
    ]


def _times(table: SampleIndex, others: list[str]) -> Sheet:
    header = ("engine", "environments", "ms a call", "operation", "seconds", "÷ floor", "÷ floor, processor", "÷ usual provider")
    sheet = Sheet(
        "What operations take: this project's seconds, and how many times what its peers take: median (minimum–maximum).",
        (*header, *(f"÷ {other}" for other in others), "(− floor) ÷ ideal", "calls", "usual provider's calls"),
    )
    for case, operation in _measured(table):
        compared = [
            table.quotients(case, operation, (OURS, FLOOR), _seconds),
            table.quotients(case, operation, (OURS, FLOOR), _cpu),
            table.quotients(case, operation, (OURS, USUAL), _seconds),
            *(table.quotients(case, operation, (OURS, other), _seconds) for other in others),
            table.above_floor(case, operation, OURS),
        ]
        calls = [_formatted(table.values(case, operation, peer, _calls), "{:.0f}") for peer in (OURS, USUAL)]
        own = _formatted(table.values(case, operation, OURS, _seconds), "{:.1f}")
        where = (case.engine, str(case.environments), str(case.latency), operation)
        sheet.rows.append((*where, own, *(str(ratio or "–") for ratio in compared), *calls))
    return sheet


def _clock(table: SampleIndex, others: list[str]) -> Sheet:
    """What the chart shows."""
    peers = (OURS, FLOOR, USUAL, *others, IDEAL)
    sheet = Sheet(CLOCK, ("engine", "environments", "ms a call", "operation", *peers))
    for case, operation in _measured(table):
        cells = (_formatted(table.values(case, operation, peer, _seconds), "{:.2f}") for peer in peers)
        sheet.rows.append((case.engine, str(case.environments), str(case.latency), operation, *cells))
    return sheet


def _memory(table: SampleIndex) -> Sheet:
    names = ("host", "program", "engine")
    header = tuple(f"{part}, {peer}" for part in names for peer in (OURS, FLOOR))
    sheet = Sheet("Peak memory of `create` in MiB.", ("engine", "environments", "ms a call", *header))
    for case in table.cases:
        cells = [
            _formatted(table.values(case, "create", peer, _memory_of(part)), "{:.0f}") for part in names for peer in (OURS, FLOOR)
        ]
        sheet.rows.append((case.engine, str(case.environments), str(case.latency), *cells))
    return sheet


def _state(table: SampleIndex) -> Sheet:
    sheet = Sheet(
        "Bytes of a resource in state (compact JSON, median).",
        ("engine", "environments", "resource", "inputs and outputs", "whole entry", "÷ trivial entry"),
    )
    for case in (case for case in table.cases if case.latency == table.cases[0].latency):
        trivial = next((entry for sample in table.samples(case, "create", FLOOR) for entry in sample.entries), None)
        for entry in next((sample.entries for sample in table.samples(case, "create", OURS)), ()):
            ratio = f"{entry.whole / trivial.whole:.2f}" if trivial else "–"
            sheet.rows.append((case.engine, str(case.environments), entry.kind, str(entry.properties), str(entry.whole), ratio))
    return sheet


def _growth(table: SampleIndex) -> Sheet:
    sheet = Sheet(
        "Growth with the number of environments: processor seconds as a straight line, and how far the worst measurement is off it.",
        ("engine", "operation", "part", "at 0", "per environment", "worst distance"),
    )
    last = max((case.latency for case in table.cases), default=0)
    for engine in dict.fromkeys(case.engine for case in table.cases):
        cases = [case for case in table.cases if (case.engine, case.latency) == (engine, last)]
        for operation in OPERATIONS:
            for part in ("program", "host"):
                medians = [
                    (case.environments, spread.median)
                    for case in cases
                    if (spread := table.values(case, operation, OURS, _cpu_of(part))) and spread.median
                ]
                line = LinearFit.through(medians)
                if line:
                    cells = (f"{line.start:.2f} s", f"{line.slope * 1000:.1f} ms", f"{line.max_relative_residual:.0%}")
                    sheet.rows.append((engine, operation, part, *cells))
    return sheet


def _instructions(counts: Mapping[str, int]) -> Sheet:
    reference = instructions.REFERENCE
    sheet = Sheet("Instructions of start-up paths.", ("path", "millions", f"÷ {reference}", "baseline", "change"))
    saved, found = instructions.baseline(), instructions.ratios(counts)
    for path, count in counts.items():
        cells = ("–", "–", "–")
        if path in found:
            before = saved.get(path)
            cells = (
                (f"{found[path]:.3f}", f"{before:.3f}", f"{found[path] / before - 1:+.1%}")
                if before
                else (f"{found[path]:.3f}", "–", "–")
            )
        sheet.rows.append((path, f"{count / 1e6:.0f}", *cells))
    return sheet


def _targets(table: SampleIndex, limited: Iterable[Limited]) -> Sheet:
    sheet = Sheet("Targets.", ("target", "where it is worst", "measured", "holds"))
    for target in (*judged(table), *(Target(one.target, f"{one.median:.2f}", one.spread, one.holds) for one in limited)):
        sheet.rows.append((target.name, target.where, target.measured, _verdict(target)))
    return sheet


def _verdict(target: Target) -> str:
    return "not measured" if target.holds is None else "yes" if target.holds else "NO"


def _failures(table: SampleIndex, others: list[str]) -> Sheet:
    sheet = Sheet("What failed.", ("peer", "engine", "environments", "operation", "why"))
    for case, operation in _measured(table):
        for peer in (OURS, FLOOR, USUAL, IDEAL, *others):
            why = next((sample.failure for sample in table.samples(case, operation, peer) if sample.failure), "")
            if why:
                sheet.rows.append((peer, case.engine, str(case.environments), operation, why))
    return sheet


def _measured(table: SampleIndex) -> Iterator[tuple[Case, Operation]]:
    return ((case, operation) for case in table.cases for operation in OPERATIONS if table.samples(case, operation, OURS))


def _seconds(figures: Figures) -> float:
    return figures.seconds


def _cpu(figures: Figures) -> float:
    return figures.cpu


def _calls(figures: Figures) -> float:
    return figures.total_calls


def _memory_of(part: str) -> Figure:
    return lambda figures: figures.parts[part].memory if part in figures.parts else 0.0


def _cpu_of(part: str) -> Callable[[Figures], float]:
    return lambda figures: figures.parts[part].cpu if part in figures.parts else 0.0


def _formatted(spread: Spread | None, form: str) -> str:
    return form.format(spread.median) if spread else "–"
