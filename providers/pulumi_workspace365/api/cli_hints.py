"""Adapts the commands in messages to the CLI that is installed."""

import os
import shutil
from importlib.util import find_spec


def for_installed_cli(message: str) -> str:
    """Adapt the commands in a message: to those of the embedded engine, if it is installed and no Pulumi CLI is on PATH."""
    if shutil.which("pulumi") or not has_embedded_engine():
        return message
    return message.replace("`pulumi ", "`python -m pulumi_embedded_engine ")


def has_embedded_engine() -> bool:
    """Whether the embedded engine is installed and runs on this system."""
    return os.name != "nt" and find_spec("pulumi_embedded_engine") is not None
