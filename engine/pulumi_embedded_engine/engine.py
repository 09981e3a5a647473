"""The engine for use from Python: a stack of a project, and the operations on it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.errors import EngineError, InvalidName, ProjectError, StateError
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.plan.graph import without_resource
from pulumi_embedded_engine.plan.provider import Providers
from pulumi_embedded_engine.plan.snapshot import Snapshot
from pulumi_embedded_engine.plan.update_plan import UpdatePlan
from pulumi_embedded_engine.providers.stack_references import StackReferences, stack_outputs
from pulumi_embedded_engine.report.events import Listener
from pulumi_embedded_engine.report.masking import Masker
from pulumi_embedded_engine.report.observer import Reporter
from pulumi_embedded_engine.resource.deployment import Deployment
from pulumi_embedded_engine.resource.values import Properties
from pulumi_embedded_engine.run.imports import ImportFile
from pulumi_embedded_engine.run.interrupts import Terminated, interruptible
from pulumi_embedded_engine.run.operation import Run
from pulumi_embedded_engine.run.options import Options, default_parallel, history_entry
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.names import StackName
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt, passphrase_from_environment
from pulumi_embedded_engine.store.stack_store import StackStore
from pulumi_embedded_engine.workspace import local_only
from pulumi_embedded_engine.workspace.config import StackConfig
from pulumi_embedded_engine.workspace.project import Project
from pulumi_embedded_engine.workspace.selected import SelectedStack

_UNCHANGING = frozenset({"same", "read", "discard", "read-replacement"})


class StackNotFound(EngineError):
    """The stack does not exist in the backend."""


def backend_of(project: Project) -> str:
    """The address of the folder that keeps the state of a project's stacks.

    Raises:
        StateError: no backend is configured.
    """
    if url := os.environ.get("PULUMI_BACKEND_URL") or project.backend_url:
        return url
    raise StateError(
        "nothing says where the stack's state is kept: PULUMI_BACKEND_URL is not set. This engine keeps it in a folder: run "
        "`export PULUMI_BACKEND_URL=file://$PWD/.state` first, and in each new shell. (Pulumi Cloud needs the Pulumi CLI.)"
    )


@dataclass(frozen=True)
class OperationResult:
    """How an operation ended; `outputs` are the stack's, with secrets marked; `plan` is what a preview was to write down."""

    ok: bool
    canceled: bool = False
    changes: Mapping[str, int] = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    plan: UpdatePlan | None = None

    @property
    def changed(self) -> bool:
        """Whether anything but reads happened."""
        return any(count for op, count in self.changes.items() if op not in _UNCHANGING)


class Engine:
    """A stack.

    Args:
        directory: the project's folder, or one below it; or the project itself.
        stack: the stack's name, as `[organization/[project/]]stack`.
        backend_url: where its state is (`file://…`); PULUMI_BACKEND_URL by default.
        passphrase: of its secrets; from the environment, as with the CLI, by default.
        allow_remote: allow addresses of other machines in configuration and environment.
        announce: called with a heading, such as "Previewing update (dev):".
        around: what stands between a deployment and its providers.

    Raises:
        InvalidName: no stack can have the name, or it names another organization.
    """

    def __init__(
        self,
        directory: Path | str | Project,
        stack: str,
        *,
        backend_url: str | None = None,
        passphrase: str | None = None,
        allow_remote: bool = False,
        announce: Callable[[str], None] = lambda _text: None,
        wrap_providers: Callable[[Providers], Providers] = lambda providers: providers,
    ) -> None:
        self.project = directory if isinstance(directory, Project) else Project.load(directory)
        self._around = wrap_providers
        self._given = stack
        self.name = StackName.parse(stack, self.project.name)
        self.stack = self.name.name
        self._passphrase, self._allow_remote, self._announce = passphrase, allow_remote, announce
        url = backend_url or backend_of(self.project)
        self.selection = SelectedStack(self.project, url)
        self._backend = Backend.from_url(url)
        self.store = self._backend.stack(self.name.project, self.name.name)
        if self.store.is_changing:
            with self.store.lock():  # which completes it: until then two passphrases would be needed
                pass
        self._run: Run | None = None

    # The stack.

    def exists(self) -> bool:
        return self.store.exists()

    def must_exist(self) -> None:
        """Refuse to go on without the stack.

        Raises:
            StackNotFound: there is none.
        """
        self._existing()

    def create(self) -> None:
        """Create the stack, and its encryption salt where its configuration has none.

        Raises:
            InvalidName: it would be another project's.
            StateError: it exists, or cannot be stored.
        """
        try:
            self.refuse_other_project()
        except InvalidName as error:
            raise InvalidName(f"could not create stack: {error}") from error
        self.store.must_not_exist()
        self.store.init(self.secrets())

    def remove_stack(self, *, preserve_config: bool = False) -> None:
        """Forget a stack without resources, and remove its configuration unless that is to stay.

        Raises:
            StateError: it has resources, does not exist, or its configuration cannot be removed.
        """
        store = self._existing()
        with store.lock():  # which folds in what a killed run has done: that must not go with its journal
            store.remove()
        if preserve_config:
            return
        path = self.project.stack_file(self.stack)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"the stack is removed, but its configuration {path} is not: {error.strerror}") from error

    @property
    def display_name(self) -> str:
        """The stack's name as the CLI shows it: qualified where it belongs to another project."""
        return str(self.name) if self.is_foreign else self.stack

    @property
    def is_foreign(self) -> bool:
        """Whether it is another project's: its configuration is not here."""
        return self.name.project != self.project.name

    def refuse_other_project(self) -> None:
        """Refuse to go on with another project's stack.

        Raises:
            InvalidName: it is one.
        """
        if self.is_foreign:
            raise InvalidName(f'provided project name "{self.name.project}" doesn\'t match Pulumi.yaml')

    def secrets(self) -> PassphraseSecrets:
        """The secrets provider of the stack's configuration; a stack without one gets a salt.

        Another project's configuration is not here: what its stack was stored with counts.

        Raises:
            SecretsError: the passphrase is missing or wrong.
            StateError: another project's stack holds no salt.
        """
        passphrase = passphrase_from_environment() if self._passphrase is None else self._passphrase
        if self.is_foreign:
            if not (stored := self.store.encryption_salt()):
                raise StateError(f"stack '{self.name}' has no secrets provider yet: run this in the folder of its own project")
            return PassphraseSecrets(passphrase, stored)
        salt = self.project.encryption_salt(self.stack)
        if not salt:
            salt = new_salt(passphrase)
            self.project.set_encryption_salt(self.stack, salt)
        return PassphraseSecrets(passphrase, salt)

    def _existing(self) -> StackStore:
        if not self.store.exists():
            raise StackNotFound(f"no stack named '{self._given}' found")
        return self.store

    def load(self) -> Deployment:
        """The stored deployment.

        Raises:
            StackNotFound: there is none.
            EngineError: it cannot be read.
        """
        store = self._existing()
        return store.load(store.secrets(self.secrets()).decrypt)

    def outputs(self) -> Properties:
        """The outputs of the stack, with secrets marked."""
        return stack_outputs(self.load())

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The document of `pulumi stack export`."""
        return self._existing().export(self.secrets() if show_secrets else None)

    def import_state(self, document: Mapping[str, Any]) -> None:
        """Replace the deployment by an exported one."""
        store = self._existing()
        with store.lock():
            store.import_(document, self.secrets())

    def protect(self, *, protected: bool, only: Sequence[str] | None = None) -> None:
        """Protect these resources, or all, or remove their protection.

        Raises:
            EngineError: the stack has no such resource.
        """
        with self._changing() as state:
            known = {resource.urn for resource in state.resources}
            if only is not None and (missing := sorted(set(only) - known)):
                raise EngineError(f'No such resource "{missing[0]}" exists in the current state')
            state.resources = [
                replace(item, protect=protected) if only is None or item.urn in only else item for item in state.resources
            ]

    def protected(self) -> Sequence[str]:
        """The URNs of what is protected, and of what that needs."""
        known = Snapshot(self.load().resources)
        kept = [entry for entry in known.entries if entry.state.protect]
        return sorted({needed.urn for entry in kept for needed in (entry, *known.graph.all_dependencies(entry))})

    def forget(self, urns: Sequence[str]) -> None:
        """Take resources out of the state; nothing is deleted. Those that are pending deletion stay.

        Raises:
            EngineError: the stack has no such resource, it is protected, or another one depends on it.
        """
        with self._changing() as state:
            for urn in urns:
                state.resources = without_resource(state.resources, urn)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Deployment]:
        """The deployment, which is stored as the block leaves it."""
        store = self._existing()
        crypt = store.secrets(self.secrets())
        with store.lock():
            state = store.load(crypt.decrypt)
            yield state
            store.save(state, crypt.encrypt)

    # Operations.

    def preview(self, options: Options, listeners: Sequence[Listener] = ()) -> OperationResult:
        """Plan an operation without changing anything."""
        return self.execute(options, listeners, (True,))

    def up(self, options: Options | None = None, listeners: Sequence[Listener] = (), *, preview: bool = False) -> OperationResult:
        """Deploy the program; with `preview`, only if a preview succeeds."""
        return self.execute(replace(options or Options(), kind=Mode.UPDATE), listeners, _runs(preview=preview))

    def refresh(
        self, options: Options | None = None, listeners: Sequence[Listener] = (), *, preview: bool = False
    ) -> OperationResult:
        """Read the current state of every resource."""
        wanted = replace(options or Options(), kind=Mode.REFRESH, refresh=True)
        return self.execute(wanted, listeners, _runs(preview=preview))

    def destroy(
        self, options: Options | None = None, listeners: Sequence[Listener] = (), *, preview: bool = False
    ) -> OperationResult:
        """Delete every resource."""
        return self.execute(replace(options or Options(), kind=Mode.DESTROY), listeners, _runs(preview=preview))

    def cancel(self) -> None:
        """End the running operation gracefully; from the event loop's thread."""
        if self._run:
            self._run.cancel()

    def terminate(self) -> None:
        """End the running operation at once, as a second Ctrl-C does; from the event loop's thread."""
        if self._run:
            self._run.abort()

    def import_options(self, document: Any, options: Options | None = None, *, protect: bool = True) -> Options:
        """The operation that takes over what exists, as an import file (the CLI's JSON) lists it.

        Raises:
            ImportFileError: the file is malformed.
            EngineError: there is no such stack in this project.
        """
        store = self._existing()
        self.refuse_other_project()
        decrypt = store.secrets(self.secrets()).decrypt
        imports = ImportFile(document, stack=self.stack, project=self.project.name).imports(protect=protect, decrypt=decrypt)
        return replace(options or Options(), kind=Mode.IMPORT, continue_on_error=True, imports=imports)

    def execute(self, options: Options, listeners: Sequence[Listener] = (), runs: Sequence[bool] = (False,)) -> OperationResult:
        """Carry out runs of an operation until one fails; True stands for a preview.

        Raises:
            StackNotFound: there is no such stack.
            EngineError: it could not begin, or what it did could not be stored.
        """
        store = self._existing()
        self.refuse_other_project()
        secrets = self.secrets()
        config = self.project.stack_config(self.stack, secrets)
        if not self._allow_remote:
            local_only.check(config)
        if self.project.options.get("refresh") == "always" and options.kind == Mode.UPDATE:
            options = replace(options, refresh=True)
        options = replace(options, parallel=options.parallel or default_parallel())
        crypt = store.secrets(secrets)
        result = OperationResult(ok=False)
        with contextlib.nullcontext() if all(runs) else store.lock():
            for preview in runs:
                result = self._carried_out(options, config, crypt, listeners, secrets=secrets, preview=preview)
                if not result.ok:
                    break
                if options.strict:
                    options = replace(options, plan=options.plan or result.plan)
            return replace(result, outputs=stack_outputs(store.load(crypt.decrypt)))

    def _carried_out(
        self,
        options: Options,
        config: StackConfig,
        crypt: PassphraseSecrets,
        listeners: Sequence[Listener],
        *,
        secrets: PassphraseSecrets,
        preview: bool,
    ) -> OperationResult:
        """One run. What it did is stored whatever becomes of it."""
        store = self.store
        state = store.load(crypt.decrypt)
        store.verify_own(state)
        self._announce(f"{_LABELS[options.kind, preview]} ({self.stack}):")
        reporter = Reporter(listeners, Masker(config.values[key] for key in config.secret_keys))
        stacks = StackReferences(self._backend, self.project.name, secrets)
        started = time.time()
        journal = None if preview else store.open_journal(crypt)
        try:
            self._run = Run(
                self.project,
                self.stack,
                config,
                state=state,
                stacks=stacks,
                journal=journal,
                reporter=reporter,
                wrap_providers=self._around,
                local_only=not self._allow_remote,
            )
            outcome = asyncio.run(interruptible(self._run, options, self._announce))
        finally:
            if journal:
                store.close_journal(journal)
        if journal:
            try:
                store.add_history(history_entry(options, outcome, self.project.stored_config(self.stack), started))
            except EngineError as error:
                reporter.warning("", f"the run is stored, but not in the stack's history: {error}")
        return OperationResult(outcome.ok, outcome.canceled, outcome.changes, plan=outcome.plan)


_LABELS = {
    (Mode.UPDATE, True): "Previewing update",
    (Mode.UPDATE, False): "Updating",
    (Mode.REFRESH, True): "Previewing refresh",
    (Mode.REFRESH, False): "Refreshing",
    (Mode.DESTROY, True): "Previewing destroy",
    (Mode.DESTROY, False): "Destroying",
    (Mode.IMPORT, True): "Previewing import",
    (Mode.IMPORT, False): "Importing",
}


def _runs(*, preview: bool) -> Sequence[bool]:
    return (True, False) if preview else (False,)


__all__ = ["Engine", "OperationResult", "Options", "ProjectError", "Terminated"]
