"""The stack that is migrated, through the engine's own commands: its state, and what a preview of its program would change."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_dynamic_host import properties
from pulumi_workspace365.documents import input_files, json_document
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365_cli import inherited_lock, processes, progress, stack_config
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import preview
from pulumi_workspace365_cli.planning.preview import Preview
from pulumi_workspace365_cli.stack_edits.resources import Resource, name_of, types_of

Document = dict[str, Any]
_MOST_NAMED = 3


@dataclass(frozen=True)
class Stack:
    """A stack of the project in ``root``."""

    root: Path
    name: str
    environ: Mapping[str, str]

    def refuse_if_in_use(self) -> None:
        """Refuse a stack that a run holds.

        Raises:
            CommandError: one does, or was killed; it names the lock.
        """
        for lock in stack_config.lock_files(self.root, self.name, self.environ):
            raise CommandError(
                f"Stack {self.name} is in use by another run (its lock is {lock}): wait until it ends. If it was killed, run `pulumi cancel` "
                "and `pulumi up` first."
            )

    def refuse_pending(self, document: Document) -> None:
        """Refuse a stack whose last run did not end.

        Raises:
            CommandError: its export has pending operations.
        """
        if (document.get("deployment") or {}).get("pending_operations"):
            raise CommandError(
                f"Stack {self.name} has pending operations: complete them with `pulumi up` or `pulumi refresh` first."
            )

    @contextmanager
    def exclusive_lock(self) -> Iterator[None]:
        """Keep other commands that edit the stack's state away. It ends with this process, however that ends.

        Waits first for the import of a command that was killed.

        Raises:
            CommandError: there is another command, or the lock cannot be had.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415  commands that change no state do without

        try:
            input_files.make_folder(self._lock("lock").parent)
            lock = FileLock(self._lock("lock"), timeout=0)
            lock.acquire()
        except Timeout as problem:
            raise CommandError(
                f"Another w365 command is changing the state of stack {self.name}: wait until it ends."
            ) from problem
        except (OSError, RuntimeError) as problem:
            raise CommandError(f"Nothing was changed: stack {self.name} cannot be locked: {problem}.") from problem
        try:
            self._await_import()
            yield
        finally:
            lock.release()

    def _await_import(self) -> None:
        lock = self._lock("import")
        if inherited_lock.is_held(lock):
            progress.print_line(
                f"The state of stack {self.name} is still being written for a command that was killed: waiting until that ends."
            )
        if not inherited_lock.await_release(lock, processes.LONGEST_SECONDS):
            raise CommandError(
                f"The state of stack {self.name} is still being written for a command that was killed, by the process that holds {lock}: "
                "wait until that ends, or end it."
            )

    def _lock(self, kind: str) -> Path:
        key = hashlib.sha256(f"{self.root.resolve()}\n{self.name}".encode()).hexdigest()[:32]
        return journal.default_folder(self.environ) / "stack-edits" / f"{key}.{kind}"

    def unrecorded_creates(self, document: Document, types: frozenset[str]) -> list[str]:
        """The resources that an interrupted run was creating, by the journal, and that are not in the state.

        Args:
            document: the export.
            types: the type tokens that matter.

        Raises:
            errors.ConfigurationError: the journal cannot be read.
        """
        urns = {item["urn"] for item in document["deployment"]["resources"]}
        stack = "::".join(next(iter(urns)).split("::")[:2]) + "::"
        owners = {intent.subject.owner for intent in journal.get_journal(self.environ).open_intents()}
        return sorted(
            name_of(urn) for urn in owners - urns if urn.startswith(stack) and types_of(urn) and types_of(urn)[-1] in types
        )

    def export(self) -> tuple[str, Document]:
        """The state as text and as a document; secrets are encrypted.

        Raises:
            CommandError: it cannot be had.
        """
        text = processes.capture_output(
            self._command("stack", "export"), self.root, self.environ, f"read the state of stack {self.name}"
        )
        return text, parse(text, f"the export of stack {self.name}")

    def export_in_clear(self) -> Document:
        """The state with its secrets in the clear, for another command's standard input: never for a file.

        Raises:
            CommandError: it cannot be had, or the secrets cannot be decrypted.
        """
        what = f"decrypt the state of stack {self.name}"
        text = processes.capture_output(self._command("stack", "export", "--show-secrets"), self.root, self.environ, what)
        return parse(text, f"the export of stack {self.name}")

    def import_(self, text: str) -> None:
        """Replace the state, in one step, under `exclusive_lock`. The engine refuses it while a run holds the stack.

        Where this process is killed, the next `exclusive_lock` waits for the end of the import.

        Raises:
            CommandError: it was not replaced.
        """
        with inherited_lock.hold(self._lock("import")) as inherited:
            processes.capture_output(
                self._command("stack", "import"),
                self.root,
                self.environ,
                f"write the state of stack {self.name}",
                piped=text.encode(),
                inherited=inherited,
            )

    def with_secrets_provider(self, document: Document) -> Document:
        """An export that names who encrypts its secrets, as an import of secrets in the clear needs it.

        Raises:
            CommandError: that is not known.
        """
        deployment = document.get("deployment") or {}
        if deployment.get("secrets_providers"):
            return document
        salt = stack_config.encryption_salt(self.root, self.name)
        if not salt:
            raise CommandError(f"Stack {self.name} has no secrets provider yet: run `pulumi up --stack {self.name}` once first.")
        provider = {"type": "passphrase", "state": {"salt": salt}}
        return {**document, "deployment": {**deployment, "secrets_providers": provider}}

    def changes(self) -> list[str]:
        """What an ``up`` would change, a few words each, or why that cannot be said; empty where nothing would change."""
        try:
            found, _ = self.preview()
        except CommandError as problem:
            return [str(problem)]
        steps = [step for step in found.steps if step.op not in preview.QUIET]
        named = [f"{step.op} {step.type.rpartition(':')[2]} {step.name}" for step in steps]
        counted = [f"{count} to {op}" for op, count in (found.change_summary or {}).items() if op not in preview.QUIET and count]
        return (named or counted)[:_MOST_NAMED]

    def preview(self) -> tuple[Preview, Document]:
        """A preview of the program, and its document.

        Raises:
            CommandError: it failed, with its first errors.
        """
        command = self._command("preview", "--json", "--non-interactive")
        done = processes.run(command, self.root, self.environ, f"preview stack {self.name}")
        found = preview.read(done.stdout, "the preview")
        if found.errors:
            raise CommandError("; ".join(found.errors[:_MOST_NAMED]))
        if done.returncode:
            raise CommandError(processes.reason(done))
        document: Document = json.loads(done.stdout)
        return found, document

    def _command(self, *arguments: str) -> list[str]:
        return [*processes.find_engine(self.environ), *arguments, "--stack", self.name]


def resources_of(document: Document) -> list[Resource]:
    """The resources of an export."""
    return (document.get("deployment") or {}).get("resources") or []


def with_resources(document: Document, resources: list[Resource]) -> Document:
    """An export with other resources."""
    return {**document, "deployment": {**(document.get("deployment") or {}), "resources": resources}}


def parse(text: str, source: str) -> Document:
    """An export.

    Raises:
        CommandError: the text is none.
    """
    try:
        found = json_document.parse(text, source)
    except input_files.FileError as problem:
        raise CommandError(f"{source} is not a stack export ({problem.detail}).") from problem
    if not isinstance(found, dict) or not isinstance(found.get("deployment") or {}, dict):
        raise CommandError(f"{source} is not a stack export.")
    return found


def is_same(one: Document, other: Document) -> bool:
    """Whether two exports have the same resources. An import encrypts secrets anew; a run that changes one leaves the time of it."""
    return _comparable(one) == _comparable(other)


def _comparable(document: Document) -> str:
    deployment = document.get("deployment") or {}
    resources = [
        {key: found for key, value in item.items() if (found := _normal(value))} for item in deployment.get("resources") or []
    ]
    return json.dumps([resources, deployment.get("pending_operations") or []], sort_keys=True)


def _normal(value: Any) -> Any:
    """Without ciphertexts and without what an engine may leave out where it is empty."""
    if isinstance(value, dict):
        if value.get(properties.SIGNATURE) == properties.SECRET:
            return "secret"
        return {key: found for key, item in value.items() if (found := _normal(item)) not in (None, [], {})}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
