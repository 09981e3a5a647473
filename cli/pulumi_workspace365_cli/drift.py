"""Compares a stack's state with the list of environments. Pure: it sends nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pulumi_workspace365.api import timestamps
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.lifecycle import environment_cache
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.report import CheckStatus
from pulumi_workspace365_cli.stack_state import StackState, StateResource

Status = Literal["in sync", "drifted", "gone", "re-created", "not verifiable", "unmanaged"]
VERDICTS: Mapping[Status, CheckStatus] = {
    "in sync": "ok",
    "drifted": "failed",
    "gone": "failed",
    "re-created": "failed",
    "not verifiable": "skipped",
    "unmanaged": "skipped",
}
_NO_READ_BACK = {"Template": "the list does not show what was imported"}


@dataclass(frozen=True)
class DriftFinding:
    """One resource or environment. ``differences`` maps a property to what was recorded and what was found."""

    environment: str
    status: Status
    detail: str = ""
    resource: StateResource | None = None
    differences: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    stack: str = ""
    """The stack that manages it; empty if none does."""

    @property
    def is_drift(self) -> bool:
        """Whether the instance differs from the state."""
        return VERDICTS[self.status] == "failed"


_HIDDEN = "the instance does not list it, but an entry of its list cannot be read and may be it"


def compare(states: Sequence[StackState], entries: EnvironmentIndex) -> Iterator[DriftFinding]:
    """A finding per managed resource of each stack, then one per environment that none of them manages."""
    managed: set[str] = set()
    for state in states:
        for resource in state.environments:
            entry = entries.find(resource.id)
            managed.add(entry.name if entry else resource.id)
        yield from (replace(finding, stack=state.stack) for finding in _managed(state, entries))
    who = "the stack does not manage it" if len(states) == 1 else "none of the stacks manages it"
    for entry in entries:
        if entry.name not in managed:
            yield DriftFinding(entry.name, "unmanaged", who)


def _managed(state: StackState, entries: EnvironmentIndex) -> Iterator[DriftFinding]:
    for resource in (*state.environments, *state.settings):
        judge = _environment if resource.kind == "Environment" else _settings
        entry = entries.find(resource.id)
        if entry is None and entries.may_hide(resource.id):
            yield DriftFinding(resource.id, "not verifiable", _HIDDEN, resource)
        else:
            yield judge(resource, entry)


def _environment(resource: StateResource, entry: EnvironmentEntry | None) -> DriftFinding:
    if entry is None:
        return DriftFinding(resource.id, "gone", "the instance does not list it", resource)
    if not timestamps.same_moment(resource.text_output("creation_date"), entry.creation_date):
        found = {"creation_date": (resource.text_output("creation_date"), entry.creation_date)}
        return DriftFinding(resource.id, "re-created", _describe(found), resource, found)
    differences = dict(_differences(resource, entry))
    if differences:
        return DriftFinding(resource.id, "drifted", _describe(differences), resource, differences)
    if not resource.is_complete:
        return DriftFinding(resource.id, "drifted", "the last `pulumi up` did not complete it", resource)
    return DriftFinding(resource.id, "in sync", "", resource)


def _differences(resource: StateResource, entry: EnvironmentEntry) -> Iterator[tuple[str, tuple[object, object]]]:
    if resource.id != entry.name:
        yield "name", (resource.id, entry.name)
    declared = resource.input("active")
    recorded = declared if isinstance(declared, bool) else resource.outputs.get("is_active")
    if isinstance(recorded, bool) and recorded != entry.is_active:
        yield "active", (recorded, entry.is_active)


def _settings(resource: StateResource, entry: EnvironmentEntry | None) -> DriftFinding:
    """Settings can only be written: all that can be seen is whether the environment that got them is still there."""
    if entry is None:
        return DriftFinding(resource.id, "gone", "with its environment", resource)
    if environment_cache.is_different_incarnation(resource.text_output("written_to"), entry):
        return DriftFinding(resource.id, "re-created", "the environment was re-created after these were sent", resource)
    if not resource.is_complete:
        return DriftFinding(resource.id, "drifted", "the last `pulumi up` did not complete it", resource)
    why = _NO_READ_BACK.get(resource.kind, "the API can write these settings, but not read them")
    return DriftFinding(resource.id, "not verifiable", why, resource)


def _describe(differences: Mapping[str, tuple[object, object]]) -> str:
    return "; ".join(f"{name}: {_word(before)} recorded, {_word(now)} found" for name, (before, now) in differences.items())


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)
