"""docs/fidelity.md: what is compared between the embedded engine and the Pulumi CLI, and the result. Written from the recordings."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.engine.cli import RECORDED
from tests.scenarios import recording

PAGE = Path(__file__).resolve().parents[2] / "docs/fidelity.md"
_HEAD = """# Fidelity: the embedded engine and the Pulumi CLI

The [embedded engine](../engine/pulumi_embedded_engine/README.md) must behave like the Pulumi CLI. Scenarios were run on a real CLI (3.260, with the Python
SDK 3.272), and its behaviour is recorded as test data. Every run of the test suite runs the same scenarios on the embedded engine and compares, with our
[host](host.md) ("ours") and with the SDK's own ("stock"). If a `pulumi` is on PATH, the scenarios also run on it. At its end, `make test` reports which
engines and hosts took part.

After each operation the tests compare every call to a provider with all its arguments, in order for each resource; the steps, with the properties
that changed; the counts of the summary; every message to the user; the exit code; and the complete state. They do not compare what differs between
runs: times, ids of providers, ciphertexts, ports, positions in source files, and what else was in progress when an operation failed.

`python -m tests.scenarios page` writes this page. A test fails if it is out of date.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([_HEAD, *_scenarios(), *_programs(), *_explained()])


def _scenarios() -> Iterator[str]:
    yield from ("## Scenarios of this project", "")
    yield from ("| scenario | hosts | operations | provider calls compared |", "|---|---|---|---|")
    names = sorted(path.stem for path in recording.FOLDER.glob("*.json"))
    total = 0
    for scenario, group in groupby(names, lambda name: name.rpartition(".")[0]):
        hosts = [name.rpartition(".")[2] for name in group]
        traces = [recording.load(f"{scenario}.{host}") for host in hosts]
        calls = sum(_calls(trace) for trace in traces)
        total += calls
        yield f"| {_sentence(scenario)} | {', '.join(hosts)} | {sum(map(len, traces))} | {calls} |"
    yield from (f"| **together** | | | **{total}** |", "")


def _programs() -> Iterator[str]:
    yield from ("## Programs as other people write them", "")
    yield from ("| program | operations | provider calls compared |", "|---|---|---|")
    total = 0
    for path in sorted((RECORDED / "programs").glob("*.json")):
        steps: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        total += (calls := _calls(steps))
        yield f"| {path.stem} | {len(steps)} | {calls} |"
    yield from (f"| **together** | | **{total}** |", "")


def _calls(operations: list[dict[str, Any]]) -> int:
    return sum(len(calls) for operation in operations for calls in operation.get("calls", {}).values())


def _sentence(name: str) -> str:
    scenario, _, case = name.partition(".")
    return re.sub("_", " ", f"{scenario}: {case}" if case else scenario)


def _explained() -> Iterator[str]:
    yield from ("## Differences", "")
    yield f"The {len(recording.EXPLAINED)} known differences are intended:" if recording.EXPLAINED else "None."
    for number, known in enumerate(recording.EXPLAINED, 1):
        yield from ("", f"{number}. {known.why}")
    yield ""
