"""Code run by another user: only root can start it, and in a user namespace that maps root alone not even root."""

import functools
import subprocess
import sys

UID = 65534
"""Of the user nobody, and of its group."""
BECOME = f"import os\nos.setgroups([])\nos.setresgid({UID}, {UID}, {UID})\nos.setresuid({UID}, {UID}, {UID})\n"
"""What a program says once everything is imported: Python itself may stand where nobody else reads."""


@functools.cache
def is_possible() -> bool:
    return subprocess.run([sys.executable, "-I", "-S", "-c", BECOME], capture_output=True, check=False).returncode == 0


def printed(code: str, *arguments: str) -> list[str]:
    """The lines that a program prints which holds ``BECOME``."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()
