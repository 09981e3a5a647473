"""``python -m tests.matrix``: run the tests of `make test` in each cell and print a table; fails when any test did."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.matrix.cells import CELLS, Cell
from tests.matrix.running import Result, run

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    names = [cell.name for cell in CELLS]
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--only", action="append", choices=names, help="a cell to run, instead of all; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the cells, and what this machine lacks for them")
    parser.add_argument("--project", type=Path, default=ROOT, help="the project to try; default: this one")
    parser.add_argument(
        "--folder", type=Path, help="a new folder for copies and logs, kept; default: one in /tmp, kept if tests fail"
    )
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    chosen = [cell for cell in CELLS if not given.only or cell.name in given.only]
    if given.list:
        console.print(_table(chosen, []))
        return 0
    if given.folder:
        given.folder.mkdir(parents=True)
    folder = (given.folder or Path(tempfile.mkdtemp(prefix="matrix-"))).resolve()
    results = [_run(cell, given.project.resolve(), folder, console) for cell in chosen if not cell.missing()]
    console.print(_table(chosen, results))
    problems = [f"{result.cell.name}: {test}" for result in results for test in result.failed]
    problems += [f"{result.cell.name}: ended with {result.code}, see {result.log}" for result in results if not result.passed]
    problems += _other_inputs(results)
    for problem in problems:
        console.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)
    if not problems and not given.folder:
        shutil.rmtree(folder)
    return 1 if problems else 0


def _run(cell: Cell, project: Path, folder: Path, console: Console) -> Result:
    with console.status(f"{cell.name} …") as status:
        result = run(cell, project, folder, lambda progress: status.update(f"{cell.name}: {progress}"))
    console.print(f"{cell.name}: {result.counts}, {result.seconds:.0f} s", markup=False, highlight=False)
    shutil.rmtree(folder / cell.name)  # copies are large
    return result


def _table(chosen: list[Cell], results: list[Result]) -> Table:
    ended = {result.cell: result for result in results}
    table = Table("cell", "Python", "packages", "surroundings", "seconds", "tests", "result")
    for cell in chosen:
        row = [cell.name, cell.python, cell.packages, cell.surroundings()]
        if result := ended.get(cell):
            table.add_row(*row, f"{result.seconds:.0f}", result.counts, "passed" if result.passed else "failed")
        else:
            missing = cell.missing()
            table.add_row(*row, "", "", f"not run: missing {missing}" if missing else "")
    return table


def _other_inputs(results: list[Result]) -> list[str]:
    """Property tests that took other inputs in one cell than in another with the same interpreter and packages."""
    problems = []
    first: dict[tuple[str, str], Result] = {}
    for result in results:
        other = first.setdefault((result.cell.python, result.cell.packages), result)
        problems += [
            f"{test} took other inputs in {result.cell.name} than in {other.cell.name}"
            for test in result.inputs.keys() & other.inputs
            if result.inputs[test] != other.inputs[test]
        ]
    return problems


if __name__ == "__main__":
    sys.exit(main())
