"""The run whose journal lies beside a stack's checkpoint, running or interrupted: what it did belongs to the deployment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.errors import StateError, accessing
from pulumi_embedded_engine.resource.deployment import new_manifest
from pulumi_embedded_engine.store import journal
from pulumi_embedded_engine.store.checkpoint import CheckpointFile
from pulumi_embedded_engine.store.files import exists
from pulumi_embedded_engine.store.replay import JournalReplayer


class RecordedRun:
    """The run that a journal records; there may be none.

    Args:
        journal_path: the file of the journal.
        checkpoint: the checkpoint that the run started from.
        stack: the stack's name, for messages.
    """

    def __init__(self, journal_path: Path, checkpoint: CheckpointFile, stack: str) -> None:
        self._path, self._checkpoint, self._stack = journal_path, checkpoint, stack

    def document(self) -> dict[str, Any]:
        """The deployment with what the run did, in the form of ``pulumi stack export``.

        Raises:
            StateError: the stack does not exist, a file is damaged, or another program changed the checkpoint since the run started.
            NeedsPulumiCLI: the checkpoint has what this engine does not know.
        """
        records = self._pending_records()
        document = self._checkpoint.document()
        return self._merge(document, records) if records else document

    def merged(self) -> bytes:
        """The encoded checkpoint that the run leads to; raises as `document`, and StateError where it would be inconsistent."""
        return self._checkpoint.encode(self._merge(self._checkpoint.document(), self._pending_records()))

    def complete(self) -> None:
        """Store what an interrupted run did, and remove its journal. The caller holds the stack's lock; raises as `merged`."""
        if not exists(self._path):
            return
        if records := self._pending_records():
            self._checkpoint.replace(self._checkpoint.encode(self._merge(self._checkpoint.document(), records)))
        self.forget()

    def forget(self) -> None:
        """Remove the journal, whose run is stored.

        Raises:
            StateError: it cannot be removed.
        """
        with accessing(self._path):
            self._path.unlink()

    def _pending_records(self) -> list[dict[str, Any]]:
        """What the journal adds to the checkpoint; empty if that holds it already."""
        records = journal.read(self._path) if exists(self._path) else []
        if not records:
            return []
        header, *rest = records
        current = self._checkpoint.digest()
        if rest and rest[-1]["kind"] == "commit" and rest[-1]["checkpoint"] == current:
            return []
        if header.get("base") != current:
            raise StateError(self._foreign_change(rest))
        return records

    def _merge(self, document: Mapping[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:
        replayer = JournalReplayer(document)
        for line, record in enumerate(records, 1):
            try:
                replayer.apply(record)
            except KeyError as error:
                raise journal.malformed(self._path, line, f"there is no resource {error.args[0]!r:.80}") from error
        return replayer.document(new_manifest())

    def _foreign_change(self, records: list[dict[str, Any]]) -> str:
        created = [f"{new['urn']} (id {new['id']})" for record in records if (new := record.get("new")) and new.get("id")]
        return (
            f"stack {self._stack} was changed by another program while or after this engine ran; "
            f"{self._path} recorded {len(created)} resources that the stack may not know: {', '.join(created[:10]) or 'none'}; "
            "compare them with `pulumi stack export`, import what is missing, then delete that file"
        )
