"""An export of a stack, rewritten. Pure: the same export always gives the same document, and nothing is decrypted."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.dynamic.dynamic import PROVIDER_KEY

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.migration import fronts
from pulumi_workspace365_cli.migration.fronts import PACKAGES, Front, Kind
from pulumi_workspace365_cli.stack_edits.resources import (
    Resource,
    is_default_provider,
    label,
    linked,
    name_of,
    provider_reference,
    types_of,
    with_type,
)

_CUSTOMER = "workspace365:index:CustomerEnvironment"
_NAME_LISTS = ("additionalSecretOutputs", "ignoreChanges", "replaceOnChanges")


@dataclass(frozen=True)
class Rewritten:
    """What became of an export.

    Attributes:
        document: the export, rewritten.
        moved: the URNs before and after, of resources and explicit providers.
    """

    document: dict[str, Any]
    moved: Mapping[str, str]


def rewrite(document: Mapping[str, Any], to: Front) -> Rewritten:
    """The export with its resources on a front. Those that are there already are left alone.

    Args:
        document: what ``pulumi stack export`` printed.
        to: the front.

    Raises:
        CommandError: the stack cannot be migrated; it says why and what to do.
    """
    found = copy.deepcopy(dict(document))
    resources: list[Resource] = (found.get("deployment") or {}).get("resources") or []
    change = _Change(resources, to)
    if not change.mine and not change.instances:
        return Rewritten(found, {})
    if (found["deployment"]).get("pending_operations"):
        raise CommandError("The stack has pending operations: complete them with `pulumi up` or `pulumi refresh` first.")
    changed = change.apply()
    _refuse_doubles(changed)
    found["deployment"]["resources"] = changed
    return Rewritten(found, change.moved())


class _Change:
    def __init__(self, resources: list[Resource], to: Front) -> None:
        self.resources, self.to = resources, to
        self.front: Front = "dynamic" if to == "native" else "native"
        self._kinds: dict[str, Kind] = {kind.type(self.front): kind for kind in fronts.kinds()}
        self.mine = [resource for resource in resources if resource["type"] in self._kinds]
        used = {resource.get("provider", "") for resource in self.mine}
        providers = [resource for resource in resources if resource["type"] == f"pulumi:providers:{PACKAGES[self.front]}"]
        self._defaults = [
            resource for resource in providers if is_default_provider(resource) and provider_reference(resource) in used
        ]
        self.instances = [
            resource
            for resource in providers
            if not is_default_provider(resource)
            and (provider_reference(resource) in used or fronts.is_instance(resource.get("inputs") or {}, self.front))
        ]
        self._check()
        self._default = _default_provider(resources, self._defaults, to)
        self._urns = {resource["urn"]: self._urn(resource) for resource in resources}
        references = {provider_reference(item): f"{self._urn(item)}::{item.get('id', '')}" for item in self.instances}
        self._now = self._urns | references

    def _check(self) -> None:
        for resource in self.mine:
            if resource.get("delete") or resource.get("pendingReplacement"):
                raise CommandError(f"{label(resource)} is still to be deleted or replaced: complete that with `pulumi up` first.")
            if self.to == "native" and _CUSTOMER in types_of(resource["urn"])[:-1]:
                raise CommandError(
                    f"{label(resource)} is part of a CustomerEnvironment, whose resources are dynamic in Python programs: this stack stays on that front."
                )
        instances = {provider_reference(instance) for instance in self.instances}
        for resource in self.resources:
            if resource.get("provider") in instances and resource["type"] not in self._kinds:
                raise CommandError(
                    f"{label(resource)} uses an Instance as its provider, but is no resource of this package: give it another provider first."
                )
        for instance in self.instances:
            if not fronts.is_instance(instance.get("inputs") or {}, self.front):
                raise CommandError(f"{label(instance)} is the provider of resources of this package, but is no Instance.")

    def moved(self) -> dict[str, str]:
        """The URNs of what changes its front."""
        return {resource["urn"]: self._urns[resource["urn"]] for resource in (*self.instances, *self.mine)}

    def apply(self) -> list[Resource]:
        """The resources in their order, but with the default provider before whoever uses it."""
        in_use = {resource.get("provider") for resource in self.resources if resource["type"] not in self._kinds}
        gone = [item["urn"] for item in self._defaults if provider_reference(item) not in in_use]
        changed: list[Resource] = []
        waiting = self._default
        for resource in self.resources:
            if waiting and (resource is waiting or resource in self._defaults):
                changed.append(waiting)
                waiting = None
            if resource["urn"] not in gone and resource is not self._default:
                changed.append(self._changed(resource))
        return changed

    def _changed(self, resource: Resource) -> Resource:
        try:
            own = self._on_the_other_front(resource)
        except CommandError as problem:
            raise CommandError(f"{label(resource)} cannot be migrated: {problem}.") from problem
        aliases = own.pop("aliases", None)
        changed: Resource = linked(own, self._now)
        return changed if aliases is None else {**changed, "aliases": [self._with_types(alias) for alias in aliases]}

    def _on_the_other_front(self, resource: Resource) -> Resource:
        changed, to = dict(resource), self.to
        if resource["type"] in self._kinds:
            kind = self._kinds[resource["type"]]
            changed["type"] = kind.type(to)
            if self._default and any(resource.get("provider") == provider_reference(former) for former in self._defaults):
                changed["provider"] = provider_reference(self._default)
            values = {part: kind.renamed(resource[part], to) for part in ("inputs", "outputs") if resource.get(part)}
            dependencies = {
                kind.paths([name], to)[0]: urns
                for name, urns in (resource.get("propertyDependencies") or {}).items()
                if name != PROVIDER_KEY
            }
            if dependencies and to == "dynamic":
                dependencies[PROVIDER_KEY] = []
            lists = {name: kind.paths(resource[name], to) for name in _NAME_LISTS if resource.get(name)}
            return changed | values | lists | ({"propertyDependencies": dependencies} if dependencies else {})
        if resource in self.instances:
            changed["type"] = f"pulumi:providers:{PACKAGES[to]}"
            name = name_of(resource["urn"])
            values = {
                part: fronts.renamed_settings(resource[part], name, to) for part in ("inputs", "outputs") if part in resource
            }
            return changed | values | {"propertyDependencies": {key: [] for key in values.get("inputs", {})}}
        return changed

    def _urn(self, resource: Resource) -> str:
        if resource in self.instances:
            return with_type(resource["urn"], f"pulumi:providers:{PACKAGES[self.to]}")
        return self._with_types(resource["urn"])

    def _with_types(self, urn: str) -> str:
        """A URN with the types of the other front, its parents' too."""
        types = [self._kinds[part].type(self.to) if part in self._kinds else part for part in types_of(urn)]
        return with_type(urn, "$".join(types))


def _default_provider(resources: Iterable[Resource], former: list[Resource], to: Front) -> Resource | None:
    """The default provider of the package: the one that the stack has, else one in place of the former."""
    if not former:
        return None
    kind = f"pulumi:providers:{PACKAGES[to]}"
    present = next((item for item in resources if item["type"] == kind and is_default_provider(item)), None)
    if present is not None:
        return present
    moments: dict[str, Any] = {key: former[0][key] for key in ("created", "modified") if key in former[0]}
    urn = with_type(former[0]["urn"], kind).rpartition("::")[0]
    return {"urn": f"{urn}::default", "custom": True, "id": former[0]["id"], "type": kind, **moments}


def _refuse_doubles(resources: Iterable[Resource]) -> None:
    seen: set[str] = set()
    for resource in resources:
        if resource["urn"] in seen and not resource.get("delete"):
            raise CommandError(f"The stack has {label(resource)} on both fronts: remove one of them from the state first.")
        seen.add(resource["urn"])
