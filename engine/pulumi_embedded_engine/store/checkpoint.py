"""The checkpoint of one stack: the file in which the CLI keeps its deployment, plain or packed, and ``….bak`` beside it, the one before."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import NeedsPulumiCLI, StateError, accessing
from pulumi_embedded_engine.resource.deployment import VERSION, check_readable
from pulumi_embedded_engine.store import integrity, structure
from pulumi_embedded_engine.store.files import exists, json_bytes, remove_left_behind, replace_file, sync_directory
from pulumi_embedded_engine.store.names import StackName, safe_join

_PACKED = (".gz", ".zst")


class CheckpointFile:
    """The checkpoint of one stack, without what a journal adds to it.

    Args:
        root: the folder of the backend.
        stack: the stack.

    Attributes:
        path: where it is written. What the CLI packed is read from ``….gz``, until it is written again.

    Raises:
        StateError: the path would leave the folder.
    """

    def __init__(self, root: Path, stack: StackName) -> None:
        self._root, self._stack = root, stack
        self.path = safe_join(root / ".pulumi", "stacks", stack.project, f"{stack.name}.json")

    def exists(self) -> bool:
        """Whether the stack has a checkpoint."""
        return self._stored_at() is not None

    def read(self) -> bytes:
        """What is stored, unpacked.

        Raises:
            StateError: there is nothing, or it cannot be read.
            NeedsPulumiCLI: it is packed with zstd.
        """
        path = self._stored_at()
        if path is None:
            raise StateError(f"stack {self._stack.name} of project {self._stack.project} does not exist in {self._root}")
        if path.suffix == ".zst":
            raise NeedsPulumiCLI(f"the stack {self._stack.name}, stored with zstd compression,")
        try:
            data = input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES)
            return input_files.decompress(data, str(path)) if path.suffix == ".gz" else data
        except input_files.FileError as error:
            raise StateError(_damaged(path, error.reason)) from error

    def digest(self) -> str:
        """The SHA-256 of what is stored, in hexadecimal digits; raises as `read`."""
        return digest(self.read())

    def document(self) -> dict[str, Any]:
        """What is stored, in the form of ``pulumi stack export``, with secrets encrypted.

        Raises:
            StateError: there is nothing, or it is damaged.
            NeedsPulumiCLI: it has what this engine does not know.
        """
        data, path = self.read(), self._stored_at() or self.path
        try:
            stored = input_files.parse_json(data, str(path))
            latest = (stored["checkpoint"] if stored["version"] else stored).get("latest")
        except input_files.FileError as error:
            raise StateError(_damaged(path, f"line {error.line}: {error.reason}" if error.line else error.reason)) from error
        except (LookupError, TypeError, AttributeError) as error:
            raise StateError(_damaged(path, "it contains no checkpoint")) from error
        if not latest:
            return {"version": VERSION, "deployment": {}}
        document = {"version": stored.get("version"), "features": stored.get("features"), "deployment": latest}
        if wrong := structure.problem(document):
            raise StateError(_damaged(path, wrong))
        check_readable(document)
        return {name: value for name, value in document.items() if value is not None}

    def encode(self, document: Mapping[str, Any]) -> bytes:
        """Encode a document of ``pulumi stack export`` for `replace`.

        Raises:
            StateError: it is inconsistent.
        """
        integrity.verify((document.get("deployment") or {}).get("resources") or [])
        versioned = {name: document[name] for name in ("version", "features") if name in document}
        checkpoint = {"stack": str(self._stack), "latest": document["deployment"]}
        return json_bytes(versioned | {"checkpoint": checkpoint})

    def replace(self, data: bytes) -> None:
        """Store what `encode` returned; the former checkpoint becomes ``….bak``. The caller holds the stack's lock.

        Raises:
            StateError: it cannot be written.
        """
        former = self._stored_at()
        if former is not None:
            replace_file(_backup(former), former.read_bytes())
        replace_file(self.path, data)
        if former is not None and former != self.path:
            with accessing(former):
                former.unlink()

    def retire(self) -> None:
        """Leave only ``….bak``. The caller holds the stack's lock.

        Raises:
            StateError: that cannot be done; the checkpoint is still there.
        """
        if stored := self._stored_at():
            with accessing(stored):
                stored.replace(_backup(stored))
                sync_directory(stored.parent)

    def remove_left_behind(self) -> None:
        """Remove the temporary files of a killed process. The caller holds the stack's lock."""
        for path in (self.path, _backup(self.path)):
            remove_left_behind(path)

    def _stored_at(self) -> Path | None:
        candidates = [self.path, *(self.path.with_name(self.path.name + suffix) for suffix in _PACKED)]
        existing = [path for path in candidates if exists(path)]
        return max(existing, key=lambda path: path.stat().st_mtime_ns, default=None)


def digest(data: bytes) -> str:
    """The SHA-256 of a checkpoint or another file, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _backup(path: Path) -> Path:
    return path.with_name(f"{path.name}.bak")


def _damaged(path: Path, reason: str) -> str:
    return f"{path} is damaged ({reason}): restore {path.name}.bak beside it"
