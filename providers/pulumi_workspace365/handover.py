"""Handing a temporary password over once instead of keeping it in state."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from pulumi_workspace365 import errors

_SECONDS = 60


def check(target: str) -> None:
    """See that a password could be handed over, before there is one.

    Args:
        target: ``file:PATH`` (a new file, readable by its owner only) or ``command:LINE`` (gets it on standard input).

    Raises:
        errors.Refused: the file exists or has no folder, or the command is not there.
    """
    kind, _, rest = target.partition(":")
    if kind == "file":
        path = Path(rest)
        if path.exists():
            raise errors.Refused(f"temporary_password_to: {path} exists already and is not overwritten. Nothing was sent.")
        if not os.access(path.parent, os.W_OK):
            raise errors.Refused(f"temporary_password_to: the folder {path.parent} cannot be written. Nothing was sent.")
    elif not shutil.which(shlex.split(rest)[0]):
        raise errors.Refused(f"temporary_password_to: there is no command {shlex.split(rest)[0]!r} here. Nothing was sent.")


def deliver(target: str, environment: str, password: str) -> None:
    """Hand the password over; a command finds the environment's name in ``W365_ENVIRONMENT``.

    Raises:
        errors.Refused: it could not be handed over; the text does not tell why, which could tell the password.
    """
    kind, _, rest = target.partition(":")
    try:
        if kind == "file":
            descriptor = os.open(rest, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(password)
            return
        environ = {**os.environ, "W365_ENVIRONMENT": environment}
        subprocess.run(  # noqa: S603  the user's own command, without a shell
            shlex.split(rest),
            input=password.encode(),
            env=environ,
            check=True,
            timeout=_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as problem:
        code = f", exit code {problem.returncode}" if isinstance(problem, subprocess.CalledProcessError) else ""
        raise errors.Refused(
            f"The temporary password of {environment!r} could not be handed over ({type(problem).__name__}{code}); it is kept in state, encrypted, instead."
        ) from None
