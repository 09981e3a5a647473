"""Where a command runs: the environment, the project of the current folder, its stack. Everything is read on first use."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import typer

from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.client import Client, get_client
from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365.apim import arm_settings
from pulumi_workspace365.apim import client as arm_client
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
    """``stack`` and ``state_file`` are the options of the command line, if given.

    Attributes:
        needs_stack: whether a stack must be chosen; else settings come from variables where none is.
        is_deployed: false for a stack that has a configuration file only.
    """

    environ: Mapping[str, str]
    folder: Path
    stack: str | None = None
    state_file: Path | None = None
    needs_stack: bool = True
    is_deployed: bool = True

    @classmethod
    def from_options(
        cls, *, stack: Sequence[str] | None = None, state: Path | None = None, sandbox: bool = False, needs_stack: bool = True
    ) -> "CommandContext":
        """Those of this process; with ``sandbox``, those of the local servers.

        Raises:
            typer.BadParameter: several stacks are given.
            CommandError: the local servers are not there.
        """
        names = list(dict.fromkeys(stack or ()))
        if len(names) > 1:
            raise typer.BadParameter(f"this command looks at one stack; given are {', '.join(names)}.", param_hint="--stack")
        folder = Path.cwd()
        environ = local_sandbox.variables(folder, os.environ) if sandbox else os.environ
        return cls(environ, folder, names[0] if names else None, state, needs_stack)

    def verified(self) -> "CommandContext":
        """This context, whose stack exists if the command line names one.

        Raises:
            CommandError: it does not.
        """
        if self.stack and self.project_root is not None:
            self.require_stack(self.stack)
        return self

    @cached_property
    def project_root(self) -> Path | None:
        """The folder of Pulumi.yaml, here or above."""
        return project_file.find_root(self.folder)

    def require_project(self) -> Path:
        """The folder of Pulumi.yaml.

        Raises:
            CommandError: there is none.
        """
        if self.project_root is None:
            raise CommandError(f"There is no Pulumi.yaml in {self.folder} or above: run in the folder of a Pulumi project.")
        return self.project_root

    def stack_name(self) -> str:
        """The stack to look at, which exists.

        Raises:
            CommandError: it does not, or no stack is given or selected, and there is not exactly one.
        """
        name = self._chosen_stack()
        if self.project_root is not None:
            self.require_stack(name)
        return name

    def _chosen_stack(self) -> str:
        """The stack to look at: the given one, the selected one, or the only one."""
        named = self.stack or self.environ.get("PULUMI_STACK", "").strip()
        if named:
            return named
        root = self.require_project()
        found = self.configured_stacks
        selected = stack_config.selected(root, self.environ)
        if selected and (_plain(selected) in found or _plain(selected) in self._deployed_if_known()):
            return selected
        if len(found) == 1:
            return found[0]
        several = f"has several stacks ({', '.join(found)})" if found else "has no stack yet (`pulumi stack init`)"
        raise CommandError(f"The project in {root} {several}: say which with --stack NAME or PULUMI_STACK.")

    def require_stack(self, name: str) -> None:
        """Refuse a stack that the project does not have. The backend is asked only for one without a configuration file.

        Raises:
            CommandError: there is none; it names the nearest.
        """
        try:
            configured = self.configured_stacks
        except PulumiCLIRequired:
            return
        if _plain(name) in configured:
            return
        try:
            deployed = list(self.deployed_stacks)
        except CommandError:
            if not configured:
                return  # nothing is known of its stacks
            deployed = []
        if _plain(name) not in deployed:
            raise CommandError(self._unknown(name, sorted({*configured, *deployed})))

    def _unknown(self, name: str, known: Sequence[str]) -> str:
        near = nearest(_plain(name), known)
        meant = f"; did you mean {near!r}?" if near else "."
        there = f"Its stacks are {', '.join(known)}. " if known else ""
        return f"The project in {self.project_root} has no stack {name!r}{meant} {there}`pulumi stack init` makes a new one."

    @cached_property
    def configured_stacks(self) -> list[str]:
        """The stacks that have a configuration file.

        Raises:
            CommandError: the project cannot be read.
        """
        return stack_config.stacks(self.project_root) if self.project_root else []

    @cached_property
    def deployed_stacks(self) -> Mapping[str, str | None]:
        """The stacks that the backend has for the project, by name, each with the time of its last update (ISO 8601), if any.

        Raises:
            CommandError: they cannot be listed.
        """
        if self.project_root is None:
            return {}
        command = [*processes.find_engine(self.environ), "stack", "ls", "--json"]
        listed = processes.capture_output(command, self.project_root, self.environ, "list the stacks")
        try:
            return {_plain(str(item["name"])): item.get("lastUpdate") for item in json.loads(listed)}
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise CommandError(
                "Could not list the stacks: `pulumi stack ls --json` did not print the expected JSON."
            ) from problem

    def _deployed_if_known(self) -> Mapping[str, str | None]:
        try:
            return self.deployed_stacks
        except CommandError:
            return {}

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
        found = arm_settings.read(self._lookup, self.environ)
        return arm_client.get_client(found), found.subscription_id

    def state(self) -> StackState:
        """What the stack manages.

        Raises:
            CommandError: it cannot be had.
        """
        if self.state_file is not None:
            return StackState.read(self.state_file)
        if not self.is_deployed:
            return StackState(())
        if self.project_root is None:
            raise CommandError(f"There is no Pulumi.yaml in {self.folder} or above: run in a project, or give --state FILE.")
        stack = self._stack_if_known()
        shown = stack or "(selected)"
        command = [*processes.find_engine(self.environ), "stack", "export", *(["--stack", stack] if stack else [])]
        try:
            exported = processes.capture_output(command, self.project_root, self.environ, f"read the state of stack {shown}")
        except CommandError as problem:
            if stack and (near := self._nearest_configured(stack)):
                raise CommandError(f"{problem} Did you mean the stack {near!r}?") from problem
            raise
        return StackState.parse(exported, f"the export of stack {shown}")

    def _nearest_configured(self, stack: str) -> str | None:
        """The most similar stack, where this one has no configuration file."""
        try:
            configured = self.configured_stacks
        except CommandError:
            return None
        return None if _plain(stack) in configured else nearest(_plain(stack), configured)

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
            return self._chosen_stack()
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
        try:
            stack = self._stack_if_known()
            if stack:
                self.require_stack(stack)
        except CommandError as problem:
            if self.needs_stack:
                raise
            return _without_stack(problem)
        return stack_config.reader(self.project_root, stack, self.environ)

    def configured(self, key: str) -> str | None:
        """A value of the stack's configuration, whatever the environment variables are.

        Raises:
            CommandError: the configuration cannot be read.
        """
        return self._lookup(key)


def _without_stack(problem: CommandError) -> stack_config.Lookup:
    """Nothing is configured; only where the instance itself is missing is it said that no stack was chosen."""

    def get(key: str) -> None:
        if key == "w365:baseUrl":
            raise problem

    return get


def _plain(name: str) -> str:
    """The name of a stack without organization and project."""
    return name.rpartition("/")[2]
