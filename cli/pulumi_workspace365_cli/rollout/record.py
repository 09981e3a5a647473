"""What a rollout did, a line of JSON per event, appended and synced before anything else happens: by it a rollout is resumed. It holds no secret."""

import json
import os
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pulumi_dynamic_host import redaction
from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli.errors import CommandError

FOLDER = Path(".w365/rollouts")
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")
_PRIVATE_FOLDER = 0o700
_SHOWN = 3

Event = dict[str, Any]


def new_id() -> str:
    """An identifier that sorts by time, such as ``20310203-040506-1f2e``."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass
class Record:
    """The file of one rollout, held by one process. Threads may append."""

    path: Path
    _descriptor: int
    _lock: FileLock
    _order: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def create(cls, root: Path, identifier: str) -> "Record":
        """A new one below the folder of Pulumi.yaml.

        Raises:
            CommandError: it cannot be written.
        """
        path = _path(root, identifier)
        try:
            _make_folder(root)
            lock = _locked(path, identifier)
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            input_files.sync_folder(path.parent)
        except OSError as problem:
            raise _unwritable(path, problem) from problem
        return cls(path, descriptor, lock)

    @classmethod
    def reopen(cls, root: Path, identifier: str) -> "tuple[Record, list[Event]]":
        """The record of an earlier rollout, to go on with it; and its events.

        Raises:
            CommandError: there is none, it is damaged, or another process has it.
        """
        path = _path(root, identifier)
        _require(path, identifier)
        lock = _locked(path, identifier)
        try:
            data = path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
            if whole != data:  # the process was killed while it wrote the last line
                os.ftruncate(descriptor, len(whole))
        except OSError as problem:
            raise _unwritable(path, problem) from problem
        return cls(path, descriptor, lock), list(_events(path, whole))

    def append(self, event: str, **data: Any) -> Event:
        """Write an event and its time.

        Raises:
            CommandError: it cannot be written: then what follows must not happen.
        """
        entry = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **data}
        line = json.dumps(_redacted(entry)).encode() + b"\n"
        with self._order:
            try:
                _write(self._descriptor, line)
                os.fsync(self._descriptor)
            except OSError as problem:
                raise _unwritable(self.path, problem) from problem
        return entry

    def close(self) -> None:
        """Let other processes have it. A thread that is left behind can append no more."""
        with self._order:
            os.close(self._descriptor)
            self._descriptor = -1
        self._lock.release()


def _path(root: Path, identifier: str) -> Path:
    if not _ID.fullmatch(identifier):
        raise CommandError(f"{identifier!r:.60} is not the id of a rollout; one is such as 20310203-040506-1f2e.")
    return root / FOLDER / f"{identifier}.jsonl"


def _require(path: Path, identifier: str) -> None:
    known = sorted(item.stem for item in path.parent.glob("*.jsonl")) if path.parent.is_dir() else []
    if path.stem in known:
        return
    near = nearest(identifier, known)
    latest = f"; the latest are {', '.join(known[-_SHOWN:])}" if known else "; there is none in this project"
    raise CommandError(f"There is no rollout {identifier} in {path.parent}{f'; did you mean {near}?' if near else f'{latest}.'}")


def _make_folder(root: Path) -> None:
    (root / FOLDER).mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
    ignore = root / FOLDER.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def _locked(path: Path, identifier: str) -> FileLock:
    lock = FileLock(path.with_suffix(".lock"), mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout as problem:
        raise CommandError(f"Rollout {identifier} is under way in another process: wait until it ends.") from problem
    return lock


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return redaction.redact(value) if isinstance(value, str) else value


def _write(descriptor: int, line: bytes) -> None:
    while line:
        line = line[os.write(descriptor, line) :]


def _events(path: Path, data: bytes) -> Iterator[Event]:
    for number, line in enumerate(data.splitlines(), 1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get("event"), str):
            raise CommandError(f"{path}, line {number}: this is not an event of a rollout; the record is damaged.")
        yield entry


def _unwritable(path: Path, problem: OSError) -> CommandError:
    return CommandError(
        f"The record of the rollout, {input_files.display_path(path)}, cannot be used: {problem.strerror}; without it no stack is updated."
    )
