"""``python -m tests.campaigns [faults|kills|points|malformed|files|calls|lifecycle|rollouts|properties]``: run the campaigns in full and print their tables; fails when anything did."""

import argparse
import contextlib
import itertools
import logging
import os
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365.records import Operation
from tests.campaigns import calls, faults, files, kills, lifecycle, malformed, points, properties, rollouts
from tests.campaigns.deployment import EngineName, Front, engines_here

_WORKERS = 2
_TURNS = 25  # cases of the list in one stack
_KILLED = 20  # environments of a run that is killed
_STACKS, _ROLLOUT_KILLS = 40, 10


@dataclass(frozen=True)
class Order:
    """What the command line asks for. ``share``: one in so many of the cases is tried. ``markdown``: tables as pages have them."""

    seed: int
    engines: list[EngineName]
    share: int
    folder: Path
    console: Console
    markdown: bool = False
    front: Front = "dynamic"


def _faults(order: Order) -> bool:
    table = Table("engine", "operation", "faults tried", "failed no run", "survived", title="Faults, by operation of the API")
    problems: list[str] = []
    for engine in order.engines:
        parts = [(operation, part) for operation in faults.OPERATIONS for part in _parts(operation, order)]
        with ThreadPoolExecutor(_WORKERS) as threads:
            done = threads.map(lambda part, engine=engine: _verdict(order, engine, *part), parts)
            verdicts: dict[str, list[faults.Verdict]] = {}
            for (operation, part), verdict in zip(parts, done, strict=True):
                setting = "" if part[0].setting == faults.SETTINGS[0] else f", {part[0].setting}"
                verdicts.setdefault(f"{operation}{setting}", []).append(verdict)
        for row, some in [*verdicts.items(), ("together", [one for each in verdicts.values() for one in each])]:
            counts = [(one.tried, one.withstood, one.survived) for one in some]
            table.add_row(engine, row, *(f"{sum(column):,}" for column in zip(*counts, strict=True)))
        problems += [problem for some in verdicts.values() for one in some for problem in one.problems]
    return _told(order, table, problems)


def _parts(operation: Operation, order: Order) -> list[list[faults.Case]]:
    """The cases of an operation in stacks, one for each setting: those of the list take turns, so several stacks of them go side by side."""
    chosen = faults.cases(operation)
    chosen = faults.sample(chosen, order.share, order.seed) if order.share > 1 else chosen
    size = _TURNS if operation == "listEnvironments" else len(chosen)
    settings = [[case for case in chosen if case.setting == setting] for setting in faults.SETTINGS]
    return [some[start : start + size] for some in settings for start in range(0, len(some), size)]


def _verdict(order: Order, engine: EngineName, operation: Operation, chosen: list[faults.Case]) -> faults.Verdict:
    folder = Path(tempfile.mkdtemp(dir=order.folder, prefix=f"{engine}-{operation}-"))
    with workspace365.running() as server:
        verdict = faults.run(chosen, server, folder / "stack", engine, order.front)
    order.console.print(f"{engine}, {operation}: {verdict.survived} of {verdict.tried} survived")
    return verdict


def _kills(order: Order) -> bool:
    table = Table(
        "engine",
        "kills",
        "killed",
        "tried",
        "run was over",
        "converged",
        "named by hand",
        title="Kills during an up of 20 environments",
    )
    problems: list[str] = []
    for engine, kind in itertools.product(order.engines, kills.KINDS):
        plan = kills.plan(max(3, 100 // order.share), _KILLED, order.seed, kind)

        def some(
            worker: int, plan: list[kills.Kill] = plan, engine: EngineName = engine, kind: kills.Kind = kind
        ) -> kills.Verdict:
            folder = order.folder / f"{engine}-kills-{kills.KINDS.index(kind)}-{worker}"
            with workspace365.running() as server:
                campaign = kills.Campaign(server, folder, _KILLED, engine, kind)
                for kill in plan[worker::_WORKERS]:
                    before = len(campaign.verdict.problems)
                    campaign.run([kill])
                    ended = "converged" if len(campaign.verdict.problems) == before else "did not converge"
                    order.console.print(f"{engine}, {kind}, {kill.label}: {ended}")
                return campaign.verdict

        with ThreadPoolExecutor(_WORKERS) as threads:
            verdicts = list(threads.map(some, range(_WORKERS)))
        for victim in kills.VICTIMS:
            counts = [(one.tried[victim], one.missed[victim], one.survived[victim], one.settled[victim]) for one in verdicts]
            table.add_row(engine, kind, victim, *(str(sum(column)) for column in zip(*counts, strict=True)))
        lost = sum(one.interrupted_creates for one in verdicts)
        order.console.print(f"{engine}, {kind}: {lost} environments had been created by runs that could not record them")
        restored = sum(one.restored for one in verdicts)
        order.console.print(f"{engine}, {kind}: {restored} checkpoints had to be restored from the engine's own copy")
        problems += itertools.chain.from_iterable(one.problems for one in verdicts)
    return _told(order, table, problems)


def _points(order: Order) -> bool:
    table = Table(
        "process", "fault", "names", "call", "points tried", "survived", title="Every point of an up with three environments"
    )
    problems: list[str] = []
    if points.library() is None:
        order.console.print("points: there is no C compiler here (cc), which they need")
        return False
    for series in itertools.product(points.VICTIMS, points.FAULTS, points.NAMES):
        with ThreadPoolExecutor(_WORKERS) as threads:
            verdicts = list(threads.map(lambda worker, series=series: _series(order, series, worker), range(_WORKERS)))
        for kind in points.KINDS:
            counts = (str(sum(getattr(one, name)[kind] for one in verdicts)) for name in ("tried", "survived"))
            table.add_row(*series, kind, *counts)
        asked = sum(one.asked for one in verdicts)
        order.console.print(f"{', '.join(series)}: after {asked} of the points a person had to say which environment is whose")
        problems += itertools.chain.from_iterable(one.problems for one in verdicts)
    return _told(order, table, problems)


def _series(order: Order, series: tuple[points.Victim, points.Fault, points.Names], worker: int) -> points.Verdict:
    """Every second point, from where this worker begins, until runs end before their point comes."""
    title = ", ".join(series)
    with workspace365.running() as server:
        attempts = points.Series(server, order.folder / f"points-{'-'.join(series)}-{worker}", *series)
        for point in range(1 + worker, attempts.calls + points.SPARE, _WORKERS * order.share):
            attempts.run([point])
            tried, survived = attempts.verdict.tried.total(), attempts.verdict.survived.total()
            order.console.print(f"{title}, point {point} of about {attempts.calls}: {survived} of {tried} survived")
        return attempts.verdict


def _malformed(order: Order) -> bool:
    table = Table("given", "tried", "ended in", title="Malformed answers and arguments: tracebacks 0, secrets shown 0")
    for name, attempt in (("answers", malformed.try_answers), ("arguments", malformed.try_arguments)):
        tally = attempt(order.seed, 10_000 // order.share)
        table.add_row(name, str(tally.tried), ", ".join(f"{ending} {count}" for ending, count in sorted(tally.ended.items())))
    return _told(order, table, [])


def _files(order: Order) -> bool:
    tally = files.try_files(order.seed, 10_000 // order.share, order.folder / "files")
    table = Table("readers", "files", "ended in", title="Files torn, doubled and mixed up: tracebacks 0, secrets shown 0")
    ended = ", ".join(f"{ending} {count}" for ending, count in sorted(tally.ended.items()))
    table.add_row(str(len(files.READERS)), str(tally.tried), ended)
    return _told(order, table, tally.problems)


def _calls(order: Order) -> bool:
    numbers = (1, 10, 100) if order.share > 1 else (1, 10, 100, 500)
    problems: list[str] = []
    table = Table("run", *map(str, numbers), title="Calls of the API, by the number of environments")
    with workspace365.running() as server:
        costs = [calls.measure(number, server, order.folder / f"calls-{number}") for number in numbers]
    for row in zip(*costs, strict=True):
        table.add_row(
            row[0].run, *(", ".join(f"{name} {count}" for name, count in sorted(cost.calls.items())) or "none" for cost in row)
        )
        problems += [f"{cost.run} of {cost.environments}: exit code {cost.code}" for cost in row if cost.code]
        problems += [
            f"{cost.run} of {cost.environments}: {cost.lists} lists" for cost in row if "refresh" in cost.run and cost.lists > 3
        ]
    return _told(order, table, problems)


def _lifecycle(order: Order) -> bool:
    lives = 1000 // order.share
    with workspace365.running() as server:
        lifecycle.live(server, order.folder, order.seed, lives)
    table = Table("lives", "steps each, at most", "disagreements", title="Lifecycle against its model")
    table.add_row(str(lives), str(lifecycle.STEPS), "0")
    return _told(order, table, [])


def _properties(order: Order) -> bool:
    times = max(1, 20 // order.share)
    found = properties.search(order.seed, times, order.folder / "inputs.json")
    table = Table("properties", "inputs", "failed", title="Properties of the test suite, with other inputs than it takes")
    table.add_row(str(found.properties), str(found.inputs), str(len(found.problems)))
    return _told(order, table, found.problems)


def _rollouts(order: Order) -> bool:
    stacks, count = max(8, _STACKS // order.share), max(2, _ROLLOUT_KILLS // order.share)
    table = Table(
        "engine",
        "stacks",
        "kills",
        "runs",
        "updates begun",
        "updates that went well",
        "killed before they said so",
        title="A rollout, killed and resumed",
    )
    problems: list[str] = []
    for engine in order.engines:
        with workspace365.running() as server:
            campaign = rollouts.Campaign(server, order.folder / f"{engine}-rollout", stacks, engine)
            verdict = campaign.run(rollouts.plan(count, stacks, order.seed))
        counts = (stacks, verdict.kills, verdict.runs, verdict.attempts, verdict.updates, verdict.unrecorded)
        table.add_row(engine, *map(str, counts))
        problems += [f"{engine}: {problem}" for problem in verdict.problems]
    return _told(order, table, problems)


def _told(order: Order, table: Table, problems: list[str]) -> bool:
    table.box = box.MARKDOWN if order.markdown else table.box
    order.console.print(table)
    for problem in problems:
        order.console.print(problem, style="red", markup=False, highlight=False)
    return not problems


_CAMPAIGNS: dict[str, Callable[[Order], bool]] = {
    "faults": _faults,
    "kills": _kills,
    "points": _points,
    "malformed": _malformed,
    "files": _files,
    "calls": _calls,
    "lifecycle": _lifecycle,
    "rollouts": _rollouts,
    "properties": _properties,
}


def main() -> int:
    """Run what was asked for; 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("campaigns", nargs="*", metavar="|".join(_CAMPAIGNS), help="all of them, unless named")
    parser.add_argument("--engine", choices=["embedded", "pulumi", "all"], default="all", help="default: those that are here")
    parser.add_argument("--front", choices=["dynamic", "native"], default="dynamic", help="of the program that meets faults")
    parser.add_argument("--seed", type=int, help="of a run to repeat")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="one in N of the cases")
    parser.add_argument("--markdown", action="store_true", help="tables as docs/safety.md has them")
    parser.add_argument("--keep", type=Path, help="a folder for everything that the runs wrote")
    given = parser.parse_args()
    if unknown := set(given.campaigns) - set(_CAMPAIGNS):
        parser.error(f"there is no campaign {', '.join(sorted(unknown))}")
    if given.share < 1:
        parser.error("argument --share: it must be 1 or more")
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with _folder(given.keep) as folder:
        seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
        engines = engines_here() if given.engine == "all" else [given.engine]
        console = Console(width=400 if given.markdown else None if sys.stdout.isatty() else 140)
        order = Order(seed, engines, given.share, folder, console, given.markdown, given.front)
        order.console.print(f"Seed {seed}. Engines: {', '.join(engines)}.")
        held = [_timed(name, order) for name in given.campaigns or _CAMPAIGNS]
        return 0 if all(held) else 1


def _timed(name: str, order: Order) -> bool:
    began = time.monotonic()
    held = _CAMPAIGNS[name](order)
    order.console.print(f"{name}: {'held' if held else 'did not hold'}, {time.monotonic() - began:.0f} s")
    return held


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(os.path.realpath(made))


if __name__ == "__main__":
    sys.exit(main())
