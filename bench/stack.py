"""A peer that is a Pulumi program: a project and a stack in a folder of its own, run by either engine."""

import json
import os
import shlex
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench import processes
from bench.measurement import Case, EngineName, Entry, Figures, Operation
from pulumi_workspace365_sandbox.workspace365 import Server

_ROOT = Path(__file__).parents[1]
_STACK = "bench"
_PASSPHRASE = "bench"  # of a stack whose secrets are made up  # noqa: S105
_COMMANDS: dict[EngineName, list[str]] = {
    "embedded": [sys.executable, "-m", "pulumi_embedded_engine"],
    "pulumi": ["pulumi"],
}
_ARGUMENTS: dict[Operation, list[str]] = {
    "create": ["up", "--yes", "--skip-preview"],
    "no-op up": ["up", "--yes", "--skip-preview"],
    "preview": ["preview"],
    "refresh": ["refresh", "--yes", "--skip-preview"],
    "destroy": ["destroy", "--yes", "--skip-preview"],
}
_PARALLEL, _QUIET = "64", ("--non-interactive", "--color", "never")
_STOCK_LAUNCHER = f"""#!/bin/sh
exec {shlex.quote(sys.executable)} -u -m pulumi.dynamic "$@"
"""
HOST = _ROOT / "host" / "pulumi_dynamic_host"

Host = Literal["project", "stock"]


def engines_here() -> list[EngineName]:
    """The engines that this machine has."""
    return ["embedded", "pulumi"] if _language_host() else ["embedded"]


def _language_host() -> str | None:
    """The CLI's language host: on PATH, or where the CLI looks too, beside its own file."""
    cli = shutil.which("pulumi")
    folders = [os.environ.get("PATH", os.defpath), str(Path(cli).resolve().parent)] if cli else []
    return next(filter(None, (shutil.which("pulumi-language-python", path=folder) for folder in folders)), None)


@dataclass
class Stack:
    """One program with one host. What it writes stays in ``folder``; ``server`` counts its calls."""

    program: Path
    host: Host
    case: Case
    server: Server
    folder: Path
    _runs: int = 0

    def __post_init__(self) -> None:
        shutil.copytree(self.program, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        host = HOST if self.host == "project" else self._stock_host()
        settings = {
            "name": "bench",
            "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            "plugins": {"providers": [{"name": "pulumi-python", "path": str(host)}]},
        }
        (self.folder / "Pulumi.yaml").write_text(json.dumps(settings), encoding="utf-8")  # which is YAML too
        self._run([*_COMMANDS[self.case.engine], "stack", "init", _STACK, *_QUIET])

    def command(self, operation: Operation) -> list[str]:
        """What carries an operation out."""
        return [*_COMMANDS[self.case.engine], *_ARGUMENTS[operation], "--stack", _STACK, "--parallel", _PARALLEL, *_QUIET]

    def update_with(self, port: int) -> None:
        """Deploy with the host that listens at a port.

        Raises:
            FailedError: it failed.
        """
        self._run(self.command("no-op up"), PULUMI_DEBUG_PROVIDERS=f"pulumi-python:{port}")

    def operate(self, operation: Operation) -> Figures:
        """Carry an operation out.

        Raises:
            FailedError: it failed.
        """
        self.server.management.clear_requests()
        used = self._run(self.command(operation))
        calls = self.server.management.statistics().by_operation
        return Figures(used.seconds, used.cpu, used.parts, calls)

    def entries(self) -> tuple[Entry, ...]:
        """The sizes of the dynamic resources in state, by kind."""
        sizes: dict[str, list[tuple[int, int]]] = {}
        for resource in self._resources():
            properties = _bytes({name: resource.get(name, {}) for name in ("inputs", "outputs")})
            sizes.setdefault(resource["type"].rpartition(":")[2], []).append((properties, _bytes(resource)))
        return tuple(
            Entry(kind, *(round(statistics.median(column)) for column in zip(*found, strict=True)))
            for kind, found in sorted(sizes.items())
        )

    def _resources(self) -> Iterator[dict[str, Any]]:
        path = self.folder / ".pulumi" / "stacks" / "bench" / f"{_STACK}.json"
        document = json.loads(path.read_text(encoding="utf-8"))
        for resource in document["checkpoint"]["latest"].get("resources") or []:
            if "dynamic" in resource["type"]:
                yield resource

    def _stock_host(self) -> Path:
        """A launcher of the SDK's own host: not every CLI comes with one."""
        launcher = self.folder / "stock-host" / "pulumi-resource-pulumi-python"
        launcher.parent.mkdir()
        launcher.write_text(_STOCK_LAUNCHER, encoding="utf-8")
        launcher.chmod(0o700)
        return launcher.parent

    def _run(self, command: Sequence[str], **variables: str) -> processes.Used:
        self._runs += 1
        log = self.folder / f"output-{self._runs}.txt"
        return processes.completed(command, self.folder, self.environment | variables, log)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its processes."""
        return {
            **processes.inherited(),
            "PULUMI_BACKEND_URL": f"file://{self.folder}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "BENCH_COUNT": str(self.case.environments),
            "BENCH_KEY": "made-up-sign-on-key",
            **self.server.variables,
        }


def _bytes(document: Any) -> int:
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode())
