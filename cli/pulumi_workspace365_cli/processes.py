"""Runs the Pulumi CLI, or the embedded engine in its place, and returns its output."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_workspace365.api.cli_hints import has_embedded_engine
from pulumi_workspace365_cli.errors import CommandError

_ENGINE = "install pulumi-workspace365[engine] (not released yet: `make wheels` in a clone builds it)"
INSTALL = "put pulumi on PATH" if os.name == "nt" else f"put pulumi on PATH, or {_ENGINE}"
NEITHER = f"neither is installed: {INSTALL}"
LONGEST_SECONDS = 300
"""After so long a command is ended."""


def find_pulumi(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The Pulumi CLI, when there is one on PATH."""
    found = shutil.which("pulumi", path=environ.get("PATH"))
    return (found,) if found else None


def find_engine(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The Pulumi CLI, else the embedded engine.

    Raises:
        CommandError: neither is there.
    """
    if found := find_pulumi(environ):
        return found
    if not has_embedded_engine():
        raise CommandError(f"The stack's state is read by the Pulumi CLI or the embedded engine, and {NEITHER}.")
    return (sys.executable, "-m", "pulumi_embedded_engine")


def capture_output(
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    what: str,
    *,
    piped: bytes | None = None,
    inherited: Sequence[int] = (),
) -> str:
    """What a command prints on standard output.

    Args:
        command: with its arguments.
        folder: where it runs.
        environ: its environment variables.
        what: what it is run for, in messages.
        piped: its standard input.
        inherited: file descriptors that it gets besides.

    Raises:
        CommandError: "Could not ``what``", with the last line of its output.
    """
    done = run(command, folder, environ, what, piped=piped, inherited=inherited)
    if done.returncode:
        raise CommandError(f"Could not {what}: {_shown(command)} says: {reason(done)}")
    return done.stdout.decode("utf-8", "replace")


def run(
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    what: str,
    *,
    piped: bytes | None = None,
    inherited: Sequence[int] = (),
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, whatever its exit code; the arguments are those of `capture_output`.

    Raises:
        CommandError: "Could not ``what``": it cannot be started, or takes too long.
    """
    given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if piped is None else {"input": piped}
    if inherited:  # which Windows refuses to name, even if there are none
        given["pass_fds"] = inherited
    try:
        return subprocess.run(  # noqa: S603  the command is ours
            command, cwd=folder, env=dict(environ), capture_output=True, timeout=LONGEST_SECONDS, check=False, **given
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"Could not {what}: {_shown(command)} took longer than {LONGEST_SECONDS} s.") from None
    except OSError as problem:
        raise CommandError(f"Could not {what}: {_shown(command)} cannot be started: {problem.strerror}.") from problem


def reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """Why a command failed, from what it printed."""
    return first_error(done.stderr.decode("utf-8", "replace")) or f"exit code {done.returncode}"


def first_error(text: str) -> str:
    """The first error in what an engine printed, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    error = next((line for line in lines if line.startswith("error:")), lines[-1] if lines else "")
    return error.removeprefix("error:").strip()


def _shown(command: Sequence[str]) -> str:
    return f"`{' '.join(Path(command[0]).name if index == 0 else part for index, part in enumerate(command))}`"
