"""The results of a run: what was measured, on what machine, by which command; kept as JSON."""

import os
import platform
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from bench.fleet import FleetSample
from bench.limits import Limited
from bench.measurement import Sample


@dataclass(frozen=True)
class Results:
    """One run of the benchmark."""

    command: str
    date: str
    machine: str
    samples: list[Sample] = field(default_factory=list)
    limited: list[Limited] = field(default_factory=list)
    instructions: dict[str, int] = field(default_factory=dict)
    """By path, the reference included."""
    fleets: list[FleetSample] = field(default_factory=list)


_RESULTS = TypeAdapter(Results)


def begin(arguments: Sequence[str]) -> Results:
    """Empty results that know their command and machine."""
    kept = [argument for argument in arguments if not argument.startswith("--json=")]
    if "--json" in kept:  # where the results went is nobody else's concern
        del kept[kept.index("--json") : kept.index("--json") + 2]
    command = shlex.join(["python", "-m", "bench", *kept])
    return Results(command, datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), _machine())


def save(results: Results, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_RESULTS.dump_json(results, indent=1))


def load(path: Path) -> Results:
    """The results that were saved there."""
    return _RESULTS.validate_json(path.read_bytes())


def together(runs: Sequence[Results]) -> Results:
    """Several runs as one. What is compared was measured in one run all the same: a case belongs to the first that has it."""
    first, *others = runs
    samples = list(first.samples)
    for run in others:
        known = {sample.case for sample in samples}
        samples += [sample for sample in run.samples if sample.case not in known]
    limited = {one.target: one for run in reversed(runs) for one in run.limited}
    instructions = next((run.instructions for run in runs if run.instructions), {})
    return replace(first, samples=samples, limited=list(limited.values()), instructions=instructions)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = f", load {os.getloadavg()[0]:.1f} at the start"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}{_cli()}{busy}"


def _cli() -> str:
    try:
        done = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True)  # noqa: S607  the user's own
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f", Pulumi CLI {done.stdout.strip()}"
