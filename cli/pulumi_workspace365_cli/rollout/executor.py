"""Previews and updates stacks through Pulumi's Automation API, a thread per stack. Each is given by name; none is ever selected."""

import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pulumi import automation
from semver import VersionInfo

from pulumi_workspace365.documents import input_files, json_document
from pulumi_workspace365_cli import inherited_lock, processes, stack_config
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import preview
from pulumi_workspace365_cli.planning.preview import Diagnostic, Preview
from pulumi_workspace365_cli.rollout import engine_process
from pulumi_workspace365_cli.rollout.engine_process import EngineCommand
from pulumi_workspace365_cli.rollout.shared_host import Hosts, OwnHosts

_HISTORY = 10
_POLL_SECONDS = 0.5
_LONGEST_SECONDS = 900
_UNDER_WAY = "in-progress"

Outcome = Literal["succeeded", "failed", "unknown"]
OnStep = Callable[[int], None]


class StackError(Exception):
    """An engine could not preview or update a stack; the text is its own first error."""


@dataclass(frozen=True)
class StackPreview:
    """A preview of a stack.

    Attributes:
        plan: the file in which the engine saved it.
        is_unchanged: an update would change nothing, not even the stack's outputs.
    """

    preview: Preview
    plan: Path
    is_unchanged: bool


class _Workspace(automation.LocalWorkspace):
    def select_stack(self, stack_name: str) -> None:
        """Leaves what the user has selected: each command names its stack."""

    def stack_outputs(self, stack_name: str) -> automation.OutputMap:  # noqa: ARG002  the API's signature
        """None: they would be read with their secrets, and a rollout has no use for them."""
        return {}


@dataclass(frozen=True)
class Executor:
    """The engine that is there, for the stacks of a project.

    Attributes:
        root: the folder of Pulumi.yaml.
        folder: for files of the rollout: saved plans, and a lock per stack.
        hosts: of dynamic providers.
    """

    root: Path
    folder: Path
    environ: Mapping[str, str]
    command: Sequence[str]
    version: VersionInfo | None
    refresh: bool = False
    hosts: Hosts = field(default_factory=OwnHosts)

    @classmethod
    def find(
        cls, root: Path, folder: Path, environ: Mapping[str, str], *, hosts: Hosts | None = None, refresh: bool = False
    ) -> "Executor":
        """The Pulumi CLI, else the embedded engine.

        Raises:
            CommandError: neither is there, or the CLI is too old.
        """
        command = processes.find_engine(environ)
        return cls(root, folder, environ, command, engine_process.engine_version(environ), refresh, hosts or OwnHosts())

    def preview(self, name: str) -> StackPreview:
        """Preview a stack, and save its plan.

        Raises:
            StackError: the preview failed; nothing was changed.
        """
        # of its own: a preview that an interrupted rollout left may still write its plan
        plan = self.folder / f"{name}.{secrets.token_hex(4)}.plan.json"
        lines, watch = list[str](), _Watch()
        try:
            with self._attached(name) as stack:
                stack.preview(
                    json=True,
                    plan=str(plan),
                    refresh=self.refresh or None,
                    on_output=lines.append,
                    on_event=watch.take,
                    color="never",
                )
        except automation.CommandError as problem:
            raise StackError(self.hosts.failure or _without_traceback(_preview_error(lines, problem))) from None
        except RuntimeError as problem:  # the Automation API has not seen the summary
            raise StackError(f"the preview of stack {name} ended without a summary") from problem
        try:
            found = preview.read("\n".join(lines).encode(), f"the preview of stack {name}")
            is_unchanged = not watch.has_changes and _is_unchanged(plan)
        except (CommandError, input_files.FileError) as problem:
            raise StackError(str(problem)) from problem
        if found.errors:
            raise StackError(found.errors[0])
        return StackPreview(found, plan, is_unchanged and all(step.op in preview.QUIET for step in found.steps))

    def update(self, name: str, plan: Path, message: str, on_step: OnStep) -> None:
        """Deploy a saved plan.

        Args:
            name: the stack.
            plan: what was judged.
            message: for the stack's history.
            on_step: called with the number of resources that are done.

        Raises:
            StackError: it failed; what it did until then is in the stack's state.
        """
        watch = _Watch(on_step)
        try:
            with self._attached(name) as stack:
                stack.up(
                    plan=str(plan),
                    message=message,
                    refresh=self.refresh or None,
                    on_event=watch.take,
                    color="never",
                    show_secrets=False,
                    suppress_outputs=True,
                )
        except automation.CommandError as problem:
            raise StackError(
                self.hosts.failure or _without_traceback(watch.error or processes.first_error(str(problem)))
            ) from None
        except (AssertionError, ValueError, KeyError) as problem:  # of the Automation API, which reads the history afterwards
            raise StackError(f"the update of stack {name} ended, but the stack's history cannot be read") from problem

    def outcome(self, name: str, message: str) -> Outcome:
        """How an update ended that an earlier process started, once it has ended; ``unknown`` where its engine was killed too.

        Raises:
            StackError: it does not end, or this cannot be found out.
        """
        self._await_end(name)
        try:
            stack = self._stack(name)
            result = self._result(stack, message)
            if result == "unknown":
                self._release(stack)
        except (automation.CommandError, ValueError, KeyError) as problem:
            raise StackError(f"the history of stack {name} cannot be read: {processes.first_error(str(problem))}") from None
        return result

    def _result(self, stack: automation.Stack, message: str) -> Outcome:
        ends = time.monotonic() + _LONGEST_SECONDS
        while True:
            runs = [run for run in stack.history(_HISTORY, show_secrets=False) if run.message == message]
            if not runs or runs[0].result in {"succeeded", "failed"}:
                return "unknown" if not runs else "succeeded" if runs[0].result == "succeeded" else "failed"
            if runs[0].result != _UNDER_WAY or time.monotonic() > ends:
                return "failed"
            time.sleep(_POLL_SECONDS)

    def _await_end(self, name: str) -> None:
        if not inherited_lock.await_release(self._lock(name), _LONGEST_SECONDS):
            raise StackError(f"the update of stack {name} that was under way still is (it holds {self._lock(name)})")

    def _release(self, stack: automation.Stack) -> None:
        """Release a stack whose CLI was killed. The lock files of living processes, and of other machines, stay."""
        locks = stack_config.lock_files(self.root, stack.name, self.environ)
        if locks and all(map(_is_of_a_dead_process, locks)) and processes.find_pulumi(self.environ):
            stack.cancel()

    def _lock(self, name: str) -> Path:
        return self.folder / f"{name}.lock"

    @contextmanager
    def _attached(self, name: str) -> Iterator[automation.Stack]:
        """A stack whose engine finds its host."""
        try:
            with self.hosts.attached(name) as variables:
                yield self._stack(name, variables)
        except CommandError as problem:
            raise StackError(str(problem)) from problem

    def _stack(self, name: str, variables: Mapping[str, str] | None = None) -> automation.Stack:
        command = EngineCommand(self.command, self.environ, self._lock(name), self.version)
        workspace = _Workspace(work_dir=str(self.root), pulumi_command=command, env_vars=dict(variables or {}))
        return automation.Stack.select(name, workspace)


class _Watch:
    """What an engine tells while it runs."""

    def __init__(self, on_step: OnStep = lambda _: None) -> None:
        self._on_step, self._done, self._errors = on_step, 0, list[Diagnostic]()
        self.has_changes = False

    def take(self, event: automation.EngineEvent) -> None:
        if event.res_outputs_event or event.res_op_failed_event:
            self._done += 1
            self._on_step(self._done)
        if event.res_outputs_event:
            self.has_changes = self.has_changes or not _is_same(event.res_outputs_event.metadata)
        diagnostic = event.diagnostic_event
        if diagnostic and diagnostic.severity == "error":
            self._errors.append(Diagnostic(urn=diagnostic.urn, message=_plain(diagnostic.message), severity="error"))

    @property
    def error(self) -> str:
        """The first error, of those that are more than that the update failed."""
        lines = Preview(diagnostics=self._errors).errors
        return next((line for line in lines if line != "update failed"), "")


def _is_same(step: automation.StepEventMetadata) -> bool:
    """Whether a step leaves a resource, and what the state records of it, as it is."""
    if step.op == automation.OpType.REFRESH:
        before, after = step.old, step.new
        if before is None or after is None:
            return False
        return (before.inputs, before.outputs) == (after.inputs, after.outputs)
    return step.op == automation.OpType.SAME


def _without_traceback(line: str) -> str:
    """An error in one line; of a program's exception only its type and text."""
    head, mark, rest = line.partition("Traceback (most recent call last):")
    words = rest.split()
    types = [at for at, word in enumerate(words) if word.rstrip(":").endswith(("Error", "Exception"))]
    return f"{head}{' '.join(words[types[-1] :])}" if mark and types else line


def _plain(message: str) -> str:
    """A message without the engine's marks for colours."""
    return message.replace("<{%reset%}>", "")


def _preview_error(lines: Sequence[str], problem: Exception) -> str:
    try:
        errors = Preview.model_validate_json("\n".join(lines)).errors
    except ValueError:
        errors = []
    return errors[0] if errors else processes.first_error(str(problem))


def _is_unchanged(plan: Path) -> bool:
    """Whether a saved plan has nothing but resources that stay the same, with the same inputs and outputs."""
    text = input_files.read_regular_file(plan, largest=input_files.DOCUMENT_BYTES).decode("utf-8", "replace")
    planned = json_document.parse(text, plan.name)["resourcePlans"]
    return all(_stays_same(resource) for resource in planned.values())


def _stays_same(resource: Mapping[str, Any]) -> bool:
    goal = resource.get("goal") or {}
    return resource.get("steps") == ["same"] and not goal.get("inputDiff") and not goal.get("outputDiff")


def _is_of_a_dead_process(lock: Path) -> bool:
    """Whether the process that wrote a lock file of the CLI ran on this machine, and does no more."""
    try:
        owner = json.loads(lock.read_bytes())
        if owner["hostname"] != socket.gethostname():
            return False
        os.kill(int(owner["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return False
