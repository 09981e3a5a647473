"""The engine for use from Python: a stack of a project, and the operations on it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.backend_stack import BackendStack
from pulumi_embedded_engine.errors import EngineError, ProjectError, UnsupportedSystem
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.plan.provider import Providers
from pulumi_embedded_engine.plan.update_plan import UpdatePlan
from pulumi_embedded_engine.providers.stack_references import StackReferences, stack_outputs
from pulumi_embedded_engine.report.events import Listener
from pulumi_embedded_engine.report.masking import Masker
from pulumi_embedded_engine.report.observer import Reporter
from pulumi_embedded_engine.resource.values import Properties
from pulumi_embedded_engine.run.imports import ImportFile
from pulumi_embedded_engine.run.interrupts import Terminated, interruptible
from pulumi_embedded_engine.run.operation import Run
from pulumi_embedded_engine.run.options import Options, default_parallel, history_entry
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.workspace import local_only
from pulumi_embedded_engine.workspace.config import StackConfig
from pulumi_embedded_engine.workspace.project import Project

_UNCHANGING = frozenset({"same", "read", "discard", "read-replacement"})


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


class Engine(BackendStack):
    """A stack, and the operations that run its program.

    Args:
        directory: the project's folder, or one below it; or the project itself.
        stack: the stack's name, as `[organization/[project/]]stack`.
        backend_url: where its state is (`file://…`); PULUMI_BACKEND_URL by default.
        passphrase: of its secrets; from the environment, as with the CLI, by default.
        allow_remote: allow addresses of other machines in configuration and environment.
        announce: called with a heading, such as "Previewing update (dev):".
        wrap_providers: called with the providers of a run; returns those that its deployment uses.

    Raises:
        InvalidName: no stack can have the name, or it names another organization.
        UnsupportedSystem: this is Windows.
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
        if os.name == "nt":
            raise UnsupportedSystem
        super().__init__(directory, stack, backend_url=backend_url, passphrase=passphrase)
        self._allow_remote, self._announce, self._wrap_providers = allow_remote, announce, wrap_providers
        self._run: Run | None = None

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
        refresh_options = replace(options or Options(), kind=Mode.REFRESH, refresh=True)
        return self.execute(refresh_options, listeners, _runs(preview=preview))

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
        store = self.existing_store()
        self.require_own_project()
        decrypt = store.secrets(self.secrets()).decrypt
        imports = ImportFile(document, stack=self.stack, project=self.project.name).imports(protect=protect, decrypt=decrypt)
        return replace(options or Options(), kind=Mode.IMPORT, continue_on_error=True, imports=imports)

    def execute(self, options: Options, listeners: Sequence[Listener] = (), runs: Sequence[bool] = (False,)) -> OperationResult:
        """Carry out runs of an operation until one fails; True is a preview.

        Raises:
            StackNotFound: there is no such stack.
            EngineError: it could not begin, or what it did could not be stored.
        """
        store = self.existing_store()
        self.require_own_project()
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
            return result if all(runs) else replace(result, outputs=stack_outputs(store.load(crypt.decrypt)))

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
        """One run. What it did is stored whatever becomes of it. The outputs are those before the run."""
        store = self.store
        state = store.load(crypt.decrypt)
        store.verify_own(state)
        self._announce(f"{_LABELS[options.kind, preview]} ({self.stack}):")
        reporter = Reporter(listeners, Masker(config.values[key] for key in config.secret_keys))
        stacks = StackReferences(self.backend, self.project.name, secrets)
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
                wrap_providers=self._wrap_providers,
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
        return OperationResult(outcome.ok, outcome.canceled, outcome.changes, stack_outputs(state), outcome.plan)


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
