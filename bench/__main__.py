"""`python -m bench`: measure this project beside its peers. Every figure is a ratio to what was measured in the same run."""

import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from bench import benchmark, fleet, fleet_tables, instructions, page, results, runner, tables, valgrind
from bench.measurement import EngineName
from bench.peers import peers_here
from bench.stack import engines_here
from pulumi_workspace365_sandbox import workspace365

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
_KNOWN_ENGINES: tuple[EngineName, ...] = ("embedded", "pulumi")
_Read = TypeVar("_Read")
_FOLDER = Path(__file__).parent / "results"

Numbers = Annotated[str, typer.Option(envvar="BENCH_ENVIRONMENTS", help="How many environments, each with three settings.")]
Growth = Annotated[str, typer.Option(envvar="BENCH_GROWTH", help="How many more, on the first engine; empty: none.")]
Latencies = Annotated[str, typer.Option(envvar="BENCH_LATENCY", help="Milliseconds that each call takes longer.")]
Engines = Annotated[str, typer.Option(envvar="BENCH_ENGINE", help="embedded, pulumi or both; left out: those that are here.")]
Repeat = Annotated[int, typer.Option(envvar="BENCH_REPEAT", min=1, help="How often a single environment is measured.")]
Checks = Annotated[int, typer.Option(envvar="BENCH_CHECKS", min=0, help="How many connectivity checks at once; 0: none.")]
PeersOnly = Annotated[bool, typer.Option("--peers-only", help="Leave out instructions, commands, policies and checks.")]
Output = Annotated[Path | None, typer.Option("--json", envvar="BENCH_JSON", help="Where the results go.", dir_okay=False)]


@app.callback(invoke_without_command=True)
def main(  # noqa: PLR0917  a command line's options
    context: typer.Context,
    environments: Numbers = "1,50",
    growth: Growth = "10,400",
    latency: Latencies = "0,200",
    engine: Engines = "",
    repeat: Repeat = 3,
    checks: Checks = 500,
    peers_only: PeersOnly = False,
    json: Output = None,
) -> None:
    """Measure, print tables and write JSON; exit code 1 when a start-up path takes noticeably more instructions than the baseline."""
    if context.invoked_subcommand:
        return
    engines, latencies = _engines(engine), _numbers(latency, "--latency", least=0)
    counts = [_numbers(text, option, least=1) for text, option in ((environments, "--environments"), (growth or "1", "--growth"))]
    runs = runner.case_runs(
        engines,
        environments=counts[0],
        latencies=latencies,
        growth=counts[1] if growth else [],
        repetitions=repeat,
        peers=peers_here(),
    )
    console, path = _console(), json or _FOLDER / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    for remark in benchmark.remarks():
        console.print(f"[yellow]{remark}[/]", highlight=False, soft_wrap=True)
    kept = results.begin(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for _ in benchmark.measure(
            kept, runs, engines, Path(folder), checks=None if peers_only else checks, tell=_teller(console)
        ):
            results.save(kept, path)
    _show(console, tables.sheets(kept))
    console.print(f"{kept.machine}\nResults: {path}\nFor the documentation: python -m bench page {json or ''}")
    _judge(instructions.ratios(kept.instructions))


@app.command("instructions")
def count_instructions(
    save: Annotated[bool, typer.Option("--save", help="Make what is counted the baseline.")] = False,
) -> None:
    """Count the instructions of start-up paths; exit code 1 when one takes noticeably more than the baseline."""
    if not valgrind.is_here():
        raise typer.BadParameter(valgrind.MISSING)
    console = _console()
    kept = results.begin(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        kept.instructions.update(instructions.measure(Path(folder), _teller(console)))
    _show(console, tables.sheets(kept))
    found = instructions.ratios(kept.instructions)
    if save:
        instructions.save(found)
    _judge(found)


def _judge(found: instructions.Ratios) -> None:
    """End with code 1 where a path takes more than the baseline says."""
    if not (saved := instructions.baseline()) and found:
        typer.echo(
            f"No baseline for Python {instructions.VERSION}: save one with `python -m bench instructions --save`.", err=True
        )
    for sentence in (worse := instructions.regressions(found, saved)):
        typer.echo(sentence, err=True)
    if worse:
        raise typer.Exit(1)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 220)


def _show(console: Console, sheets: Iterable[tables.Sheet]) -> None:
    for sheet in sheets:
        if sheet.rows:
            console.print(sheet.for_terminal(), "")


@app.command("page")
def write_page(
    files: Annotated[list[Path] | None, typer.Argument(help="Saved results; left out: those of the last run.")] = None,
    into: Annotated[Path, typer.Option(help="The folder of the pages.")] = page.DOCS,
) -> None:
    """Write the figures of saved results into the pages about performance: of one run, or of several with different cases."""
    try:
        if found := files or sorted(_FOLDER.glob("*Z.json"))[-1:]:
            runs = [results.load(file) for file in found]
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
    console = _console()
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
    _show(console, fleet_tables.sheets(kept.fleets))
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


def _teller(console: Console) -> Callable[[str], None]:
    return lambda line: console.print(f"[dim]{line}[/]", highlight=False, soft_wrap=True)


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
