"""What must start before anything else happens, in instructions, as a ratio to ``import pulumi`` of the same run; compared with what is committed."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench import processes, valgrind
from bench.measurement import Case
from bench.peers import PROGRAMS
from bench.processes import FailedError
from bench.stack import HOST, Stack
from pulumi_workspace365_sandbox import workspace365

REFERENCE = "import pulumi"
BASELINE = Path(__file__).with_name("instructions.json")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_NOTICED = 0.02
"""A share by which a path may differ from the baseline: repetitions differ by less than half of it, and 3 % must be seen."""
_ENVIRONMENTS = 10
_PATIENT = {"PULUMI_DYNAMIC_HOST_ORPHAN_SECONDS": "600"}  # under valgrind the engine's silence means nothing

_ONE_ROUND = """
import runpy
from pulumi_embedded_engine.store import secrets
secrets._ROUNDS = 1
runpy.run_module("pulumi_embedded_engine", run_name="__main__", alter_sys=True)
"""
"""The engine without the million rounds that make a key of the passphrase, next to which nothing else would be seen."""

Ratios = Mapping[str, float]
"""Instructions of each path divided by those of the reference."""


def ratios(counts: Mapping[str, int]) -> dict[str, float]:
    """The instructions of each path divided by those of the reference."""
    return {path: round(count / counts[REFERENCE], 4) for path, count in counts.items() if path != REFERENCE}


def baseline(file: Path = BASELINE) -> dict[str, float]:
    """What was saved for this version of Python; empty where nothing was."""
    saved: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return saved.get(VERSION, {})


def save(found: Ratios, file: Path = BASELINE) -> None:
    """Make these the baseline of this version of Python."""
    saved = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps({**saved, VERSION: found}, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def regressions(found: Ratios, saved: Ratios) -> list[str]:
    """A sentence for each path that takes noticeably more than it did."""
    return [
        f"{path} takes {found[path]:.3f} times the instructions of `{REFERENCE}`, {found[path] / before - 1:.1%} more than the "
        f"{before:.3f} of the baseline: profile it, or renew the baseline with `python -m bench instructions --save`."
        for path, before in saved.items()
        if path in found and found[path] > before * (1 + _NOTICED)
    ]


def measure(folder: Path, tell: Callable[[str], None]) -> Iterator[tuple[str, int]]:
    """The instructions of the reference and of each path; those that fail are told of and left out.

    Raises:
        FailedError: nothing can be deployed.
    """
    with workspace365.running() as server:
        empty, some = (
            Stack(PROGRAMS / "ours", "project", Case("embedded", count, 0), server, folder / str(count))
            for count in (0, _ENVIRONMENTS)
        )
        some.operate("create")
        for name, counted in _paths(empty, some).items():
            try:
                count = counted()
            except FailedError as problem:
                tell(f"{name} failed: {problem}")
            else:
                tell(f"{name}: {count / 1e6:.0f} million instructions")
                yield name, count


def _paths(empty: Stack, some: Stack) -> dict[str, Callable[[], int]]:
    def run(*arguments: str) -> int:
        variables = empty.environment
        processes.run([sys.executable, *arguments], empty.folder, variables, empty.folder / "first.txt")  # compiles modules
        return valgrind.count([sys.executable, *arguments], empty.folder, variables)

    def serve(use: Callable[[int], object]) -> int:
        return valgrind.count([sys.executable, "-u", str(HOST)], some.folder, some.environment | _PATIENT, use)

    def engine(*arguments: str) -> int:
        command = [sys.executable, "-c", _ONE_ROUND]
        processes.run([*command, "stack", "init", "light"], empty.folder, empty.environment, empty.folder / "init.txt")
        return run(*command[1:], *arguments, "--stack", "light")

    return {
        REFERENCE: lambda: run("-c", "import pulumi"),
        "w365 --help": lambda: run("-m", "pulumi_workspace365_cli", "--help"),
        "import of the SDK": lambda: run("-c", "from pulumi_workspace365 import *"),
        "host, until it is ready": lambda: serve(lambda _: None),
        f"host, no-op of {_ENVIRONMENTS} environments": lambda: serve(some.update_with),
        "embedded engine, preview of an empty program": lambda: engine("preview"),
    }
