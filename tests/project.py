"""A copy of this project whose `.sandbox/` is its own, operated as a person does: `python -m sandbox …`."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests import fork_server

ROOT = Path(__file__).resolve().parents[1]


def copy(folder: Path, engine: str = "embedded") -> Path:
    """The project file and the program, ready for an engine."""
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copytree(ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    return prepare(folder, engine)


def prepare(folder: Path, engine: str = "embedded") -> Path:
    """Point a project's file to the Python and the host that run now."""
    prefix, host = fork_server.prefix_and_host(engine)
    told = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    told["runtime"]["options"]["virtualenv"] = str(prefix)
    for plugin in told["plugins"]["providers"]:
        plugin["path"] = str(host)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(told))
    return folder


def run(folder: Path, operation: str, *more: str, engine: str = "embedded") -> dict[str, Any]:
    """One operation, whichever way it ends: what `--json` tells of it."""
    command = [
        str(fork_server.python()),
        "-m",
        "sandbox",
        operation,
        "--json",
        "--engine",
        engine,
        "--program",
        str(folder),
        *more,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (told["exitCode"], ""), done.stdout
    return told


def changes(folder: Path, operation: str, *more: str, engine: str = "embedded") -> dict[str, int]:
    """One operation that must go well; its steps by kind."""
    told = run(folder, operation, *more, engine=engine)
    assert told["exitCode"] == 0, told
    by_kind: dict[str, int] = told["changes"]
    return by_kind


def forget_the_machine(state: dict[str, Any]) -> None:
    """Leave out of a stack's state where in sources resources were declared: paths of the machine that recorded."""
    for resource in state["checkpoint"]["latest"]["resources"]:
        for key in ("sourcePosition", "stackTrace"):
            resource.pop(key, None)
