"""A stack of a project: its state, its secrets and its configuration, apart from the operations that run its program."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.errors import EngineError, InvalidName, StateError
from pulumi_embedded_engine.plan.graph import without_resource
from pulumi_embedded_engine.plan.snapshot import Snapshot
from pulumi_embedded_engine.providers.stack_references import stack_outputs
from pulumi_embedded_engine.resource.deployment import Deployment
from pulumi_embedded_engine.resource.values import Properties
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.names import StackName
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt, passphrase_from_environment
from pulumi_embedded_engine.store.stack_store import StackStore
from pulumi_embedded_engine.workspace.project import Project
from pulumi_embedded_engine.workspace.selected import SelectedStack


class StackNotFound(EngineError):
    """The stack does not exist in the backend."""


def configured_backend_url(project: Project) -> str:
    """The address of the folder that keeps the state of a project's stacks.

    Raises:
        StateError: no backend is configured.
    """
    if url := os.environ.get("PULUMI_BACKEND_URL") or project.backend_url:
        return url
    raise StateError(
        "no backend is configured: PULUMI_BACKEND_URL is not set. This engine keeps it in a folder: run "
        "`export PULUMI_BACKEND_URL=file://$PWD/.state` first, and in each new shell. (Pulumi Cloud needs the Pulumi CLI.)"
    )


class BackendStack:
    """A stack of a project, which need not exist yet. An interrupted change of its secrets provider is completed first.

    Args:
        directory: the project's folder, or one below it; or the project itself.
        stack: the stack's name, as `[organization/[project/]]stack`.
        backend_url: where its state is (`file://…`); PULUMI_BACKEND_URL by default.
        passphrase: of its secrets; from the environment, as with the CLI, by default.

    Raises:
        InvalidName: no stack can have the name, or it names another organization.
        StateError: no backend is configured, or it cannot be read.
    """

    def __init__(
        self, directory: Path | str | Project, stack: str, *, backend_url: str | None = None, passphrase: str | None = None
    ) -> None:
        self.project = directory if isinstance(directory, Project) else Project.load(directory)
        self._given = stack
        self.name = StackName.parse(stack, self.project.name)
        self.stack = self.name.name
        self._passphrase = passphrase
        url = backend_url or configured_backend_url(self.project)
        self.selection = SelectedStack(self.project, url)
        self.backend = Backend.from_url(url)
        self.store = self.backend.stack(self.name.project, self.name.name)
        if self.store.is_changing:
            with self.store.lock():  # completes the change: until then two passphrases would be needed
                pass

    def exists(self) -> bool:
        """Whether the backend has the stack."""
        return self.store.exists()

    def require_exists(self) -> None:
        """Require that the stack exists.

        Raises:
            StackNotFound: the backend has no such stack.
        """
        self.existing_store()

    def create(self) -> None:
        """Create the stack, and its encryption salt where its configuration has none.

        Raises:
            InvalidName: it would belong to another project.
            StateError: it exists, or cannot be stored.
        """
        try:
            self.require_own_project()
        except InvalidName as error:
            raise InvalidName(f"could not create stack: {error}") from error
        self.store.must_not_exist()
        self.store.init(self.secrets())

    def remove_stack(self, *, preserve_config: bool = False) -> None:
        """Remove a stack without resources, and its configuration file unless ``preserve_config`` is set.

        Raises:
            StateError: it has resources, does not exist, or its configuration cannot be removed.
        """
        store = self.existing_store()
        with store.lock():  # replays the journal of an interrupted run, so that its resources are not lost
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
        """Whether it belongs to another project, whose configuration files are elsewhere."""
        return self.name.project != self.project.name

    def require_own_project(self) -> None:
        """Require that the stack belongs to this project.

        Raises:
            InvalidName: it belongs to another project.
        """
        if self.is_foreign:
            raise InvalidName(f'provided project name "{self.name.project}" doesn\'t match Pulumi.yaml')

    def secrets(self) -> PassphraseSecrets:
        """The secrets provider of the stack's configuration; a stack without one gets a salt.

        For a stack of another project, whose configuration file is elsewhere, the salt in its state is used.

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

    def existing_store(self) -> StackStore:
        """The store of the stack.

        Raises:
            StackNotFound: the backend has no such stack.
        """
        if not self.store.exists():
            raise StackNotFound(f"no stack named '{self._given}' found")
        return self.store

    def load(self) -> Deployment:
        """The stored deployment.

        Raises:
            StackNotFound: the backend has no such stack.
            EngineError: it cannot be read.
        """
        store = self.existing_store()
        return store.load(store.secrets(self.secrets()).decrypt)

    def outputs(self) -> Properties:
        """The outputs of the stack, with secrets marked."""
        return stack_outputs(self.load())

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The document of `pulumi stack export`."""
        return self.existing_store().export(self.secrets() if show_secrets else None)

    def import_state(self, document: Mapping[str, Any]) -> None:
        """Replace the deployment by an exported one."""
        store = self.existing_store()
        with store.lock():
            store.import_(document, self.secrets())

    def protect(self, *, protected: bool, only: Sequence[str] | None = None) -> None:
        """Protect these resources, or all, or remove their protection.

        Raises:
            EngineError: the stack has no such resource.
        """
        with self._changing() as state:
            urns = {resource.urn for resource in state.resources}
            if only is not None and (missing := sorted(set(only) - urns)):
                raise EngineError(f'No such resource "{missing[0]}" exists in the current state')
            state.resources = [
                replace(item, protect=protected) if only is None or item.urn in only else item for item in state.resources
            ]

    def protected(self) -> Sequence[str]:
        """The URNs of protected resources and of their dependencies."""
        snapshot = Snapshot(self.load().resources)
        protected = [entry for entry in snapshot.entries if entry.state.protect]
        return sorted({needed.urn for entry in protected for needed in (entry, *snapshot.graph.all_dependencies(entry))})

    def remove_from_state(self, urns: Sequence[str]) -> None:
        """Remove resources from the state; nothing is deleted. Resources that are pending deletion stay.

        Raises:
            EngineError: the stack has no such resource, it is protected, or another one depends on it.
        """
        with self._changing() as state:
            for urn in urns:
                state.resources = without_resource(state.resources, urn)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Deployment]:
        """The deployment, which is stored as the block leaves it."""
        store = self.existing_store()
        crypt = store.secrets(self.secrets())
        with store.lock():
            state = store.load(crypt.decrypt)
            yield state
            store.save(state, crypt.encrypt)
