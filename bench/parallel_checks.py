"""Compares many concurrent connectivity checks with a single one: all should take little longer than the slowest."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bench import processes
from bench.limits import Limited
from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure import faults

_REPETITIONS = 3
_SECONDS = 2.0
"""What the service takes for a check."""
_FOREIGN = ("PULUMI", "BENCH", "W365", "ARM_", "AZURE_", "CI", "GITHUB")


def measure(count: int, folder: Path) -> Iterator[Limited]:
    """Run that many checks, and one, one right after the other, some times.

    Raises:
        FailedError: a check did not pass.
    """
    folder.mkdir(parents=True)
    with azure.running() as cloud:
        cloud.management.inject(faults.CheckRun(seconds=_SECONDS))
        runs = [(_run(cloud, 1, folder), _run(cloud, count, folder)) for _ in range(_REPETITIONS)]
    beyond = tuple(many.seconds - one.seconds for one, many in runs)
    yield Limited(f"`w365 check` of {count} checks of 2 s ≤ that of one + 1 s (wall clock)", 1.0, beyond)
    memory = tuple(many.parts["engine"].memory for _, many in runs if many.parts)
    if memory:
        yield Limited("memory of the same ≤ 150 MiB", 150.0, memory)


def _run(cloud: azure.LocalAzure, count: int, folder: Path) -> processes.Used:
    checks = [
        {
            "name": f"backend {number}",
            "kind": "connectivity",
            "resource_group_name": cloud.resource_group_name,
            "service_name": cloud.service_name,
            "region": cloud.region,
            "address": "127.0.0.1",
            "port": urlsplit(cloud.backend_url).port,
            "protocol": "TCP",
        }
        for number in range(count)
    ]
    (folder / "checks.yaml").write_text(json.dumps({"checks": checks}), encoding="utf-8")  # which is YAML too
    command = [sys.executable, "-m", "pulumi_workspace365_cli", "check", "--config", "checks.yaml"]
    return processes.completed(command, folder, processes.inherited() | cloud.variables, folder / "output.txt")
