"""What a release left behind: its stack, its state and the servers' data, kept so that later versions prove they take it on.

``python -m tests.release.released`` records the present version, once, when it is released.
"""

import json
import shutil
import socket
import sqlite3
import subprocess
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path

import yaml

from tests import warm

ROOT = Path(__file__).resolve().parents[2]
STATES = Path(__file__).with_name("states")
_PASSING = ("pulumi-home", "addresses.json", "servers.json", "servers.lock", "__pycache__")


def run(project: Path, operation: str) -> dict[str, int]:
    """One operation of a project on the embedded engine; the steps by kind."""
    command = [str(warm.python()), "-m", "sandbox", operation, "--json", "--engine", "embedded", "--program", str(project)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    changes: dict[str, int] = json.loads(done.stdout)["changes"]
    return changes


def prepare(project: Path) -> None:
    """Point a project's file to the Python and the host that run now."""
    told = yaml.safe_load((project / "Pulumi.yaml").read_text())
    told["runtime"]["options"]["virtualenv"] = str(warm.prefix())
    for plugin in told["plugins"]["providers"]:
        plugin["path"] = str(warm.host())
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(told))


def record() -> Path:
    """Deploy the sandbox stack of this version, and keep what is there then."""
    target = STATES / f"{metadata.version('pulumi-workspace365')}.tar.gz"
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        shutil.copy(ROOT / "Pulumi.yaml", project)
        shutil.copytree(ROOT / "stacks", project / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
        prepare(project)
        run(project, "up")
        with sqlite3.connect(project / ".sandbox/workspace365/workspace365.sqlite") as data:
            data.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(ROOT / "Pulumi.yaml", project)
        _forget_the_machine(project / ".sandbox/state/.pulumi/stacks/workspace365/sandbox.json")
        target.parent.mkdir(exist_ok=True)
        with tarfile.open(target, "w:gz") as archive:
            archive.add(project, "project", filter=_kept)
    return target


def _forget_the_machine(state: Path) -> None:
    """Leave out where in sources resources were declared: paths of the machine that recorded."""
    document = json.loads(state.read_text())
    for resource in document["checkpoint"]["latest"]["resources"]:
        for key in ("sourcePosition", "stackTrace"):
            resource.pop(key, None)
    state.write_text(json.dumps(document))


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = Path(member.name).parts
    passing = any(part in _PASSING for part in parts) or member.name.endswith(("-shm", "-wal", ".lock", ".pem", ".bak"))
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return None if passing or {"backups", "history"} & set(parts) else member


def unpack(archive: Path, folder: Path) -> Path:
    """The project that a release left behind, on ports that are free now."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    project = folder / "project"
    ports = json.loads((project / ".sandbox/ports.json").read_text())
    taken = [str(port) for server in ports.values() for port in server.values()]
    free = dict(zip(taken, _free(len(taken)), strict=True))
    for path in (path for path in (project / ".sandbox").rglob("*") if path.suffix in {".json", ".yaml"}):
        text = path.read_text()
        for old, new in free.items():
            text = text.replace(old, new)
        path.write_text(text)
    prepare(project)
    return project


def _free(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


if __name__ == "__main__":
    print(record())
