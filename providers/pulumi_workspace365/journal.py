"""A write-ahead note of every create, so that the next run recognises what a killed process had created.

One JSON line per event, synced before the request is sent: ``intent`` (about to create), ``created`` (the server answered),
``suspected`` (which environments it may have made) and ``closed`` (nothing was created, or the environment is known to be in state). No secrets. The file is ``W365_JOURNAL``; by default it
is kept beside the Pulumi CLI's own files, and nowhere in CI, where the disk does not last.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi_workspace365 import errors


@dataclass(frozen=True)
class Intent:
    """A create that began and is not known to be recorded. ``name`` and ``environment_id`` are the server's, once it answered.

    ``suspects`` are names of which a person has to say whether one is it.
    """

    began: datetime
    name: str | None = None
    environment_id: str | None = None
    suspects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What is created: the resource (its URN), on which instance, under which folded name."""

    owner: str
    instance: str
    folded: str


class Journal:
    """The journal of one file. Safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._open: dict[Subject, Intent] | None = None

    def pending(self, subject: Subject) -> Intent | None:
        """The open intent of an earlier run, if there is one."""
        with self._mutex:
            return self._known().get(subject)

    def begin(self, subject: Subject) -> None:
        """Note that the create is about to be sent."""
        self._append(subject, "intent", at=datetime.now(UTC).isoformat())

    def created(self, subject: Subject, name: str, environment_id: str | None) -> None:
        """Note the server's answer."""
        self._append(subject, "created", name=name, id=environment_id)

    def suspect(self, subject: Subject, names: tuple[str, ...]) -> None:
        """Note that the answer was lost and that it may have made one of these."""
        self._append(subject, "suspected", names=names)

    def close(self, subject: Subject) -> None:
        """Note that there is nothing to recognise (any more)."""
        with self._mutex:
            if subject not in self._known():
                return
        self._append(subject, "closed")

    @contextmanager
    def exclusive(self, subject: Subject, seconds: float) -> Iterator[None]:
        """Keep other processes from creating the same name on the same instance; one that was orphaned still holds it.

        Raises:
            errors.Unavailable: another process holds it for longer than ``seconds``.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415  half of what a preview, which locks nothing, would import

        digest = hashlib.sha256(f"{subject.instance}\n{subject.folded}".encode()).hexdigest()[:32]
        folder = self._path.with_name(self._path.name + ".locks")
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / digest)
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            raise errors.Unavailable(
                f"Another process is creating an environment of this name on {subject.instance}, and has been for {seconds:g} s. Nothing was sent: run it again."
            ) from None
        try:
            with self._mutex:
                self._open = None  # the other process may have written
            yield
        finally:
            lock.release()

    def _append(self, subject: Subject, event: str, **more: str | tuple[str, ...] | None) -> None:
        line = {"event": event, "owner": subject.owner, "instance": subject.instance, "folded": subject.folded, **more}
        with self._mutex:
            known = self._known()
            _apply(known, line)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, (json.dumps(line) + "\n").encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _known(self) -> dict[Subject, Intent]:
        if self._open is None:
            self._open = {}
            for text in _lines(self._path):
                try:
                    _apply(self._open, json.loads(text))
                except (ValueError, KeyError, TypeError):
                    continue  # a line that a killed process left torn
        return self._open


_journals: dict[Path, Journal] = {}
_journals_lock = threading.Lock()


def location(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file of the journal, ``None`` where it is off."""
    wanted = environ.get("W365_JOURNAL", "").strip()
    if wanted == "off" or (not wanted and environ.get("CI")):
        return None
    home = environ.get("PULUMI_HOME") or str(Path.home() / ".pulumi")
    return Path(wanted).absolute() if wanted else Path(home) / "workspace365" / "journal.jsonl"


def current(environ: Mapping[str, str] = os.environ) -> Journal | None:
    """The process's journal, ``None`` where it is off.

    Raises:
        errors.ConfigurationError: its file cannot be written.
    """
    path = location(environ)
    if path is None:
        return None
    with _journals_lock:
        if path not in _journals:
            _prepare(path)
            _journals[path] = Journal(path)
        return _journals[path]


def _prepare(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
    except OSError as problem:
        raise errors.ConfigurationError(
            f"The journal of creates, {path}, cannot be written: {problem.strerror}. Name another file with W365_JOURNAL, or set it to off."
        ) from None


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _apply(known: dict[Subject, Intent], line: Mapping[str, Any]) -> None:
    subject = Subject(line["owner"], line["instance"], line["folded"])
    if line["event"] == "intent":
        known[subject] = Intent(datetime.fromisoformat(line["at"]))
    elif line["event"] == "created" and subject in known:
        known[subject] = Intent(known[subject].began, line["name"], line.get("id"))
    elif line["event"] == "suspected" and subject in known:
        known[subject] = Intent(known[subject].began, suspects=tuple(line["names"]))
    elif line["event"] == "closed":
        known.pop(subject, None)
