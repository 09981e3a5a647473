"""Sentences in the CLI's words, and values as it prints them; secrets never. Pure."""

from collections.abc import Sequence
from typing import Any

from pulumi_embedded_engine.plan.provider import CheckFailure
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN, OutputValue, Properties, Secret


def quoted(urn: str) -> str:
    """A URN as an argument of a shell command."""
    return f"'{urn}'"


def check_failure_message(state: Resource, failure: CheckFailure) -> str:
    """What a provider finds wrong with the inputs of a resource."""
    subject = f"{state.type} resource '{urns.name_of(state.urn)}'"
    if not failure.property:
        return f"{subject} has a problem: {failure.reason}"
    value = format_value(state.inputs.get(failure.property))
    return f"{subject}: property {failure.property} value {value} has a problem: {failure.reason}"


def format_value(value: Any) -> str:
    """A value as the CLI prints it in messages, with secrets masked."""
    if isinstance(value, Secret) or (isinstance(value, OutputValue) and value.secret):
        return "{[secret]}"
    if value is UNKNOWN:
        return "output<string>{}"
    if isinstance(value, dict):
        return "{map[" + " ".join(f"{key}:{format_value(item)}" for key, item in sorted(value.items())) + "]}"
    if isinstance(value, list):
        return "{[" + " ".join(map(format_value, value)) + "]}"
    return "{" + _plain(value) + "}"


def changes(keys: Sequence[str], olds: Properties, news: Properties) -> str:
    """What changes in these properties, one line each."""
    return "\n".join(f"{key}: {format_value(olds.get(key))} => {format_value(news.get(key))}" for key in keys)


def _plain(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def protected_message(urn: str) -> str:
    """Why a protected resource is not deleted, and what to do."""
    return (
        f'resource "{urn}" cannot be deleted\n'
        "because it is protected. To unprotect the resource, "
        "either remove the `protect` flag from the resource in your Pulumi "
        "program and run `pulumi up`, or use the command:\n"
        f"`pulumi state unprotect {quoted(urn)}`"
    )


def pending_operations(operations: Sequence[tuple[str, str]]) -> str:
    """The warning about pending operations (URN and kind)."""
    listed = "".join(f"  * {urn}, interrupted while {kind}\n" for urn, kind in operations)
    return (
        f"Attempting to deploy or update resources with {len(operations)} pending operations from previous deployment.\n"
        f"{listed}"
        "These resources are in an unknown state because the Pulumi CLI was interrupted while "
        "waiting for changes to these resources to complete. You should confirm whether or not the "
        "operations listed completed successfully by checking the state of the appropriate provider. "
        "For example, if you are using AWS, you can confirm using the AWS Console.\n"
        "\n"
        "Once you have confirmed the status of the interrupted operations, you can repair your stack "
        "using `pulumi refresh` which will refresh the state from the provider you are using and "
        "clear the pending operations if there are any.\n"
        "\n"
        "Note that `pulumi refresh` will need to be run interactively to clear pending CREATE operations."
    )


def unknown_target(urn: str) -> str:
    """Neither the last deployment nor the program has what a person named."""
    hint = "" if "$" in urn else " Did you forget to escape $ in your shell?"
    return f"Target '{urn}' could not be found in the stack.{hint}"


def untargeted_create(urn: str, needed: str, *, excluded: bool) -> str:
    """A resource would need one that is not created because it is out of the operation's limits."""
    why = "is new and was excluded" if excluded else "was was not specified in --target list"
    return f"Resource '{urn}' depends on '{needed}' which {why}."


def untargeted_delete(urn: str, *, excluded: bool) -> str:
    """A resource would have to go although it is out of the operation's limits."""
    if excluded:
        return f"Resource '{urn}' will be destroyed but was excluded.\nLeave it out of --exclude, or exclude what it depends on, too."
    return (
        f"Resource '{urn}' will be destroyed but was not specified in --target list.\n"
        "Either include resource in --target list or pass --target-dependents to proceed."
    )
