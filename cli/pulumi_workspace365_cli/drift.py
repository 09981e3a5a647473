"""Compares a stack's state with the list of environments. Pure: it sends nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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

    @property
    def is_drift(self) -> bool:
        return VERDICTS[self.status] == "failed"


_HIDDEN = "the instance does not list it, but an entry of its list cannot be read and may be it"


def compare(state: StackState, entries: EnvironmentIndex) -> Iterator[DriftFinding]:
    """A finding per managed resource, then one per environment that is not managed."""
    managed: set[str] = set()
    for resource in state.environments:
        entry = entries.find(resource.id)
        managed.add(entry.name if entry else resource.id)
        is_hidden = entry is None and entries.may_hide(resource.id)
        yield DriftFinding(resource.id, "not verifiable", _HIDDEN, resource) if is_hidden else _environment(resource, entry)
    for resource in state.settings:
        entry = entries.find(resource.id)
        is_hidden = entry is None and entries.may_hide(resource.id)
        yield DriftFinding(resource.id, "not verifiable", _HIDDEN, resource) if is_hidden else _settings(resource, entry)
    for entry in entries:
        if entry.name not in managed:
            yield DriftFinding(entry.name, "unmanaged", "the stack does not manage it")


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
    wanted = resource.input("active")
    recorded = wanted if isinstance(wanted, bool) else resource.outputs.get("is_active")
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
