"""The append-only log of a run: each step is durable when its call returns, at the cost of that step alone.

One line per record: the CRC-32 of the JSON, a space, the JSON, which tells when the record was written. The first record names the
checkpoint it builds upon; a last record ``commit`` names the checkpoint it became. What a crash tore off at the end is ignored.

Before an operation is begun, the room that its end is likely to need is taken up with zeros behind the last record. A disk that is
full, or a limit on the size of files, thus shows before anything is sent, and what runs by then can still be recorded.
"""

import contextlib
import datetime as dt
import os
import threading
import zlib
from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import StateError, accessing
from pulumi_embedded_engine.resource.deployment import OperationType
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.state_values import Crypt
from pulumi_embedded_engine.store import replay, structure
from pulumi_embedded_engine.store.files import PRIVATE, discard, json_bytes, make_folder, sync_directory
from pulumi_embedded_engine.store.replay import Key

FORMAT = 1
_SPARE, _GROWTH = 16 * 1024, 4
"""The room for the end of an operation: so many bytes, and the size of its begin so many times."""
_ZEROS = bytes(64 * 1024)
_OF_NO_STEP = {"header", "rebuild", "commit"}


class Journal:
    """Records a run's steps. Safe to use from several threads; waiting threads share one sync to disk.

    Resources are addressed by keys: ``fold.base_key(index)`` for those of the deployment the run started from, in their order,
    and what ``end`` and ``same`` return for the others.

    Args:
        path: the file to create.
        header: fields of the first record.
        encrypt: encrypts the secrets in what is written.
    """

    def __init__(self, path: Path, header: dict[str, Any], encrypt: Crypt) -> None:
        self._encrypt = encrypt
        self._operations = 0
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._written = self._synced = 0
        self._path, self._length, self._room = path, 0, 0
        self._open: dict[int, int] = {}
        """The operations without an end, and the room that is kept for it."""
        self._sync_error: OSError | None = None
        with accessing(path):
            make_folder(path.parent)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        try:
            self._write({"kind": "header", "format": FORMAT, **header})
            with accessing(path.parent):
                sync_directory(path.parent)
        except BaseException:
            os.close(self._file)
            discard(path)  # nothing is recorded in it
            raise

    def begin(self, type: OperationType, resource: Resource) -> int:  # noqa: A002  the field's name in state
        """Note that an operation is about to be sent to a provider, and keep room for its end; returns its number.

        Raises:
            StateError: there is no room, or the file cannot be written. Nothing may be sent.
        """
        operation = self._next()
        self._write({"kind": "begin", "operation": operation, "type": type, "resource": resource.to_json(self._encrypt)})
        return operation

    def end(
        self,
        operation: int | None = None,
        *,
        new: Resource | None = None,
        remove: Key | None = None,
        mark_delete: Key | None = None,
        mark_pending_replacement: Key | None = None,
        refreshed: bool = False,
    ) -> Key:
        """Note what an operation has done; without a number, what needed no provider (a component was created).

        Args:
            operation: the number from ``begin``. An end without other arguments means that the operation failed cleanly.
            new: the new state of the resource; it is added to the deployment under the returned key.
            remove: leaves the deployment (deleted, or the former state of ``new``).
            mark_delete: stays, to be deleted later (the replaced resource).
            mark_pending_replacement: stays although deleted, until its replacement exists.
            refreshed: the operation was a read, so that what is removed was found gone: nothing refers to it any more.

        Raises:
            StateError: the result could not be recorded; names the resource that may be missing in the state.
        """
        number = self._next() if operation is None else operation
        marks = {"remove": remove, "mark_delete": mark_delete, "mark_pending_replacement": mark_pending_replacement}
        given = {name: key for name, key in marks.items() if key is not None}
        found = {"refreshed": True} if refreshed else {}
        self._write({"kind": "end", "operation": number, **given, **found, **self._state(new)})
        return replay.new_key(number)

    def same(self, old: Key, new: Resource | None = None) -> Key:
        """Note that a resource was registered again, as ``new`` if its state differs at all; returns its key from now on.

        Not synced: losing it loses nothing.
        """
        number = self._next()
        self._write({"kind": "same", "operation": number, "old": old, **self._state(new)}, sync=False)
        return replay.new_key(number)

    def outputs(self, key: Key, new: Resource) -> None:
        """Note the outputs that a component registered after its creation."""
        self._write({"kind": "outputs", "old": key, **self._state(new)})

    def refresh(self, key: Key, new: Resource | None) -> None:
        """Record the result of a refresh: the current state of the resource, or None if it is gone. The order of resources is kept."""
        self._write({"kind": "refresh", "old": key, **self._state(new)})

    def rebuild(self) -> None:
        """Note that a refresh is complete and a run of the program follows. Keys stay valid."""
        self._write({"kind": "rebuild"}, sync=False)

    def commit(self, checkpoint_hash: str) -> None:
        """Note which checkpoint holds everything above, before it is put in place."""
        self._write({"kind": "commit", "checkpoint": checkpoint_hash})

    def close(self) -> None:
        """Close the file. What was recorded stays."""
        with contextlib.suppress(StateError):  # what is recorded is, with or without zeros behind it
            self.release_room()
        os.close(self._file)

    def _next(self) -> int:
        with self._lock:
            self._operations += 1
            return self._operations

    def _state(self, new: Resource | None) -> dict[str, Any]:
        if new is None:
            return {}
        byte_strings = "byteString" in new.features()
        return {"new": new.to_json(self._encrypt)} | ({"byteString": True} if byte_strings else {})

    def _write(self, record: dict[str, Any], *, sync: bool = True) -> None:
        line = encode(record | {"time": _now()})
        try:
            with self._lock:
                self._keep_room(record, len(line))
                _write_at(self._file, line, self._length)
                self._length += len(line)
                self._room = max(self._room, self._length)
                self._written += 1
            if sync:
                self._sync()
        except OSError as error:
            self._open.pop(record.get("operation", 0), None)
            raise self._failure(record, error) from error

    def _keep_room(self, record: dict[str, Any], length: int) -> None:
        """Reserve space for a record and for the end of every open operation.

        An end may use what was kept for it, and that of others where it must: it tells of what has been done.
        """
        is_end = record["kind"] == "end"
        if is_end:
            self._open.pop(record["operation"], None)
        elif record["kind"] == "begin":
            self._open[record["operation"]] = _SPARE + _GROWTH * length
        needed = self._length + length + sum(self._open.values())
        try:
            while self._room < needed:
                self._room += os.pwrite(self._file, _ZEROS[self._room % len(_ZEROS) :], self._room)
        except OSError:
            if self._room < (self._length + length if is_end else needed):
                raise

    def release_room(self) -> None:
        """Give back the room that no end needs any more."""
        with self._lock, accessing(self._path):
            os.ftruncate(self._file, self._length)
            self._room = self._length

    def _failure(self, record: dict[str, Any], error: OSError) -> StateError:
        if record["kind"] in _OF_NO_STEP:
            return StateError(
                f"{self._path} cannot be written: {error.strerror}; free disk space or correct the permissions. "
                "The next run takes over what was recorded before"
            )
        about = record.get("new") or record.get("resource") or {}
        subject = about.get("urn", "a step")
        where = f"{self._path}: {error.strerror}"
        if record["kind"] == "begin":
            return StateError(f"{subject} was not changed, because the operation could not be recorded in {where}")
        what = f"{record['kind']} of {subject}" + (f" (id {about['id']})" if about.get("id") else "")
        return StateError(
            f"{what} could not be recorded in {where}; free disk space or correct the permissions, "
            "and note the resource: the stack may not contain it"
        )

    def _sync(self) -> None:
        """Sync what was written. After a failure nothing counts as synced any more: the system may have dropped it."""
        needed = self._written
        with self._sync_lock:
            if self._synced >= needed:
                return
            if self._sync_error:
                raise self._sync_error
            reached = self._written
            try:
                os.fsync(self._file)
            except OSError as error:
                self._sync_error = error
                raise
            self._synced = reached


def _write_at(file: int, data: bytes, offset: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(file, data[written:], offset + written)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode(record: dict[str, Any]) -> bytes:
    """The line of a record, with its checksum and line feed."""
    text = json_bytes(record)
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read(path: Path) -> list[dict[str, Any]]:
    """All complete records, the n-th from line n; empty if even the first is torn.

    Raises:
        StateError: the file cannot be read, a line is whole and no record, or one is damaged that whole ones follow.
    """
    try:
        data = input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES)
    except input_files.FileError as error:
        raise StateError(f"{error}; what an interrupted run did may be recorded there") from error
    lines = data.split(b"\n")[:-1]
    texts = [_checked(line) for line in lines]
    whole = texts.index(None) if None in texts else len(texts)
    if any(text is not None for text in texts[whole:]):
        raise malformed(path, whole + 1, "its checksum is wrong, and whole records follow")
    return [_record(text, path, number) for number, text in enumerate(texts[:whole], 1) if text is not None]


def malformed(path: Path, line: int, reason: str) -> StateError:
    """A line that makes the rest of a journal useless."""
    return StateError(
        f"{path}, line {line}: {reason}. What an interrupted run did is recorded there: finish with the version of this engine that began it; "
        "or move the file away, compare the stack with what exists, and import what is missing"
    )


def _checked(line: bytes) -> bytes | None:
    """The text of a line; None where it is damaged."""
    checksum, _, text = line.partition(b" ")
    return text if checksum == b"%08x" % zlib.crc32(text) else None


def _record(text: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        record: dict[str, Any] = input_files.parse_json(text.decode("utf-8", "surrogatepass"), str(path))
    except input_files.FileError as error:
        raise malformed(path, number, error.reason) from error
    except UnicodeDecodeError as error:
        raise malformed(path, number, "it is not UTF-8 text") from error
    wrong = structure.record_problem(record) if isinstance(record, dict) else "it is no object"
    if not wrong and (number == 1) != (record["kind"] == "header"):
        wrong = "the first record, and no other, is the header"
    if not wrong and number == 1 and record["format"] != FORMAT:
        wrong = f"its format is {record['format']}, not {FORMAT}"
    if wrong:
        raise malformed(path, number, wrong)
    return record
