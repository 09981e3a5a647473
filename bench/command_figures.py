"""What `w365` commands and the embedded engine take where nothing is deployed, as processor time."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import processes
from bench.limits import Limited
from bench.measurement import Case
from bench.stack import Stack
from pulumi_embedded_engine.store import journal
from pulumi_embedded_engine.store.replay import JournalReplayer
from pulumi_workspace365_sandbox import workspace365

_REPETITIONS = 5
_FILES, _STEPS, _RECORDED = 300, 5000, 10_000
_EMPTY = Path(__file__).parent / "programs" / "empty"


def measure(folder: Path) -> Iterator[Limited]:
    """Each command several times.

    Raises:
        FailedError: one of them failed.
    """
    customers, preview = _customers(folder / "files"), _preview(folder / "preview.json")
    yield _command("`w365 --help` ≤ 0.3 s of processor time", 0.3, folder, "--help")
    yield _command(f"`w365 validate` of {_FILES} files ≤ 1 s of processor time", 1.0, customers, "validate")
    yield _command(
        f"`w365 plan` of {_STEPS} steps ≤ 1 s of processor time", 1.0, folder, "plan", preview.name, "--allow", "creates=any"
    )
    starts = tuple(_engine_start(folder / f"empty-{number}") for number in range(_REPETITIONS))
    yield Limited("the embedded engine before the program ≤ 0.35 s of processor time", 0.35, starts)
    folds = tuple(_fold(folder / f"journal-{number}") for number in range(_REPETITIONS))
    yield Limited(f"a journal of {_RECORDED} steps read and replayed ≤ 1 s of processor time", 1.0, folds)


def _command(target: str, limit: float, folder: Path, *arguments: str) -> Limited:
    command = [sys.executable, "-m", "pulumi_workspace365_cli", *arguments]
    log = folder / "output.txt"
    taken = tuple(processes.completed(command, folder, processes.inherited(), log).cpu for _ in range(_REPETITIONS))
    return Limited(target, limit, taken)


def _customers(project: Path) -> Path:
    """A project whose files are customers, but for two."""
    (project / "customers" / "prod").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n", encoding="utf-8")
    (project / "Pulumi.prod.yaml").write_text("config:\n  w365:baseUrl: https://portal.example.com\n", encoding="utf-8")
    for number in range(_FILES - 1):
        name = f"customer-{number:03}"
        text = f"key: {name}\nenvironment:\n  name: {name}\n  adopt_existing: true\n"
        (project / "customers" / "prod" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return project


def _preview(path: Path) -> Path:
    """What `pulumi preview --json` prints where everything is to be created."""
    kind = "pulumi-python:dynamic/workspace365:ExchangeSettings"
    inputs = {"environment_name": "a customer's", "server_type": "Office365", "__provider": "x" * 100}
    state = {"type": kind, "custom": True, "inputs": inputs}
    urns = [f"urn:pulumi:prod::bench::{kind}::customer-{number:05}" for number in range(_STEPS)]
    steps = [{"op": "create", "urn": urn, "newState": {"urn": urn, **state}} for urn in urns]
    path.write_text(json.dumps({"steps": steps, "duration": 1, "changeSummary": {"create": _STEPS}}), encoding="utf-8")
    return path


def _engine_start(folder: Path) -> float:
    """Processor seconds that the engine has taken when the program begins, as the program sees them."""
    with workspace365.running() as server:
        stack = Stack(_EMPTY, "project", Case("embedded", 0, 0), server, folder)
        stack.operate("preview")
    return float((folder / "engine-seconds.txt").read_text(encoding="utf-8"))


def _fold(path: Path) -> float:
    """Processor seconds in which a journal becomes a deployment."""
    path.write_bytes(b"".join(map(journal.encode, _records())))
    began = time.process_time()
    replayer = JournalReplayer({})
    for line in journal.read(path):
        replayer.apply(line)
    replayer.document({})
    return time.process_time() - began


def _records() -> Iterator[dict[str, Any]]:
    """A run that has created so many resources."""
    yield {"kind": "header", "format": journal.FORMAT}
    for number in range(_RECORDED):
        state = {
            "urn": f"urn:pulumi:prod::bench::a:b:C::{number:05}",
            "type": "a:b:C",
            "custom": True,
            "inputs": {"value": "x" * 200},
        }
        yield {"kind": "begin", "operation": number, "type": "creating", "resource": state}
        yield {"kind": "end", "operation": number, "new": {**state, "id": str(number)}}
