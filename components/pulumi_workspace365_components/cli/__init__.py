"""The ``w365`` command. ``app`` assembles it; each command is one module of ``commands``; ``report`` shows what they found."""

from pulumi_workspace365_components.cli.app import main

__all__ = ["main"]
