"""docs/fidelity.md: what is compared between the embedded engine and the Pulumi CLI, and the result. Written from the recordings."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.engine.cli import RECORDED
from tests.foreign import life
from tests.scenarios import recording, versions

PAGE = Path(__file__).resolve().parents[2] / "docs/fidelity.md"
_HEAD = """# Fidelity: the embedded engine and the Pulumi CLI

The [embedded engine](../engine/pulumi_embedded_engine/README.md) must behave like the Pulumi CLI. Scenarios and programs were run on a real CLI, and its
behaviour is recorded as test data: {versions}. Every run of the test suite runs them on the embedded engine and compares, with our
[host](host.md) ("ours") and with the SDK's own ("stock"). If a `pulumi` is on PATH, they also run on it; differences of a CLI of another version are reported,
but fail no test. At its end, `make test` reports which engines and hosts took part.

After each operation the tests compare every call to a provider with all its arguments, in order for each resource; the steps, with the properties
that changed; the counts of the summary; every message to the user; the exit code; and the complete state. They do not compare what differs between
runs: times, ids of providers, ciphertexts, ports, positions in source files, what a program says when the CLI ends it, and what else was in progress when
an operation failed.

`python -m tests.scenarios page` writes this page, and `python -m tests.scenarios record` records again with the CLI on PATH and writes it. A test fails if it
is out of date.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([_HEAD.format(versions=_versions()), *_scenarios(), *_programs(), *_foreign(), *_explained()])


def recordings() -> list[Path]:
    """The files of all recordings."""
    return [*recording.FOLDER.glob("*.json"), *(RECORDED / "programs").glob("*.json"), *life.RECORDED.glob("*.json")]


def note(sdk: str) -> str:
    """What to do where the SDK is newer than the recordings; empty where it is not."""
    oldest = min((item["sdk"] for item in versions.recorded(recordings())), key=versions.number)
    if versions.number(sdk) <= versions.number(oldest):
        return ""
    return (
        f"note: docs/fidelity.md was recorded with the Pulumi SDK {oldest}, and {sdk} is installed: run `python -m tests.scenarios record` "
        "with the newest Pulumi CLI on PATH"
    )


def _versions() -> str:
    made = versions.recorded(recordings())
    return " and ".join(f"CLI {item['cli']} with the Python SDK {item['sdk']}" for item in made)


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
        steps: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["operations"]
        total += (calls := _calls(steps))
        yield f"| {path.stem} | {len(steps)} | {calls} |"
    yield from (f"| **together** | | **{total}** |", "")


def _foreign() -> Iterator[str]:
    """Each program, what it tries, and how many of its operations fail with each host."""
    programs = [life.Program.load(name) for name in life.names()]
    lived = {host: [program for program in programs if not program.hangs(host)] for host in ("ours", "stock")}
    yield from ("## Programs with dynamic providers", "")
    yield (
        f"[Programs](../tests/foreign/programs) with the usual constructs of dynamic providers. Each is created, run again, previewed after a change, updated,\n"
        f"refreshed, run again and destroyed ({len(life.STEPS)} operations). {len(lived['ours'])} of {len(programs)} ran on the CLI and on the embedded engine with our host, {len(lived['stock'])} with the stock\n"
        "host. On both engines, the same operations fail."
    )
    yield ""
    yield from (
        "| program | what it does | calls, ours | calls, stock | fails, ours | fails, stock |",
        "|---|---|---|---|---|---|",
    )
    totals = {"ours": 0, "stock": 0}
    for program in programs:
        calls, fails = [], []
        for host in totals:
            if program.hangs(host):
                calls.append("none")
                fails.append(f"not run: {program.head[f'{host} hangs']}")
                continue
            trace = recording.load(f"{program.name}.{host}", life.RECORDED)
            totals[host] += (count := _calls(trace))
            calls.append(str(count))
            fails.append(", ".join(operation["command"] for operation in trace if operation["code"]))
        yield f"| {program.name} | {program.about} | {' | '.join([*calls, *fails])} |"
    yield from (f"| **together** | | **{totals['ours']}** | **{totals['stock']}** | | |", "")


def _calls(operations: list[dict[str, Any]]) -> int:
    return sum(len(calls) for operation in operations for calls in operation.get("calls", {}).values())


def _sentence(name: str) -> str:
    scenario, _, case = name.partition(".")
    return re.sub("_", " ", f"{scenario}: {case}" if case else scenario)


def _explained() -> Iterator[str]:
    yield from ("## Differences", "")
    yield f"The {len(recording.EXPLAINED)} known differences:" if recording.EXPLAINED else "None."
    for number, known in enumerate(recording.EXPLAINED, 1):
        yield from ("", f"{number}. {known.why}")
    yield ""
