"""The states of some stacks compared with their instance, by one list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi_workspace365_cli import stack_views
from pulumi_workspace365_cli.drift import DriftFinding, compare
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.stack_state import StackState
from pulumi_workspace365_cli.stack_views import InstanceView


@dataclass(frozen=True)
class InstanceDrift:
    """What was found on one instance.

    Attributes:
        allowed: how many environments of a stack may be found gone (W365_ALLOW_VANISHED).
        scopes: what distinguishes each of the stacks in metrics.
    """

    instance: str
    states: Sequence[StackState]
    findings: Sequence[DriftFinding]
    allowed: int
    scopes: Sequence[Mapping[str, str]]


def compared(view: InstanceView) -> InstanceDrift:
    """Every finding of the stacks on an instance.

    Raises:
        W365Error: the instance does not list its environments.
        CommandError: a state cannot be read, or holds nothing but what lives on other instances.
    """
    states = stack_views.states(view.contexts)
    for state in states:
        _refuse_another_instance(view.instance, state)
    listed = EnvironmentIndex(view.client.list_environments())
    findings = list(compare([state.on_instance(view.instance) for state in states], listed))
    scopes = stack_views.scopes(view.contexts, states)
    return InstanceDrift(view.instance, states, findings, view.client.settings.allow_vanished, scopes)


def _refuse_another_instance(instance: str, state: StackState) -> None:
    others = sorted({resource.instance or "" for resource in state.on_other_instances(instance)})
    if others and not state.on_instance(instance).resources:
        raise CommandError(
            f"Nothing that the stack manages lives on {instance}, but on {', '.join(others)}: point W365_BASE_URL (w365:baseUrl) there, or name another stack."
        )
