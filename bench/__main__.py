"""`python -m bench`: measure this project beside its peers. Every figure is a ratio to what was measured in the same run."""

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from bench import fleet, fleet_tables, page, parallel_checks, results, runner, tables
from bench.measurement import Case, EngineName, Sample
from bench.peers import peers_here
from bench.stack import engines_here
from pulumi_workspace365_sandbox import workspace365

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
_KNOWN_ENGINES: tuple[EngineName, ...] = ("embedded", "pulumi")
_Read = TypeVar("_Read")
_FOLDER = Path(__file__).parent / "results"

Numbers = Annotated[str, typer.Option(envvar="BENCH_ENVIRONMENTS", help="How many environments, each with three settings.")]
Latencies = Annotated[str, typer.Option(envvar="BENCH_LATENCY", help="Milliseconds that each call takes longer.")]
Engines = Annotated[str, typer.Option(envvar="BENCH_ENGINE", help="embedded, pulumi or both; left out: those that are here.")]
Repeat = Annotated[int, typer.Option(envvar="BENCH_REPEAT", min=1, help="How often everything is measured.")]
Checks = Annotated[int, typer.Option(envvar="BENCH_CHECKS", min=0, help="How many connectivity checks at once; 0: none.")]
Output = Annotated[Path | None, typer.Option("--json", envvar="BENCH_JSON", help="Where the results go.", dir_okay=False)]


@app.callback(invoke_without_command=True)
def main(  # noqa: PLR0917  a command line's options
    context: typer.Context,
    environments: Numbers = "1,25",
    latency: Latencies = "0,200",
    engine: Engines = "",
    repeat: Repeat = 3,
    checks: Checks = 100,
    json: Output = None,
) -> None:
    """Measure, print tables and write JSON."""
    if context.invoked_subcommand:
        return
    console = Console(width=None if sys.stdout.isatty() else 220)
    path = json or _FOLDER / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    kept = results.begin(sys.argv[1:])
    peers = peers_here()
    latencies = _numbers(latency, "--latency", least=0)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in _engines(engine):
            for count in _numbers(environments, "--environments", least=1):
                for milliseconds in latencies:
                    case = Case(name, count, milliseconds)
                    first = milliseconds == latencies[0]
                    tell = _teller(console)
                    found = runner.measure(case, peers, repeat, Path(folder), tell, all_operations=first)
                    kept.samples.extend(found)
                    results.save(kept, path)
        for times in parallel_checks.measure(checks, repeat, Path(folder) / "checks") if checks else ():
            console.print(
                f"[dim]{times.count} connectivity checks: {times.all:.2f} s; one: {times.one:.2f} s[/]", highlight=False
            )
            kept.check_times.append(times)
        results.save(kept, path)
    for sheet in tables.sheets(kept):
        if sheet.rows:
            console.print(sheet.for_terminal(), "")
    console.print(f"{kept.machine}\nResults: {path}")


@app.command("page")
def write_page(
    files: Annotated[list[Path] | None, typer.Argument(help="Saved results; none: what was recorded last.")] = None,
    into: Annotated[Path, typer.Option(help="The folder of the pages.")] = page.DOCS,
) -> None:
    """Write the figures of saved results into the pages about performance: of one run, or of several with different cases."""
    try:
        if files:
            runs = [results.load(file) for file in files]
            page.write(runs, tables.sheets(results.together(runs)), into)
        else:
            page.summarize(into)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from problem


@app.command("fleet")
def measure_fleets(
    stacks: Annotated[
        str, typer.Option(envvar="BENCH_STACKS", help="How many stacks of how many customers.")
    ] = "40x50,10x1,200x1",
    parallel: Annotated[int, typer.Option(envvar="BENCH_PARALLEL", min=1, help="How many stacks at once.")] = 2,
    changes: Annotated[str, typer.Option(envvar="BENCH_CHANGES", help="What changes in all stacks.")] = ",".join(fleet.CHANGES),
    engine: Engines = "",
    json: Output = None,
) -> None:
    """Update many stacks with `w365 rollout`, a plain loop and `xargs -P`."""
    shapes = _read(fleet_tables.shapes, stacks, "--stacks", "40x50,200x1")
    chosen = _read(fleet_tables.changes, changes, "--changes", ",".join(fleet.CHANGES))
    console = Console(width=None if sys.stdout.isatty() else 220)
    kept = results.begin(sys.argv[1:])
    path = json or _FOLDER / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-fleet.json"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in _engines(engine):
            for shape in shapes:
                with workspace365.running() as server:
                    measured = fleet.Fleet(
                        Path(folder) / f"{name}-{shape.stacks}-{shape.customers}", server, name, shape, parallel
                    )
                    with console.status(f"{name}, {shape}: deploying {shape.stacks} stacks"):
                        measured.prepare()
                    for sample in fleet.measure(measured, _fleet_teller(console), chosen):
                        kept.fleets.append(sample)
                        results.save(kept, path)
    for sheet in fleet_tables.sheets(kept.fleets):
        if sheet.rows:
            console.print(sheet.for_terminal(), "")
    console.print(f"{kept.machine}\nResults: {path}")


def _read(read: Callable[[str], list[_Read]], text: str, option: str, example: str) -> list[_Read]:
    try:
        return read(text)
    except ValueError as problem:
        raise typer.BadParameter(f"it must be like {example}, not {text!r}", param_hint=option) from problem


def _fleet_teller(console: Console) -> Callable[[fleet.FleetSample], None]:
    def tell(sample: fleet.FleetSample) -> None:
        where = f"{sample.engine}, {sample.shape}"
        console.print(
            f"[dim]{where:24} {sample.change:12} {sample.way:8} {sample.seconds:7.2f} s[/]", highlight=False, soft_wrap=True
        )

    return tell


def _teller(console: Console) -> Callable[[Sample], None]:
    def tell(sample: Sample) -> None:
        where = f"{sample.case.engine}, {sample.case.environments} × {sample.case.latency} ms"
        took = f"{sample.figures.seconds:6.2f} s" if sample.figures else f"failed: {sample.failure}"
        console.print(f"[dim]{where:24} {sample.operation:9} {sample.peer:15} {took}[/]", highlight=False, soft_wrap=True)

    return tell


def _numbers(text: str, option: str, *, least: int) -> list[int]:
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < least:
        raise typer.BadParameter(f"it must be whole numbers from {least}, separated by commas, not {text!r}", param_hint=option)
    return found


def _engines(text: str) -> list[EngineName]:
    here = engines_here()
    if not text:
        return here
    wanted = [name for name in _KNOWN_ENGINES if name in text.split(",")]
    unknown = [name for name in text.split(",") if name not in _KNOWN_ENGINES]
    if unknown or not wanted:
        raise typer.BadParameter(f"engines are {', '.join(_KNOWN_ENGINES)}, not {text!r}", param_hint="--engine")
    if missing := [name for name in wanted if name not in here]:
        raise typer.BadParameter(
            f"{missing[0]}: there is no Pulumi CLI with its Python language host on PATH", param_hint="--engine"
        )
    return wanted


if __name__ == "__main__":
    app()
