"""The Pulumi CLI, or the embedded engine in its place, as the Automation API's command: a process that outlives the rollout.

It gets a session of its own, so that Ctrl-C at the terminal does not reach it, and writes to files instead of pipes, so that it does not die with who reads
them. While it or anything that it started lives, it holds a lock: by that a resumed rollout knows that an update is still under way.
"""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from pulumi import automation
from semver import VersionInfo

from pulumi_workspace365_cli import inherited_lock, processes
from pulumi_workspace365_cli.errors import CommandError

_EVENTS_IN_A_FILE = VersionInfo(3, 205, 0)
"""From the next version on, the Automation API has the CLI send events to a server of its own, which the embedded engine does not do."""
_NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


class EngineCommand(automation.PulumiCommand):
    """Runs an engine for one stack.

    Args:
        command: the engine, without arguments.
        environ: its environment variables.
        lock: the file whose lock it holds.

    Raises:
        CommandError: the installed CLI is too old.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], lock: Path, version: VersionInfo | None) -> None:
        self.command, self.version = command[0], version
        self._command, self._environ, self._lock = tuple(command), environ, lock

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: automation.OnOutput | None = None,
        on_error: automation.OnOutput | None = None,
    ) -> automation.CommandResult:
        """As of ``PulumiCommand``; the callbacks are called with each line once the command has ended.

        Raises:
            pulumi.automation.CommandError: it failed.
        """
        environ = {**self._environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        command = [*self._command, *args, "--non-interactive"]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, inherited_lock.hold(self._lock) as inherited:
            code = _run(command, cwd, environ, (output, errors), inherited)
            result = automation.CommandResult(_text(output, on_output), _text(errors, on_error), code)
        if code:
            raise automation.CommandError(result)
        return result


def engine_version(environ: Mapping[str, str]) -> VersionInfo | None:
    """The version of the CLI that the Automation API accepts, or how far it has to treat the embedded engine as one.

    Raises:
        CommandError: the CLI is too old, or does not start.
    """
    if processes.find_pulumi(environ) is None:
        return _EVENTS_IN_A_FILE
    try:
        return automation.PulumiCommand().version
    except (automation.InvalidVersionError, subprocess.SubprocessError, OSError) as problem:
        raise CommandError(f"The Pulumi CLI on PATH cannot be used: {problem}") from problem


def _run(
    command: Sequence[str],
    folder: str,
    environ: Mapping[str, str],
    outputs: tuple[IO[bytes], IO[bytes]],
    inherited: tuple[int, ...],
) -> int:
    options: dict[str, Any] = {"creationflags": _NEW_GROUP} if os.name == "nt" else {"start_new_session": True}
    output, errors = outputs
    with subprocess.Popen(  # noqa: S603  the command is ours
        command,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        pass_fds=inherited,
        **options,
    ) as process:
        return process.wait()


def _text(stream: IO[bytes], listener: automation.OnOutput | None) -> str:
    stream.seek(0)
    text = stream.read().decode("utf-8", "replace")
    if listener:
        for line in text.splitlines():
            listener(line)
    return text
