"""What a release left behind: its stack, its state and the servers' data, kept so that later versions prove they take it on.

``python -m tests.release.released`` records the present version, once, when it is released.
"""

import json
import shutil
import sqlite3
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path

from tests import ports, project

STATES = Path(__file__).with_name("states")
_PASSING = ("pulumi-home", "addresses.json", "servers.json", "servers.lock", "__pycache__")


def record() -> Path:
    """Deploy the sandbox stack of this version, and keep what is there then."""
    target = STATES / f"{metadata.version('pulumi-workspace365')}.tar.gz"
    with tempfile.TemporaryDirectory() as folder:
        left = Path(folder) / "project"
        left.mkdir()
        project.copy(left)
        project.changes(left, "up")
        with sqlite3.connect(left / ".sandbox/workspace365/workspace365.sqlite") as data:
            data.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(project.ROOT / "Pulumi.yaml", left)
        path = left / ".sandbox/state/.pulumi/stacks/workspace365/sandbox.json"
        state = json.loads(path.read_text())
        project.forget_the_machine(state)
        path.write_text(json.dumps(state))
        target.parent.mkdir(exist_ok=True)
        with tarfile.open(target, "w:gz") as archive:
            archive.add(left, "project", filter=_kept)
    return target


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = Path(member.name).parts
    passing = any(part in _PASSING for part in parts) or member.name.endswith(("-shm", "-wal", ".lock", ".pem", ".bak"))
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return None if passing or {"backups", "history"} & set(parts) else member


def unpack(archive: Path, folder: Path) -> Path:
    """The project that a release left behind, on ports that are free now."""
    shutil.unpack_archive(archive, folder)  # tarfile's filters are not in the first versions of Python 3.11
    left = folder / "project"
    kept = json.loads((left / ".sandbox/ports.json").read_text())
    taken = [str(port) for server in kept.values() for port in server.values()]
    free = {port: str(ports.free()) for port in taken}
    for path in (path for path in (left / ".sandbox").rglob("*") if path.suffix in {".json", ".yaml"}):
        text = path.read_text()
        for old, new in free.items():
            text = text.replace(old, new)
        path.write_text(text)
    return project.prepare(left)


if __name__ == "__main__":
    print(record())
