"""Shell completion of values: names of stacks and of environments. A failure offers nothing, and is never an error."""

import dataclasses
import re
from pathlib import Path

import typer

from pulumi_workspace365.api.client import get_client
from pulumi_workspace365.errors import W365Error
from pulumi_workspace365_cli import project_file, stack_config
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError

_TIMEOUT_SECONDS = 3.0
_UNQUOTED = re.compile(r"[\w.@%+=:,/-]+")
"""What no shell takes for more than a word: an offer is put into the line as it is, and a server makes the names."""


def stacks(incomplete: str) -> list[str]:
    """The stacks of the project of this folder that have a configuration file."""
    try:
        root = project_file.find_root(Path.cwd())
        return [name for name in stack_config.stacks(root) if name.startswith(incomplete)] if root else []
    except (CommandError, OSError):
        return []


def environments(context: typer.Context, incomplete: str) -> list[str]:
    """The environments of the instance that the words so far lead to: one list call, without a second try."""
    try:
        here = CommandContext.from_options(stack=context.params.get("stack"), sandbox=bool(context.params.get("sandbox")))
        settings = here.settings(PROVISIONING)
        quick = dataclasses.replace(settings, max_retries=0, request_timeout=min(settings.request_timeout, _TIMEOUT_SECONDS))
        found = get_client(quick).list_environments()
    except (CommandError, W365Error, OSError):
        return []
    return sorted(entry.name for entry in found if entry.name.startswith(incomplete) and _UNQUOTED.fullmatch(entry.name))
