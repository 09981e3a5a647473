"""Records of creates whose environments this command has not removed yet: one file per create, written before the request is sent.

A killed process leaves its file; the next run on this machine uses it to find the environment. The files are in a folder beside the
journal of creates, which recognises the environments of stacks. They contain no secrets.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, TypeAdapter

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli.errors import CommandError

_OWNER_ONLY_FOLDER, _OWNER_ONLY = 0o700, 0o600


@dataclass(frozen=True)
class CreateRecord:
    """One create.

    ``asked`` is the requested name. ``name``, ``environment_id`` and ``creation_date`` are the server's values, once they are known.
    ``listed``: the list has shown the environment, and it was verified to be the created one. ``part`` numbers the creates of one run;
    ``before`` are digests of the names that were on the list before the create.
    """

    instance: str
    token: str
    part: int
    asked: str
    began: AwareDatetime
    before: tuple[str, ...] = ()
    name: str | None = None
    environment_id: str | None = None
    ended: AwareDatetime | None = None
    listed: bool = False
    creation_date: str | None = None

    def existed_before(self, name: str) -> bool:
        """Whether an environment of that name was on the list before the create."""
        return digest(name) in self.before


def digest(name: str) -> str:
    """A short hash of a name, so that the file does not contain customers' names."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class CreateRecords:
    """The records in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, record: CreateRecord) -> None:
        """Write a record atomically.

        Raises:
            CommandError: the file cannot be written.
        """
        path = self.path(record)
        fresh = path.with_suffix(".new")
        try:
            self._prepare()
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_RECORD.dump_json(record))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            input_files.sync_folder(self.folder)
        except OSError as problem:
            raise CommandError(
                f"The record of the create, {path}, cannot be written: {problem.strerror}. Set W365_JOURNAL to a file in a writable folder."
            ) from problem

    def delete(self, record: CreateRecord) -> None:
        """Delete the record of a create whose environment is removed.

        Raises:
            CommandError: the file cannot be removed.
        """
        path = self.path(record)
        try:
            path.unlink(missing_ok=True)
        except OSError as problem:
            raise CommandError(f"{path} cannot be removed: {problem.strerror}.") from problem

    def for_instance(self, instance: str) -> list[CreateRecord]:
        """The records of one instance, oldest first.

        Raises:
            CommandError: a file cannot be read, so it is unknown what an earlier run left behind.
        """
        found = [self._read(path) for path in sorted(self.folder.glob("*.json"))]
        return sorted((record for record in found if record.instance == instance), key=lambda record: (record.began, record.part))

    @contextmanager
    def exclusive_lock(self, instance: str) -> Iterator[None]:
        """Lock the instance against other runs on this machine, so that their environments are not treated as left over.

        Raises:
            CommandError: another run is in progress.
        """
        try:
            self._prepare()
            lock = FileLock(self.folder / f"{digest(instance)}.lock")
            lock.acquire(timeout=0)
        except Timeout as problem:
            raise CommandError(
                f"Another `w365 conformance` is running on this machine against {instance}: wait until it has ended."
            ) from problem
        except OSError as problem:
            raise CommandError(
                f"{self.folder} cannot be written: {problem.strerror}. Set W365_JOURNAL to a file in a writable folder."
            ) from problem
        try:
            yield
        finally:
            lock.release()

    def _prepare(self) -> None:
        self.folder.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)

    def path(self, record: CreateRecord) -> Path:
        """The file of a record."""
        return self.folder / f"{record.token}-{record.part}.json"

    @staticmethod
    def _read(path: Path) -> CreateRecord:
        try:
            return _RECORD.validate_json(input_files.read_regular_file(path, largest=_LARGEST))
        except (input_files.FileError, ValueError) as problem:
            raise CommandError(
                f"{path} records what an earlier `w365 conformance` created, but cannot be read. Look on the instance for an environment whose "
                "name begins with W365 Conformance, remove it there, then remove this file."
            ) from problem


_RECORD = TypeAdapter(CreateRecord)
_LARGEST = 16 * input_files.MIB
