"""Where a command runs: the environment, the project of the current folder, its stack. Everything is read on first use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.client import Client, get_client
from pulumi_workspace365.apim import client as arm_client
from pulumi_workspace365.apim import configuration as arm_configuration
from pulumi_workspace365.apim.client import ConnectivityClient
from pulumi_workspace365_cli import local_sandbox, processes, project_file, stack_config
from pulumi_workspace365_cli.errors import CommandError, PulumiCLIRequired
from pulumi_workspace365_cli.stack_state import StackState

Key = Literal["w365:provisioningKey", "w365:healthApiKey"]
PROVISIONING: Key = "w365:provisioningKey"
HEALTH: Key = "w365:healthApiKey"
_KEYS = frozenset({PROVISIONING, HEALTH})


@dataclass(frozen=True)
class CommandContext:
    """``stack`` and ``state_file`` are the options of the command line, if given."""

    environ: Mapping[str, str]
    folder: Path
    stack: str | None = None
    state_file: Path | None = None

    @classmethod
    def from_options(cls, *, stack: str | None = None, state: Path | None = None, sandbox: bool = False) -> "CommandContext":
        """Those of this process; with ``sandbox``, those of the local servers.

        Raises:
            CommandError: the local servers are not there.
        """
        folder = Path.cwd()
        environ = local_sandbox.variables(folder, os.environ) if sandbox else os.environ
        return cls(environ, folder, stack, state)

    @cached_property
    def project_root(self) -> Path | None:
        """The folder of Pulumi.yaml, here or above."""
        return project_file.find_root(self.folder)

    def stack_name(self) -> str:
        """The stack to look at.

        Raises:
            CommandError: no stack is given, and there is not exactly one.
        """
        named = self.stack or self.environ.get("PULUMI_STACK", "").strip()
        if named:
            return named
        if self.project_root is None:
            raise CommandError(f"There is no Pulumi.yaml in {self.folder} or above: run in the folder of a Pulumi project.")
        found = stack_config.stacks(self.project_root)
        if len(found) == 1:
            return found[0]
        several = f"has several stacks ({', '.join(found)})" if found else "has no stack yet (`pulumi stack init`)"
        raise CommandError(f"The project in {self.project_root} {several}: say which with --stack NAME or PULUMI_STACK.")

    def settings(self, *needed: Key) -> configuration.Settings:
        """How the instance is reached: environment variables, then the stack's configuration. Keys that are not needed are not read.

        Raises:
            W365Error, CommandError: what is needed is missing, malformed or cannot be decrypted.
        """

        def get(key: str) -> str | None:
            if key in _KEYS - set(needed) or self._is_set(key):
                return None
            try:
                return self._lookup(key)
            except CommandError:
                if key in needed or key == "w365:baseUrl":
                    raise
                return None

        return configuration.read(get, self.environ)

    def client(self, *needed: Key) -> Client:
        """A client for the instance, with the keys that are needed."""
        return get_client(self.settings(*needed))

    def resource_manager(self) -> tuple[ConnectivityClient, str | None]:
        """A client for Resource Manager, and the subscription of the settings, if they name one. Nothing is sent.

        Raises:
            W365Error, CommandError: a setting is malformed or cannot be decrypted.
        """
        found = arm_configuration.read(self._lookup, self.environ)
        return arm_client.get_client(found), found.subscription_id

    def state(self) -> StackState:
        """What the stack manages.

        Raises:
            CommandError: it cannot be had.
        """
        if self.state_file is not None:
            return StackState.read(self.state_file)
        if self.project_root is None:
            raise CommandError(
                f"There is no Pulumi.yaml in {self.folder} or above: run in a project's folder, or give --state FILE."
            )
        stack = self._stack_if_known()
        command = [*processes.find_engine(self.environ), "stack", "export", *(["--stack", stack] if stack else [])]
        exported = processes.capture_output(
            command, self.project_root, self.environ, f"read the state of stack {stack or '(selected)'}"
        )
        return StackState.parse(exported, f"the export of stack {stack or '(selected)'}")

    def query_pulumi(self, what: str, *arguments: str) -> str | None:
        """What the Pulumi CLI prints about the stack; ``None`` where there is no CLI or no project.

        Raises:
            CommandError: "Could not ``what``", with the CLI's message.
        """
        command = processes.find_pulumi(self.environ)
        if command is None or self.project_root is None:
            return None
        stack = self._stack_if_known()
        chosen = ["--stack", stack] if stack else []
        return processes.capture_output(
            [*command, *arguments, *chosen, "--non-interactive"], self.project_root, self.environ, what
        )

    def _stack_if_known(self) -> str | None:
        """The stack; ``None`` leaves it to the CLI where only that can read the project."""
        try:
            return self.stack_name()
        except PulumiCLIRequired:
            if processes.find_pulumi(self.environ):
                return None
            raise

    def _is_set(self, key: str) -> bool:
        variable = stack_config.variable(key)
        return any(self.environ.get(name, "").strip() for name in (variable, f"{variable}_FILE"))

    @cached_property
    def _lookup(self) -> stack_config.Lookup:
        if self.project_root is None:
            return lambda _: None
        stack = self._stack_if_known()
        return stack_config.reader(self.project_root, stack, self.environ)
