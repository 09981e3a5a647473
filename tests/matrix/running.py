"""A cell's folder, its packages, and its run of `make test`."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import c_library
from tests.matrix.cells import ISOLATED, Cell, interpreter

_PROGRESS = re.compile(r"\[ *(\d+)%\]\s*$")
_CLOSING = re.compile(r"=* ?((?:\d+ \w+,? ?)+) in ([\d.]+)s(?: \([\d:]+\))? ?=*$")
Install = Callable[[Cell, Path, int], int]
FOLDERS = ("./host", "./engine", "./sandbox", "./policies", ".")
"""Of the distributions; what is installed from a folder is asked of no registry."""
_FAILED = re.compile(r"(?:FAILED|ERROR) (\S.*)")


@dataclass
class Result:
    """How a cell ended. ``counts`` is pytest's closing line, ``inputs`` has a digest for each property test."""

    cell: Cell
    log: Path
    code: int = 0
    seconds: float = 0.0
    counts: str = "pytest told no end"
    failed: list[str] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.code == 0


def run(cell: Cell, project: Path, folder: Path, told: Callable[[str], None], install: Install | None = None) -> Result:
    """Copy the project, install what the cell wants and run the tests; ``told`` gets the progress."""
    install = install or with_packages
    result = Result(cell, folder / f"{cell.name}.log")
    copy = folder / cell.name / "main"
    with result.log.open("w", encoding="utf-8") as log:
        told("a copy of the project")
        _copy(project, copy)
        told("packages")
        result.code = install(cell, copy, log.fileno())
        if result.code:
            result.counts = "its packages could not be installed"
            return result
        began = time.monotonic()
        inputs = folder / f"{cell.name}.json"
        with _load(cell.load), _started(cell, copy, inputs) as process:
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                log.flush()
                if progress := _PROGRESS.search(line):
                    told(f"{progress[1]} %")
                elif closing := _CLOSING.match(line):
                    result.counts = closing[1]
                elif failed := _FAILED.match(line):
                    result.failed.append(failed[1])
        result.seconds = time.monotonic() - began
        result.code = process.returncode
        if inputs.exists():
            result.inputs = json.loads(inputs.read_text(encoding="utf-8"))
    return result


def _copy(project: Path, copy: Path) -> None:
    """The commit, with what is not committed yet; and beside it what lies beside the project."""
    git = ["git", "-C", str(project)]
    subprocess.run(["git", "clone", "--quiet", project, copy], check=True)
    command = [*git, "ls-files", "--modified", "--others", "--exclude-standard", "-z"]
    changed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in filter(None, changed.split("\0")):
        if (project / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, copy / name)
        else:
            (copy / name).unlink(missing_ok=True)
    shared = project.parent / "shared"
    if shared.exists():
        (copy.parent / "shared").symlink_to(shared.resolve())


def with_packages(cell: Cell, copy: Path, log: int) -> int:
    """A virtual environment in the copy, with the cell's packages; the exit code of what failed, or 0. The log is a descriptor."""
    python, base, uv = str(copy / ".venv/bin/python"), str(interpreter(cell.python)), shutil.which("uv")
    pip = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    if cell.packages == "locked":
        chosen = ["--require-hashes", "-r", "requirements.lock"]
    elif uv:
        resolution = "lowest-direct" if cell.packages == "lowest" else "highest"
        chosen = ["--resolution", resolution, *(part for folder in FOLDERS for part in ("-r", f"{folder}/pyproject.toml"))]
        chosen += ["--extra", "dev"]
    else:
        chosen = ["--upgrade", "./host", "./engine", "./sandbox", "./policies", ".[dev]"]
    itself = ["--no-index", "--no-deps", "--no-build-isolation", *(part for folder in FOLDERS for part in ("--editable", folder))]
    for command in ([base, "-m", "venv", ".venv"], [*pip, *chosen], [*pip, *itself]):
        code = subprocess.run(command, cwd=copy, stdout=log, stderr=log, check=False).returncode
        if code:
            return code
    (copy / ".venv/ready").touch()  # for make
    return 0


@contextmanager
def _started(cell: Cell, copy: Path, inputs: Path) -> Iterator[subprocess.Popen[str]]:
    options = [f"--inputs={inputs}"]
    if cell.order is not None:
        options += ["-p", "randomly", f"--randomly-seed={cell.order}"]
    command = ["make", "test", f"PYTEST={' '.join(options)}"]
    if cell.clock:
        clock = c_library.build(Path(__file__).with_name("clock.c"), copy.parent)
        command = ["faketime", cell.clock, "sh", "-c", f'LD_PRELOAD="{clock}:$LD_PRELOAD" exec "$@"', "sh", *command]
    if cell.offline:
        command = [*ISOLATED, *command]
    unwanted = ("PYTEST_", "VIRTUAL_ENV", "MAKE", "PYTHON", "FAKETIME", "LD_PRELOAD", "COLD", "HYPOTHESIS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    environment |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}  # clocks that are set do not move that one
    with subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        yield process


@contextmanager
def _load(number: int) -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
