"""Adapts the commands in messages to the CLI that is installed."""

import os
import shutil
from importlib.util import find_spec

_COMMAND = "`pulumi "


def for_installed_cli(message: str) -> str:
    """Adapt the commands in a message: to those of the embedded engine, if it is installed and no Pulumi CLI is on PATH."""
    if _COMMAND not in message or shutil.which("pulumi") or not has_embedded_engine():  # reports have thousands of texts
        return message
    return message.replace(_COMMAND, "`python -m pulumi_embedded_engine ")


def has_embedded_engine() -> bool:
    """Whether the embedded engine is installed and runs on this system."""
    return os.name != "nt" and find_spec("pulumi_embedded_engine") is not None
