"""Handing a temporary password over once instead of keeping it in state."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from pulumi_workspace365 import errors
from pulumi_workspace365.documents import input_files

_SECONDS = 60


def check_target(target: str) -> None:
    """See that a password could be handed over, before there is one.

    Args:
        target: ``file:PATH`` (a new file, readable by its owner only) or ``command:LINE`` (gets it on standard input).

    Raises:
        errors.Refused: the file exists or has no folder, or the command is not there.
    """
    kind, _, rest = target.partition(":")
    if "\0" in rest:
        raise errors.Refused("temporary_password_to: it holds a null character. Nothing was sent.")
    if kind == "file":
        path = Path(rest)
        if input_files.exists(path):
            raise errors.Refused(f"temporary_password_to: {path} exists already and is not overwritten. Nothing was sent.")
        if not os.access(path.parent, os.W_OK):
            raise errors.Refused(f"temporary_password_to: the folder {path.parent} cannot be written. Nothing was sent.")
        return
    try:
        command, *_ = _split(rest)
    except ValueError as problem:
        raise errors.Refused(
            f"temporary_password_to: the command line cannot be read ({problem}). Nothing was sent."
        ) from problem
    if not shutil.which(command):
        raise errors.Refused(f"temporary_password_to: there is no command {command!r} here. Nothing was sent.")


def deliver_password(target: str, environment: str, password: str) -> None:
    """Hand the password over; a command finds the environment's name in ``W365_ENVIRONMENT``.

    Raises:
        errors.Refused: the delivery failed; the text does not contain the reason, which could reveal the password.
    """
    kind, _, rest = target.partition(":")
    try:
        if kind == "file":
            input_files.write_new(Path(rest), password.encode())
            return
        environ = {**os.environ, "W365_ENVIRONMENT": environment}
        subprocess.run(  # noqa: S603  the user's own command, without a shell
            _split(rest),
            input=password.encode(),
            env=environ,
            check=True,
            timeout=_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except Exception as problem:  # noqa: BLE001  whatever it is, the password is kept, and none of its text is shown
        code = f", exit code {problem.returncode}" if isinstance(problem, subprocess.CalledProcessError) else ""
        raise errors.Refused(
            f"The temporary password of {environment!r} could not be handed over ({type(problem).__name__}{code}); it is kept in state, encrypted, instead."
        ) from None


def _split(line: str) -> list[str]:
    """The command and its arguments. On Windows a backslash separates folders.

    Raises:
        ValueError: a quotation is not closed, or there is nothing.
    """
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    if os.name == "nt":
        lexer.escape = ""
    words = list(lexer)
    if not words:
        raise ValueError("No command")
    return words
