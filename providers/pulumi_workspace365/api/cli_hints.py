"""Adapts the commands in messages to the CLI that is installed."""

import shutil


def typed_here(message: str) -> str:
    """A message whose commands work here: `pulumi …` where the Pulumi CLI is on PATH, else the embedded engine's of the same words."""
    return message if shutil.which("pulumi") else message.replace("`pulumi ", "`python -m pulumi_embedded_engine ")
