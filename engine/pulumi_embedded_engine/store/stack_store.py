"""The deployment of one stack on disk: the CLI's checkpoint, and what this engine adds to it while it runs.

Below ``.pulumi``: ``stacks/<project>/<stack>.json`` is the checkpoint, ``….json.bak`` the one before; ``locks`` excludes other
processes. Below ``.pulumi/embedded`` this engine keeps its journal and lock of a stack.
"""

import contextlib
import dataclasses
import datetime as dt
import errno
import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import NeedsPulumiCLI, StateError, accessing
from pulumi_embedded_engine.resource.deployment import VERSION, Deployment, check_readable, new_manifest
from pulumi_embedded_engine.resource.state_values import Crypt
from pulumi_embedded_engine.resource.urn import ROOT_STACK_TYPE
from pulumi_embedded_engine.store import integrity, journal, lock, secrets_change, structure
from pulumi_embedded_engine.store.files import json_bytes, remove_left_behind, sync_directory, write_atomically
from pulumi_embedded_engine.store.names import ORGANIZATION, StackName, safe_join, validate_project_name, validate_stack_name
from pulumi_embedded_engine.store.replay import JournalReplayer
from pulumi_embedded_engine.store.secrets import PassphraseSecrets

LAYOUT = 1
"""The version in ``meta.yaml``: stacks by project."""
_DIGITS = re.compile(r"(\.\d{6})\d+")
"""Of a second, more than Python keeps."""


class StackStore:
    """The deployment of one stack on disk.

    Raises:
        InvalidName: a name is not one that a project or stack can have.
        StateError: a path that is made of the names would leave the folder.
    """

    def __init__(self, root: Path, project: str, name: str) -> None:
        self._pulumi = root / ".pulumi"
        self.project, self.name = validate_project_name(project), validate_stack_name(name)
        self.path = safe_join(self._pulumi, "stacks", project, f"{name}.json")
        self._journal_path = safe_join(self._pulumi, "embedded", project, name, "journal")

        self._change_path = self._journal_path.with_name("change.json")

    @property
    def qualified_name(self) -> str:
        return str(StackName(self.project, self.name))

    @property
    def tags_path(self) -> Path:
        """The file that may hold the stack's tags.

        Raises:
            StateError: it would be outside of the folder.
        """
        return safe_join(self._pulumi, "stacks", self.project, f"{self.name}.pulumi-tags")

    @property
    def history(self) -> Path:
        """The folder that may hold the stack's history; raises as `tags_path`."""
        return safe_join(self._pulumi, "history", self.project, self.name)

    def exists(self) -> bool:
        return self._stored_at() is not None

    def must_not_exist(self) -> None:
        """Refuse to go on with a stack that is there.

        Raises:
            StateError: it is.
        """
        if self.exists():
            raise StateError(f"stack '{self.qualified_name}' already exists")

    def init(self, secrets: PassphraseSecrets) -> None:
        """Create the stack, without resources.

        Raises:
            StateError: it exists.
        """
        self.must_not_exist()
        meta = self._pulumi / "meta.yaml"
        if not meta.exists():
            _write_atomically(meta, f"version: {LAYOUT}\n".encode())
        self.save(Deployment(secrets_provider=secrets.state()), secrets.encrypt)

    def remove(self) -> None:
        """Forget the stack, as ``pulumi stack rm`` does: the last deployment stays as ``….json.bak``.

        Raises:
            StateError: it has resources, or does not exist.
        """
        resources = (self._document().get("deployment") or {}).get("resources") or []
        if len(resources) > 1 or any(item.get("type") != ROOT_STACK_TYPE for item in resources):
            raise StateError(f"stack {self.name} of project {self.project} still has resources: destroy them first")
        self.retire()

    def retire(self) -> None:
        """Take the stack out of the backend: the last deployment stays as ``….json.bak``. The caller holds the lock.

        Raises:
            StateError: it cannot be done; the stack is still there.
        """
        folders = self.history, safe_join(self._pulumi, "embedded", self.project, self.name)
        if stored := self._stored_at():
            with accessing(stored):
                stored.replace(stored.with_name(f"{stored.name}.bak"))
                sync_directory(stored.parent)
        with accessing(self.tags_path):
            self.tags_path.unlink(missing_ok=True)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the stack; what a killed run left in its journal is folded into the deployment first.

        Raises:
            LockedError: another process holds it.
            StateError: an interrupted run cannot be folded.
        """
        folder = safe_join(self._pulumi, "locks", ORGANIZATION, self.project, self.name)
        with lock.acquire(self._journal_path.parent / "lock", folder, self.name):
            for path in (self.path, self.path.with_name(f"{self.path.name}.bak")):
                remove_left_behind(path)
            secrets_change.finish(self._change_path, self)
            self._recover()
            yield

    def secrets(self, secrets: PassphraseSecrets) -> PassphraseSecrets:
        """The secrets provider that the stored deployment names, opened with the same passphrase; else the one given.

        Raises:
            NeedsPulumiCLI: it is not the passphrase provider.
        """
        salt = self.encryption_salt()
        return secrets.with_salt(salt) if salt else secrets

    def encryption_salt(self) -> str:
        """The salt that the stored deployment was encrypted with; empty where it names no secrets provider.

        Raises:
            NeedsPulumiCLI: it names another than the passphrase.
        """
        provider = (self._document().get("deployment") or {}).get("secrets_providers")
        if not provider or not provider.get("type"):
            return ""
        if provider["type"] != "passphrase":
            raise NeedsPulumiCLI(f"the secrets provider {provider['type']} of stack {self.name}")
        return str(provider["state"]["salt"])

    def load(self, decrypt: Crypt) -> Deployment:
        """The deployment, with what an interrupted run left in its journal.

        Raises:
            StateError: the stack does not exist, or its deployment is damaged or inconsistent.
            NeedsPulumiCLI: the deployment uses what this engine does not know.
            SecretsError: a secret cannot be decrypted.
        """
        document = self._document()
        integrity.verify((document.get("deployment") or {}).get("resources") or [])
        return Deployment.from_json(document, decrypt)

    def verify_own(self, deployment: Deployment) -> None:
        """See that all of it belongs to this stack.

        Raises:
            StateError: some of it is another stack's.
        """
        pending = [operation.resource for operation in deployment.pending_operations]
        integrity.verify_own([*deployment.resources, *pending], StackName(self.project, self.name))

    def save(self, deployment: Deployment, encrypt: Crypt) -> None:
        """Replace the stored deployment; the former becomes ``….json.bak``.

        Raises:
            StateError: the deployment is inconsistent; nothing was written.
        """
        self._save_document(deployment.to_json(encrypt))

    def open_journal(self, secrets: PassphraseSecrets) -> journal.Journal:
        """Start recording a run upon the stored deployment, with the secrets provider of ``secrets``. The caller holds the lock."""
        header = {"base": self._checkpoint_hash(), "stack": self.qualified_name, "secrets_providers": secrets.state()}
        return journal.Journal(self._journal_path, header, secrets.encrypt)

    def close_journal(self, run: journal.Journal) -> None:
        """Fold a finished run into the stored deployment.

        Raises:
            StateError: the result would be inconsistent, another program changed the stack meanwhile, or it cannot be written. The
                journal stays, is what the stack is read with, and is folded by the next run.
        """
        try:
            data = self.encode(self._folded(self._checkpoint(), self._pending_records()))
            run.commit(hashlib.sha256(data).hexdigest())
            run.release_room()
            try:
                self.replace_checkpoint(data)
            except StateError as error:
                raise StateError(
                    f"{error}. What the run did is recorded in {self._journal_path}, which the next run takes over"
                ) from error
            with accessing(self._journal_path):
                self._journal_path.unlink()
        finally:
            run.close()

    def add_history(self, entry: Mapping[str, Any]) -> None:
        """Add a finished run, with a copy of the current deployment, to the history that ``pulumi stack history`` reads.

        Raises:
            StateError: it cannot be written.
        """
        start = self.history / f"{self.name}-{time.time_ns()}"
        _write_atomically(start.with_name(f"{start.name}.history.json"), json.dumps(entry, default=str).encode())
        _write_atomically(start.with_name(f"{start.name}.checkpoint.json"), self.checkpoint_bytes())

    def document(self) -> dict[str, Any]:
        """The document of ``pulumi stack export``, secrets encrypted."""
        return self._document()

    def summary(self) -> tuple[dt.datetime | None, int | None]:
        """When it was last written, and how many resources it has; None where it holds no deployment."""
        deployment = self._document().get("deployment") or {}
        if not deployment:
            return None, None
        time = str((deployment.get("manifest") or {}).get("time") or "")
        try:
            moment = dt.datetime.fromisoformat(_DIGITS.sub(r"\1", time)).astimezone(dt.UTC)
        except ValueError:
            moment = dt.datetime.min.replace(tzinfo=dt.UTC)
        return None if moment.year == 1 else moment, len(deployment.get("resources") or [])

    @property
    def is_changing(self) -> bool:
        """Whether a change of the stack's secrets was begun and is not complete; taking the lock completes it."""
        return _is_there(self._change_path)

    def change_secrets(self, new: PassphraseSecrets, old: PassphraseSecrets, configuration: secrets_change.TextChange) -> None:
        """Encrypt all secrets again, including those of the configuration file, atomically. The caller holds the lock.

        Raises:
            StateError: it cannot be done, or not completed; the next to take the lock completes what was begun.
        """
        deployment = self._renewed(self.load(self.secrets(old).decrypt), new)
        data = self.encode(deployment.to_json(new.encrypt))
        secrets_change.begin(self._change_path, self.checkpoint_bytes(), data, configuration)
        secrets_change.finish(self._change_path, self)

    def export(self, secrets: PassphraseSecrets | None = None) -> dict[str, Any]:
        """The document of ``pulumi stack export``; with ``secrets``, of ``pulumi stack export --show-secrets``."""
        if secrets is None:
            return self._document()
        return self.load(self.secrets(secrets).decrypt).to_json(None)

    def import_(self, document: Mapping[str, Any], secrets: PassphraseSecrets) -> None:
        """Replace the deployment by a document of ``export``; its secrets are encrypted for this stack.

        Raises:
            NeedsPulumiCLI, StateError, SecretsError: as of ``load``; nothing was written.
        """
        if wrong := structure.problem(document):
            raise StateError(f"the deployment is malformed: {wrong}; use the output of `pulumi stack export`")
        check_readable(document)
        provider = (document.get("deployment") or {}).get("secrets_providers") or {}
        reader = secrets.with_salt(provider["state"]["salt"]) if provider.get("type") == "passphrase" else secrets
        deployment = Deployment.from_json(document, reader.decrypt)
        self.verify_own(deployment)
        self.save(dataclasses.replace(self._renewed(deployment, secrets), manifest=new_manifest()), secrets.encrypt)

    @staticmethod
    def _renewed(deployment: Deployment, secrets: PassphraseSecrets) -> Deployment:
        """The deployment without the ciphertexts that it was read with."""
        operations = [
            dataclasses.replace(item, resource=dataclasses.replace(item.resource)) for item in deployment.pending_operations
        ]
        resources = [dataclasses.replace(resource) for resource in deployment.resources]
        return dataclasses.replace(
            deployment, resources=resources, pending_operations=operations, secrets_provider=secrets.state()
        )

    def _stored_at(self) -> Path | None:
        candidates = [self.path, *(self.path.with_name(self.path.name + suffix) for suffix in (".gz", ".zst"))]
        existing = [path for path in candidates if _is_there(path)]
        return max(existing, key=lambda path: path.stat().st_mtime_ns, default=None)

    def checkpoint_bytes(self) -> bytes:
        """What is stored, without the journal, unpacked.

        Raises:
            StateError: there is nothing, or it cannot be read.
        """
        path = self._stored_at()
        if path is None:
            raise StateError(f"stack {self.name} of project {self.project} does not exist in {self._pulumi.parent}")
        if path.suffix == ".zst":
            raise NeedsPulumiCLI(f"the stack {self.name}, stored with zstd compression,")
        try:
            data = input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES)
            return input_files.decompress(data, str(path)) if path.suffix == ".gz" else data
        except input_files.FileError as error:
            raise StateError(_damaged(path, error.reason)) from error

    def _checkpoint_hash(self) -> str:
        return hashlib.sha256(self.checkpoint_bytes()).hexdigest()

    def _checkpoint(self) -> dict[str, Any]:
        """The stored document, without the journal."""
        data, path = self.checkpoint_bytes(), self._stored_at() or self.path
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

    def _document(self) -> dict[str, Any]:
        """The stored document, with the journal of an interrupted or present run."""
        records = self._pending_records()
        document = self._checkpoint()
        return self._folded(document, records) if records else document

    def _pending_records(self) -> list[dict[str, Any]]:
        """What the journal adds to the checkpoint; empty if it is in it already."""
        if not _is_there(self._journal_path):
            return []
        records = journal.read(self._journal_path)
        if not records:
            return []
        header, *rest = records
        current = self._checkpoint_hash()
        if rest and rest[-1]["kind"] == "commit" and rest[-1]["checkpoint"] == current:
            return []
        if header.get("base") != current:
            raise StateError(self._foreign_change(rest))
        return records

    def _folded(self, document: Mapping[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:
        result = JournalReplayer(document)
        for line, record in enumerate(records, 1):
            try:
                result.apply(record)
            except KeyError as error:
                raise journal.malformed(self._journal_path, line, f"there is no resource {error.args[0]!r:.80}") from error
        return result.document(new_manifest())

    def _foreign_change(self, records: list[dict[str, Any]]) -> str:
        created = [f"{new['urn']} (id {new['id']})" for record in records if (new := record.get("new")) and new.get("id")]
        return (
            f"stack {self.name} was changed by another program while or after this engine ran; "
            f"{self._journal_path} recorded {len(created)} resources that the stack may not know: {', '.join(created[:10]) or 'none'}; "
            "compare them with `pulumi stack export`, import what is missing, then delete that file"
        )

    def _recover(self) -> None:
        if not _is_there(self._journal_path):
            return
        if records := self._pending_records():
            self._save_document(self._folded(self._checkpoint(), records))
        with accessing(self._journal_path):
            self._journal_path.unlink()

    def _save_document(self, document: Mapping[str, Any]) -> None:
        self.replace_checkpoint(self.encode(document))

    def encode(self, document: Mapping[str, Any]) -> bytes:
        """Encode a document for storage.

        Raises:
            StateError: it is inconsistent.
        """
        integrity.verify((document.get("deployment") or {}).get("resources") or [])
        versioned = {name: document[name] for name in ("version", "features") if name in document}
        checkpoint = {"stack": self.qualified_name, "latest": document["deployment"]}
        return json_bytes(versioned | {"checkpoint": checkpoint})

    def replace_checkpoint(self, data: bytes) -> None:
        """Store what `encode` made; the former becomes ``….json.bak``. The caller holds the lock."""
        former = self._stored_at()
        if former is not None:
            _write_atomically(former.with_name(former.name + ".bak"), former.read_bytes())
        _write_atomically(self.path, data)
        if former is not None and former != self.path:
            with accessing(former):
                former.unlink()


def _damaged(path: Path, reason: str) -> str:
    return f"{path} is damaged ({reason}): restore {path.name}.bak beside it"


def _is_there(path: Path) -> bool:
    """Whether there is a file; a link to nothing or to itself is none. What may not be looked at is no answer, unlike of ``Path.exists``."""
    with accessing(path):
        try:
            path.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in {errno.ENOTDIR, errno.ELOOP}:
                raise
            return False
    return True


def _write_atomically(path: Path, data: bytes) -> None:
    with accessing(path):
        write_atomically(path, data)
