"""The deployment of one stack on disk: the CLI's checkpoint, and what this engine adds to it while it runs.

Below ``.pulumi``: ``stacks/<project>/<stack>.json`` is the checkpoint, ``….json.bak`` the one before; ``locks`` excludes other
processes. Below ``.pulumi/embedded`` this engine keeps its journal and lock of a stack.
"""

import contextlib
import dataclasses
import datetime as dt
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.errors import NeedsPulumiCLI, StateError, accessing
from pulumi_embedded_engine.resource.deployment import Deployment, check_readable, new_manifest
from pulumi_embedded_engine.resource.state_values import Crypt
from pulumi_embedded_engine.resource.urn import ROOT_STACK_TYPE
from pulumi_embedded_engine.store import integrity, journal, lock, secrets_change, structure
from pulumi_embedded_engine.store.checkpoint import CheckpointFile, digest
from pulumi_embedded_engine.store.files import exists, replace_file
from pulumi_embedded_engine.store.names import ORGANIZATION, StackName, safe_join, validate_project_name, validate_stack_name
from pulumi_embedded_engine.store.recorded_run import RecordedRun
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
        self.checkpoint = CheckpointFile(root, StackName(project, name))
        self._journal_path = safe_join(self._pulumi, "embedded", project, name, "journal")
        self._change_path = self._journal_path.with_name("change.json")
        self._recorded_run = RecordedRun(self._journal_path, self.checkpoint, name)

    @property
    def path(self) -> Path:
        """The file of the checkpoint."""
        return self.checkpoint.path

    @property
    def qualified_name(self) -> str:
        """The name as ``organization/<project>/<stack>``."""
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
        """Whether the stack has a checkpoint."""
        return self.checkpoint.exists()

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
        if not exists(meta):
            replace_file(meta, f"version: {LAYOUT}\n".encode())
        self.save(Deployment(secrets_provider=secrets.state()), secrets.encrypt)

    def remove(self) -> None:
        """Forget the stack, as ``pulumi stack rm`` does: the last deployment stays as ``….json.bak``.

        Raises:
            StateError: it has resources, or does not exist.
        """
        resources = (self.document().get("deployment") or {}).get("resources") or []
        if len(resources) > 1 or any(item.get("type") != ROOT_STACK_TYPE for item in resources):
            raise StateError(f"stack {self.name} of project {self.project} still has resources: destroy them first")
        self.retire()

    def retire(self) -> None:
        """Take the stack out of the backend: the last deployment stays as ``….json.bak``. The caller holds the lock.

        Raises:
            StateError: it cannot be done; the stack is still there.
        """
        folders = self.history, safe_join(self._pulumi, "embedded", self.project, self.name)
        self.checkpoint.retire()
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
            self.checkpoint.remove_left_behind()
            secrets_change.finish(self._change_path, self.checkpoint)
            self._recorded_run.complete()
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
        provider = (self.document().get("deployment") or {}).get("secrets_providers")
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
        document = self.document()
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
        self.checkpoint.replace(self.checkpoint.encode(deployment.to_json(encrypt)))

    def open_journal(self, secrets: PassphraseSecrets) -> journal.Journal:
        """Start recording a run upon the stored deployment, with the secrets provider of ``secrets``. The caller holds the lock."""
        header = {"base": self.checkpoint.digest(), "stack": self.qualified_name, "secrets_providers": secrets.state()}
        return journal.Journal(self._journal_path, header, secrets.encrypt)

    def close_journal(self, run: journal.Journal) -> None:
        """Fold a finished run into the stored deployment.

        Raises:
            StateError: the result would be inconsistent, another program changed the stack meanwhile, or it cannot be written. The
                journal stays, is what the stack is read with, and is folded by the next run.
        """
        try:
            data = self._recorded_run.merged()
            run.commit(digest(data))
            run.release_room()
            try:
                self.checkpoint.replace(data)
            except StateError as error:
                raise StateError(
                    f"{error}. What the run did is recorded in {self._journal_path}, which the next run takes over"
                ) from error
            self._recorded_run.forget()
        finally:
            run.close()

    def add_history(self, entry: Mapping[str, Any]) -> None:
        """Add a finished run, with a copy of the current deployment, to the history that ``pulumi stack history`` reads.

        Raises:
            StateError: it cannot be written.
        """
        start = self.history / f"{self.name}-{time.time_ns()}"
        replace_file(start.with_name(f"{start.name}.history.json"), json.dumps(entry, default=str).encode())
        replace_file(start.with_name(f"{start.name}.checkpoint.json"), self.checkpoint.read())

    def document(self) -> dict[str, Any]:
        """The document of ``pulumi stack export``, secrets encrypted."""
        return self._recorded_run.document()

    def summary(self) -> tuple[dt.datetime | None, int | None]:
        """When it was last written, and how many resources it has; None where it holds no deployment."""
        deployment = self.document().get("deployment") or {}
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
        return exists(self._change_path)

    def change_secrets(self, new: PassphraseSecrets, old: PassphraseSecrets, configuration: secrets_change.TextChange) -> None:
        """Encrypt all secrets again, including those of the configuration file, atomically. The caller holds the lock.

        Raises:
            StateError: it cannot be done, or not completed; the next to take the lock completes what was begun.
        """
        deployment = self._renewed(self.load(self.secrets(old).decrypt), new)
        data = self.checkpoint.encode(deployment.to_json(new.encrypt))
        secrets_change.begin(self._change_path, self.checkpoint.read(), data, configuration)
        secrets_change.finish(self._change_path, self.checkpoint)

    def export(self, secrets: PassphraseSecrets | None = None) -> dict[str, Any]:
        """The document of ``pulumi stack export``; with ``secrets``, of ``pulumi stack export --show-secrets``."""
        if secrets is None:
            return self.document()
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
