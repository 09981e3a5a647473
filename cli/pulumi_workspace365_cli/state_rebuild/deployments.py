"""The state of a stack, from a preview of its program and the list of environments. Pure: nothing is read, written or sent."""

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.dynamic.dynamic import PROVIDER_KEY

from pulumi_dynamic_host import properties
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.lifecycle import state as environment_state
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.migration import fronts
from pulumi_workspace365_cli.migration.fronts import Front, Kind
from pulumi_workspace365_cli.stack_edits.resources import (
    Resource,
    is_default_provider,
    is_provider,
    label,
    name_of,
    references,
    types_of,
)

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What engines write for a value that is known only after a create."""
_MASK = "[secret]"
_STACK = "pulumi:pulumi:Stack"
_FROM_ENVIRONMENT = {"environment": "name", "incarnation": "creation_date"}
"""Inputs of settings that a program takes from the environment, and where the list has them."""


@dataclass(frozen=True)
class LeftOut:
    """A resource that is not in the state, so that the preview still shows its create."""

    urn: str
    name: str
    reason: str


@dataclass
class Rebuilt:
    """The state that a stack gets.

    Attributes:
        resources: of the state, in its order.
        environments: what the list has of each environment in it, by URN.
        left_out: what the program declares besides.
    """

    resources: list[Resource] = field(default_factory=list)
    environments: dict[str, EnvironmentEntry] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)


class _LeaveOut(Exception):
    """The resource cannot be in the state; the message is the reason."""


def rebuild(
    steps: Iterable[Mapping[str, Any]], listed: EnvironmentIndex, instance: str, secret: Callable[[Resource, str], str | None]
) -> Rebuilt:
    """The state that the program's resources have, as far as it can be known.

    Args:
        steps: of ``pulumi preview --json`` of the stack without resources.
        listed: the environments of the instance.
        instance: its address.
        secret: the value of a resource's input that the preview hides; ``None`` where it is not known.
    """
    build = _Build(listed, instance, secret)
    for step in steps:
        build.take(step)
    return build.rebuilt


class _Build:
    def __init__(self, listed: EnvironmentIndex, instance: str, secret: Callable[[Resource, str], str | None]) -> None:
        self._listed, self._instance, self._secret = listed, instance, secret
        self._kinds: dict[str, tuple[Front, Kind]] = {}
        for kind in fronts.kinds():
            self._kinds |= {kind.native: ("native", kind), kind.dynamic: ("dynamic", kind)}
        self._components: dict[str, Resource] = {}
        self._providers: dict[str, str] = {}
        self._urns: set[str] = set()
        self.rebuilt = Rebuilt()

    def take(self, step: Mapping[str, Any]) -> None:
        """A step of the preview: its resource goes into the state, or is left out."""
        resource: Resource = {**(step.get("newState") or {}), "urn": step["urn"]}
        resource.setdefault("type", types_of(step["urn"])[-1])
        if resource["type"] == _STACK:
            self._add({"urn": resource["urn"], "custom": False, "type": _STACK})
        elif not resource.get("custom"):
            self._components[resource["urn"]] = {
                key: value for key, value in resource.items() if key not in {"inputs", "outputs"}
            }
        else:
            try:
                self._custom(step["op"], resource)
            except _LeaveOut as reason:
                self.rebuilt.left_out.append(LeftOut(resource["urn"], label(resource), str(reason)))

    def _custom(self, op: str, resource: Resource) -> None:
        if is_provider(resource):
            raise _LeaveOut("what configures a provider of its own cannot be read: the next `pulumi up` records it")
        if resource["type"] not in self._kinds:
            raise _LeaveOut("only resources of this package are made again: import it, or let the next `pulumi up` create it")
        if op != "create":
            raise _LeaveOut(f"the program does not create it ({op})")
        front, kind = self._kinds[resource["type"]]
        inputs = (
            kind.renamed(resource.get("inputs") or {}, "dynamic") if front == "native" else dict(resource.get("inputs") or {})
        )
        if "environment_name" not in inputs and "environment" not in inputs:
            raise _LeaveOut("it is a check, which runs again at the next `pulumi up`")
        complete = self._environment if "environment_name" in inputs else self._settings
        id_, inputs, outputs = complete(kind, resource, inputs)
        made = self._linked(resource) | {"id": id_}
        for part, values in (("inputs", inputs), ("outputs", outputs)):
            whole = {**values, PROVIDER_KEY: inputs[PROVIDER_KEY]}
            made[part] = kind.renamed(whole, "native") if front == "native" else whole
        self._add_parents(made)
        self._add(made)

    def _environment(self, kind: Kind, resource: Resource, inputs: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        name = self._known(inputs, "environment_name")
        entry = self._listed.find(name)
        if inputs.get("instance") != self._instance:
            raise _LeaveOut(f"it lives on {inputs.get('instance')}, which was not asked")
        if entry is None:
            unsure = self._listed.may_hide(name)
            raise _LeaveOut(
                "an entry of the list that cannot be read may be it"
                if unsure
                else f"the instance has no environment {name!r}: the next `pulumi up` creates it, empty. If the server gave it another name, "
                "write that name in the program"
            )
        twin = next((urn for urn, other in self.rebuilt.environments.items() if other.name == entry.name), None)
        if twin:
            raise _LeaveOut(f"{name_of(twin)} is the same environment")
        self.rebuilt.environments[resource["urn"]] = entry
        told = environment_state.unknown_outputs(entry.name) | environment_state.outputs_from_entry(entry)
        provider: Any = kind.declared.provider()()
        return entry.name, inputs, {**provider.recorded_arguments(inputs), **told, "incarnation": entry.creation_date}

    def _settings(self, kind: Kind, resource: Resource, inputs: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        entry = self._entry(resource, inputs)
        for name, attribute in _FROM_ENVIRONMENT.items():
            if inputs.get(name) == UNKNOWN:
                inputs[name] = getattr(entry, attribute)
        for name in [name for name, value in inputs.items() if _is_hidden(value)]:
            value = self._secret(resource, name)
            if value is None and inputs.get(f"{name}_hash"):  # of which state keeps nothing else
                del inputs[name]
                continue
            if value is None:
                raise _LeaveOut(f"its {name} is secret and only the program knows it: the next `pulumi up` sends it again")
            inputs[name] = value
        if UNKNOWN in json.dumps(inputs):
            raise _LeaveOut("what it is sent is known only at the next `pulumi up`")
        provider: Any = kind.declared.provider()()
        told = provider.outputs(inputs, entry.creation_date)
        outputs = {name: value for name, value in told.items() if value is not None}  # engines record no absent output
        secrets = provider.secret_arguments | provider.secret_outputs
        return str(inputs["environment"]), _marked(inputs, secrets), _marked(outputs, secrets)

    def _entry(self, resource: Resource, inputs: Mapping[str, Any]) -> EnvironmentEntry:
        """The environment that settings are of."""
        if inputs["environment"] != UNKNOWN:
            found = next((entry for entry in self.rebuilt.environments.values() if entry.name == inputs["environment"]), None)
            found = found or self._listed.find(str(inputs["environment"]))
        else:
            urns = (resource.get("propertyDependencies") or {}).get("environment") or resource.get("dependencies") or []
            entries = [self.rebuilt.environments[urn] for urn in urns if urn in self.rebuilt.environments]
            found = entries[0] if len(entries) == 1 else None
        if found is None:
            raise _LeaveOut("its environment is not in the state")
        return found

    @staticmethod
    def _known(inputs: Mapping[str, Any], name: str) -> str:
        value = inputs.get(name)
        if not isinstance(value, str) or value in {UNKNOWN, _MASK}:
            raise _LeaveOut(f"its {name} is known only at the next `pulumi up`")
        return value

    def _linked(self, resource: Resource) -> Resource:
        """The resource with the reference to its provider, and without what it is not yet."""
        made = {key: value for key, value in resource.items() if key not in {"inputs", "outputs", "initErrors"}}
        missing = [urn for urn in references(resource) if urn not in self._urns and urn not in self._components]
        if missing:
            raise _LeaveOut(f"{name_of(missing[0])}, to which it refers, is not in the state")
        if provider := str(resource.get("provider") or ""):
            urn = provider.rpartition("::")[0]
            if not is_default_provider({"urn": urn, "type": types_of(urn)[-1]}):
                raise _LeaveOut("what configures its provider cannot be read")
            made["provider"] = f"{urn}::{self._default(urn)}"
        return made

    def _default(self, urn: str) -> str:
        """The id of a default provider; the next ``up`` gives it its configuration."""
        if urn not in self._providers:
            self._providers[urn] = str(uuid.uuid4())
            self._add({"urn": urn, "custom": True, "id": self._providers[urn], "type": types_of(urn)[-1]})
        return self._providers[urn]

    def _add_parents(self, resource: Resource) -> None:
        for urn in list(self._above(resource))[::-1]:
            self._add(self._components[urn])

    def _above(self, resource: Resource) -> Iterator[str]:
        parent = resource.get("parent")
        while parent in self._components and parent not in self._urns:
            yield str(parent)
            parent = self._components[str(parent)].get("parent")

    def _add(self, resource: Resource) -> None:
        if resource["urn"] not in self._urns:
            self._urns.add(resource["urn"])
            self.rebuilt.resources.append(resource)


def _is_hidden(value: Any) -> bool:
    """Whether a preview hides the value: as a text or, where the program or the package has marked it, as a secret."""
    return value == _MASK or (isinstance(value, dict) and value.get(properties.SIGNATURE) == properties.SECRET)


def _marked(values: Mapping[str, Any], secrets: Collection[str]) -> dict[str, Any]:
    """With secrets as text for the engine to encrypt; an asset is no secret."""
    return {name: _as_secret(value) if name in secrets and isinstance(value, str) else value for name, value in values.items()}


def _as_secret(value: str) -> dict[str, str]:
    return {properties.SIGNATURE: properties.SECRET, "plaintext": json.dumps(value)}
