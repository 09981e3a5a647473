"""Several stacks of a project looked at together: their states, and the instances on which their environments live."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import typer

from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.client import Client, get_client
from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365_cli import stack_config
from pulumi_workspace365_cli.context import CommandContext, Key
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.stack_state import StackState

_AT_ONCE = 4
"""Exports of states: each is a process."""
_FOR_ALL = (
    "W365_BASE_URL",
    "W365_PROVISIONING_KEY",
    "W365_PROVISIONING_KEY_FILE",
    "W365_HEALTH_API_KEY",
    "W365_HEALTH_API_KEY_FILE",
)


@dataclass(frozen=True)
class InstanceView:
    """An instance, and the stacks whose configuration names it."""

    client: Client
    contexts: tuple[CommandContext, ...]

    @property
    def instance(self) -> str:
        return self.client.settings.instance


def contexts(
    stack: Sequence[str] | None, *, all_stacks: bool = False, state: Path | None = None, sandbox: bool = False
) -> list[CommandContext]:
    """One context per stack of the options.

    Raises:
        typer.BadParameter: the options exclude each other.
        CommandError: a stack does not exist, or the stacks cannot be listed.
    """
    names = list({name.rpartition("/")[2]: name for name in reversed(stack or ())}.values())[::-1]
    if all_stacks and names:
        raise typer.BadParameter("give --stack NAME or --all-stacks, not both.", param_hint="--all-stacks")
    if state and (all_stacks or len(names) > 1):
        raise typer.BadParameter("it is the state of one stack.", param_hint="--state")
    if len(names) <= 1 and not all_stacks:
        return [CommandContext.from_options(stack=names, state=state, sandbox=sandbox)]
    context = CommandContext.from_options(sandbox=sandbox)
    context.require_project()
    return all_of(context) if all_stacks else [replace(context, stack=name).verified() for name in names]


def all_of(context: CommandContext) -> list[CommandContext]:
    """A context for each stack of the project, by name. A stack that has only a configuration file manages nothing yet.

    Raises:
        CommandError: the stacks cannot be listed, or there is none.
    """
    deployed = context.deployed_stacks
    names = sorted({*context.configured_stacks, *deployed})
    if not names:
        raise CommandError(f"The project in {context.project_root} has no stack yet (`pulumi stack init`).")
    return [replace(context, stack=name, is_deployed=name in deployed) for name in names]


def states(of: Iterable[CommandContext]) -> list[StackState]:
    """What each stack manages.

    Raises:
        CommandError: a state cannot be read.
    """
    wanted = list(of)
    if len(wanted) == 1:
        return [wanted[0].state()]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(CommandContext.state, wanted))


def project_name(context: CommandContext) -> str:
    """The name of a context's project; empty where there is none, or where it cannot be read from here."""
    try:
        return stack_config.program_folder(context.project_root)[0] if context.project_root else ""
    except CommandError:
        return ""


def scopes(of: Iterable[CommandContext], states: Iterable[StackState]) -> tuple[Mapping[str, str], ...]:
    """What distinguishes the stacks in metrics, also those that manage nothing."""
    return tuple(
        state.labels if state.stack else {"project": project_name(context), "stack": (context.stack or "").rpartition("/")[2]}
        for context, state in zip(of, states, strict=True)
    )


def by_instance(of: Sequence[CommandContext], *needed: Key) -> list[InstanceView]:
    """The instances of some stacks, each once, with the keys that are needed. A stack that manages nothing may name none.

    Raises:
        W365Error, CommandError: a setting is missing or malformed, or a variable would send one instance's key to another.
    """
    if len(of) == 1:
        return [InstanceView(of[0].client(*needed), (of[0],))]
    refuse_variables(of)
    found: dict[str, list[CommandContext]] = {}
    settings: dict[str, configuration.Settings] = {}
    for context in of:
        try:
            own = context.settings(*needed)
        except (ConfigurationError, CommandError) as problem:
            if not context.is_deployed:
                continue
            raise CommandError(f"Stack {context.stack}: {problem}") from problem
        settings.setdefault(own.instance, own)
        found.setdefault(own.instance, []).append(context)
    return [InstanceView(get_client(settings[instance]), tuple(those)) for instance, those in found.items()]


def refuse_variables(of: Sequence[CommandContext]) -> None:
    """Refuse variables for stacks of several instances: each applies to every stack.

    Raises:
        CommandError: one would send the key of one instance to another, or take one instance for another.
    """
    addresses = {address for context in of if (address := _configured_address(context))}
    if all(_is_local(context.environ.get("W365_BASE_URL", "")) for context in of) and not any(map(_is_local, addresses)):
        return  # the local servers, with their keys, in place of all instances
    given = [name for name in _FOR_ALL if any(context.environ.get(name, "").strip() for context in of)]
    if len(addresses) > 1 and given:
        raise CommandError(
            f"{', '.join(given)} would apply to all of these stacks, which live on {', '.join(sorted(addresses))}: one instance's key would be "
            "sent to another. Unset it and set each stack's own with `pulumi config set --secret`, or name stacks of one instance."
        )


def _is_local(address: str) -> bool:
    return configuration.is_loopback(urlsplit(address).hostname or "")


def _configured_address(context: CommandContext) -> str | None:
    try:
        raw = context.configured("w365:baseUrl")
        return configuration.normalise_base_url(raw) if raw else None
    except (ConfigurationError, CommandError):
        return None  # told where it is needed
