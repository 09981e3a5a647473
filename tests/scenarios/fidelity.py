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

The [embedded engine](../engine/pulumi_embedded_engine/README.md) is held to the Pulumi CLI. Scenarios ran on a real CLI (3.260, with the
Python SDK 3.272), and what it did is kept as test data. Every run of the test suite lets the embedded engine do the same and compares,
with our [host](host.md) and with the SDK's own. Where a `pulumi` is on PATH, the same scenarios run live on it, too. `make test` says at
its end which engines and hosts took part.

Compared are, after each operation: every call to a provider with all its arguments, in order for each resource; the steps, with
the properties that changed; the counts of the summary; every message that a person is shown; the exit code; and the whole state.
Not compared is what differs from one run to the next: times, ids of providers, ciphertexts, ports, positions in source files, and
what else was still under way when an operation failed.

This page is written by `python -m tests.scenarios page`, and a test fails when it is not up to date.
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
    yield f"{len(recording.EXPLAINED)}, each meant:" if recording.EXPLAINED else "None."
    for number, known in enumerate(recording.EXPLAINED, 1):
        yield from ("", f"{number}. {known.why}")
    yield ""
