"""What this command created and has not removed yet: one file per create, written before it is sent.

A process that is killed leaves its file; the next run on this machine finds the environment by it. Beside the journal of creates,
which recognises environments that belong to a stack, in a folder of its own. No secrets.
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

    ``name``, ``environment_id`` and ``creation_date`` are the server's, once they are known. ``listed``: the list has shown it, and it
    was seen to be the one created. ``part`` numbers the creates of one run; ``before`` are digests of the names that were on the list
    beforehand.
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
    """Enough of a name to find it again, not to read it: names of customers are nobody's business here."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class CreateRecords:
    """The files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, record: CreateRecord) -> None:
        """Write a record, whole or not at all.

        Raises:
            CommandError: it cannot be written.
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
            self._sync()
        except OSError as problem:
            raise CommandError(
                f"The note of what is created, {path}, cannot be written: {problem.strerror}. W365_JOURNAL names another place."
            ) from problem

    def delete(self, record: CreateRecord) -> None:
        """Nothing of that create is left.

        Raises:
            CommandError: its file cannot be removed.
        """
        path = self.path(record)
        try:
            path.unlink(missing_ok=True)
        except OSError as problem:
            raise CommandError(f"{path} cannot be removed: {problem.strerror}.") from problem

    def for_instance(self, instance: str) -> list[CreateRecord]:
        """The records of one instance, oldest first.

        Raises:
            CommandError: a file cannot be read, so it is not known what an earlier run left.
        """
        found = [self._read(path) for path in sorted(self.folder.glob("*.json"))]
        return sorted((record for record in found if record.instance == instance), key=lambda record: (record.began, record.part))

    @contextmanager
    def exclusive_lock(self, instance: str) -> Iterator[None]:
        """Keep other runs against the instance away; what they created is not left over.

        Raises:
            CommandError: another one is under way.
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
                f"{self.folder} cannot be written: {problem.strerror}. W365_JOURNAL names a file in another folder."
            ) from problem
        try:
            yield
        finally:
            lock.release()

    def _prepare(self) -> None:
        self.folder.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)

    def _sync(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def path(self, record: CreateRecord) -> Path:
        """The file of a record."""
        return self.folder / f"{record.token}-{record.part}.json"

    @staticmethod
    def _read(path: Path) -> CreateRecord:
        try:
            return _RECORD.validate_json(input_files.read_regular_file(path, largest=_LARGEST))
        except (input_files.FileError, ValueError) as problem:
            raise CommandError(
                f"{path} notes what an earlier `w365 conformance` created, but cannot be read. Look on the instance for an environment whose "
                "name begins with W365 Conformance, remove it there, then remove this file."
            ) from problem


_RECORD = TypeAdapter(CreateRecord)
_LARGEST = 16 * input_files.MIB
