"""The append-only log of a run: each step is durable when its call returns, at the cost of that step alone.

One line per record: the CRC-32 of the JSON, a space, the JSON. The first record names the checkpoint it builds upon; a last
record ``commit`` names the checkpoint it became. What a crash tore off at the end is ignored.
"""

import json
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.errors import StateError, accessing
from pulumi_embedded_engine.resource.properties import Crypt
from pulumi_embedded_engine.resource.state import OperationType, Resource
from pulumi_embedded_engine.store import fold
from pulumi_embedded_engine.store.fold import Key

FORMAT = 1


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
        self._path, self._length = path, 0
        with accessing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._write({"kind": "header", "format": FORMAT, **header})
        self._sync()
        sync_directory(path.parent)

    def begin(self, type: OperationType, resource: Resource) -> int:  # noqa: A002  the field's name in state
        """Note that an operation is about to be sent to a provider; returns its number."""
        operation = self._next()
        self._write({"kind": "begin", "operation": operation, "type": type, "resource": resource.to_json(self._encrypt)})
        self._sync()
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
            operation: the number from ``begin``. An end without anything else says that the operation failed cleanly.
            new: the resource as it is now; joins the deployment under the key returned.
            remove: leaves the deployment (deleted, or the former state of ``new``).
            mark_delete: stays, to be deleted later (the replaced resource).
            mark_pending_replacement: stays although deleted, until its replacement exists.
            refreshed: the operation was a read, so that what is removed was found gone: nothing refers to it any more.
        """
        number = self._next() if operation is None else operation
        marks = {"remove": remove, "mark_delete": mark_delete, "mark_pending_replacement": mark_pending_replacement}
        given = {name: key for name, key in marks.items() if key is not None}
        found = {"refreshed": True} if refreshed else {}
        self._write({"kind": "end", "operation": number, **given, **found, **self._state(new)})
        self._sync()
        return fold.new_key(number)

    def same(self, old: Key, new: Resource | None = None) -> Key:
        """Note that a resource was registered again, as ``new`` if its state differs at all; returns its key from now on.

        Not synced: losing it loses nothing.
        """
        number = self._next()
        self._write({"kind": "same", "operation": number, "old": old, **self._state(new)})
        return fold.new_key(number)

    def outputs(self, key: Key, new: Resource) -> None:
        """Note the outputs that a component registered after its creation."""
        self._write({"kind": "outputs", "old": key, **self._state(new)})
        self._sync()

    def refresh(self, key: Key, new: Resource | None) -> None:
        """Note what a refresh found: the resource as it is, or None where it is gone. The order of resources stays."""
        self._write({"kind": "refresh", "old": key, **self._state(new)})
        self._sync()

    def rebuild(self) -> None:
        """Note that a refresh is complete and a run of the program follows. Keys stay valid."""
        self._write({"kind": "rebuild"})

    def commit(self, checkpoint_hash: str) -> None:
        """Note which checkpoint holds everything above, before it is put in place."""
        self._write({"kind": "commit", "checkpoint": checkpoint_hash})
        self._sync()

    def close(self) -> None:
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

    def _write(self, record: dict[str, Any]) -> None:
        line = encode(record)
        with self._lock:
            try:
                written = os.write(self._file, line)
                while written < len(line):
                    written += os.write(self._file, line[written:])
            except OSError as error:
                os.ftruncate(self._file, self._length)  # a half record would hide those after it
                raise self._failure(record, error) from error
            self._length += len(line)
            self._written += 1

    def _failure(self, record: dict[str, Any], error: OSError) -> StateError:
        about = record.get("new") or record.get("resource") or {}
        subject = f"{record['kind']} of {about.get('urn', 'a step')}" + (f" (id {about['id']})" if about.get("id") else "")
        return StateError(
            f"{subject} could not be recorded in {self._path}: {error.strerror}; make room or give access there, "
            "and note what the message names: the stack may not know it"
        )

    def _sync(self) -> None:
        needed = self._written
        with self._sync_lock:
            if self._synced < needed:
                reached = self._written
                os.fsync(self._file)
                self._synced = reached


def sync_directory(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encode(record: dict[str, Any]) -> bytes:
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read(path: Path) -> list[dict[str, Any]]:
    """All complete records; empty if even the first is torn."""
    return list(_records(path.read_bytes()))


def _records(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.split(b"\n")[:-1]:
        checksum, _, text = line.partition(b" ")
        if checksum != b"%08x" % zlib.crc32(text):
            return
        yield json.loads(text)
