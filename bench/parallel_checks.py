"""Compares many concurrent connectivity checks with a single one: all should take little longer than the slowest."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench import processes
from bench.stack import FailedError
from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure import faults

_SECONDS = 2.0
"""What the service takes for a check."""
_FOREIGN = ("PULUMI", "BENCH", "W365", "ARM_", "AZURE_", "CI", "GITHUB")


@dataclass(frozen=True)
class CheckTimes:
    """`w365 check` with one check and with ``count`` of them, one right after the other; seconds by the clock."""

    count: int
    one: float
    all: float


def measure(count: int, repetitions: int, folder: Path) -> Iterator[CheckTimes]:
    """Run that many checks, and one, so many times.

    Raises:
        FailedError: a check did not pass.
    """
    folder.mkdir(parents=True)
    with azure.running() as cloud:
        cloud.management.inject(faults.CheckRun(seconds=_SECONDS))
        for _ in range(repetitions):
            yield CheckTimes(count, _run(cloud, 1, folder), _run(cloud, count, folder))


def _run(cloud: azure.LocalAzure, count: int, folder: Path) -> float:
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
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    command = [sys.executable, "-m", "pulumi_workspace365_cli", "check", "--config", "checks.yaml"]
    log = folder / "output.txt"
    used = processes.run(command, folder, {**inherited, **cloud.variables}, log)
    if used.code:
        raise FailedError(f"w365 check, {count} at once: {log.read_text(encoding='utf-8', errors='replace').strip()[-300:]}")
    return used.seconds
