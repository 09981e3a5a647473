"""An export of a stack, rewritten. Pure: the same export always gives the same document, and nothing is decrypted."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.dynamic.dynamic import PROVIDER_KEY

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.migration import fronts
from pulumi_workspace365_cli.migration.fronts import PACKAGES, Front, Kind

_CUSTOMER = "workspace365:index:CustomerEnvironment"
_NAME_LISTS = ("additionalSecretOutputs", "ignoreChanges", "replaceOnChanges")
_Resource = dict[str, Any]


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
    resources: list[_Resource] = (found.get("deployment") or {}).get("resources") or []
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
    def __init__(self, resources: list[_Resource], to: Front) -> None:
        self.resources, self.to = resources, to
        self.front: Front = "dynamic" if to == "native" else "native"
        self._kinds: dict[str, Kind] = {kind.type(self.front): kind for kind in fronts.kinds()}
        self.mine = [resource for resource in resources if resource["type"] in self._kinds]
        used = {resource.get("provider", "") for resource in self.mine}
        providers = [resource for resource in resources if resource["type"] == f"pulumi:providers:{PACKAGES[self.front]}"]
        self._defaults = [resource for resource in providers if _is_default(resource) and _reference(resource) in used]
        self.instances = [
            resource
            for resource in providers
            if not _is_default(resource)
            and (_reference(resource) in used or fronts.is_instance(resource.get("inputs") or {}, self.front))
        ]
        self._check()
        self._default = _default_provider(resources, self._defaults, to)
        self._urns = {resource["urn"]: self._urn(resource) for resource in resources}
        self._references = {_reference(item): f"{self._urn(item)}::{item.get('id', '')}" for item in self.instances}

    def _check(self) -> None:
        for resource in self.mine:
            if resource.get("delete") or resource.get("pendingReplacement"):
                raise CommandError(
                    f"{_label(resource)} is still to be deleted or replaced: complete that with `pulumi up` first."
                )
            if self.to == "native" and _CUSTOMER in _types(resource["urn"])[:-1]:
                raise CommandError(
                    f"{_label(resource)} is part of a CustomerEnvironment, whose resources are dynamic in Python programs: this stack stays on that front."
                )
        instances = {_reference(instance) for instance in self.instances}
        for resource in self.resources:
            if resource.get("provider") in instances and resource["type"] not in self._kinds:
                raise CommandError(
                    f"{_label(resource)} uses an Instance as its provider, but is no resource of this package: give it another provider first."
                )
        for instance in self.instances:
            if not fronts.is_instance(instance.get("inputs") or {}, self.front):
                raise CommandError(f"{_label(instance)} is the provider of resources of this package, but is no Instance.")

    def moved(self) -> dict[str, str]:
        """The URNs of what changes its front."""
        return {resource["urn"]: self._urns[resource["urn"]] for resource in (*self.instances, *self.mine)}

    def apply(self) -> list[_Resource]:
        """The resources in their order, but with the default provider before whoever uses it."""
        in_use = {resource.get("provider") for resource in self.resources if resource["type"] not in self._kinds}
        gone = [item["urn"] for item in self._defaults if _reference(item) not in in_use]
        changed: list[_Resource] = []
        waiting = self._default
        for resource in self.resources:
            if waiting and (resource is waiting or resource in self._defaults):
                changed.append(waiting)
                waiting = None
            if resource["urn"] not in gone and resource is not self._default:
                changed.append(self._changed(resource))
        return changed

    def _changed(self, resource: _Resource) -> _Resource:
        try:
            own = self._on_the_other_front(resource)
        except CommandError as problem:
            raise CommandError(f"{_label(resource)} cannot be migrated: {problem}.") from problem
        aliases = own.pop("aliases", None)
        linked: _Resource = self._linked(own)
        return linked if aliases is None else {**linked, "aliases": [self._with_types(alias) for alias in aliases]}

    def _on_the_other_front(self, resource: _Resource) -> _Resource:
        changed, to = dict(resource), self.to
        if resource["type"] in self._kinds:
            kind = self._kinds[resource["type"]]
            changed["type"] = kind.type(to)
            if self._default and any(resource.get("provider") == _reference(former) for former in self._defaults):
                changed["provider"] = _reference(self._default)
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
            name = _name(resource["urn"])
            values = {
                part: fronts.renamed_settings(resource[part], name, to) for part in ("inputs", "outputs") if part in resource
            }
            return changed | values | {"propertyDependencies": {key: [] for key in values.get("inputs", {})}}
        return changed

    def _linked(self, value: Any) -> Any:
        """With the new URNs wherever one stands as a whole: in dependencies, references and outputs."""
        if isinstance(value, str):
            return self._urns.get(value) or self._references.get(value) or value
        if isinstance(value, list):
            return [self._linked(item) for item in value]
        if isinstance(value, dict):
            return {key: self._linked(item) for key, item in value.items()}
        return value

    def _urn(self, resource: _Resource) -> str:
        if resource in self.instances:
            return _with_type(resource["urn"], f"pulumi:providers:{PACKAGES[self.to]}")
        return self._with_types(resource["urn"])

    def _with_types(self, urn: str) -> str:
        """A URN with the types of the other front, its parents' too."""
        types = [self._kinds[part].type(self.to) if part in self._kinds else part for part in _types(urn)]
        return _with_type(urn, "$".join(types))


def _default_provider(resources: Iterable[_Resource], former: list[_Resource], to: Front) -> _Resource | None:
    """The default provider of the package: the one that the stack has, else one in place of the former."""
    if not former:
        return None
    kind = f"pulumi:providers:{PACKAGES[to]}"
    present = next((item for item in resources if item["type"] == kind and _is_default(item)), None)
    if present is not None:
        return present
    moments: dict[str, Any] = {key: former[0][key] for key in ("created", "modified") if key in former[0]}
    urn = _with_type(former[0]["urn"], kind).rpartition("::")[0]
    return {"urn": f"{urn}::default", "custom": True, "id": former[0]["id"], "type": kind, **moments}


def _refuse_doubles(resources: Iterable[_Resource]) -> None:
    seen: set[str] = set()
    for resource in resources:
        if resource["urn"] in seen and not resource.get("delete"):
            raise CommandError(f"The stack has {_label(resource)} on both fronts: remove one of them from the state first.")
        seen.add(resource["urn"])


def _is_default(resource: _Resource) -> bool:
    name = _name(resource["urn"])
    return name == "default" or name.startswith("default_")


def _reference(provider: _Resource) -> str:
    return f"{provider['urn']}::{provider.get('id', '')}"


def _types(urn: str) -> list[str]:
    parts = urn.split("::", 3)
    return parts[2].split("$") if len(parts) == 4 else []


def _with_type(urn: str, kind: str) -> str:
    parts = urn.split("::", 3)
    return "::".join([*parts[:2], kind, *parts[3:]]) if len(parts) == 4 else urn


def _name(urn: str) -> str:
    return urn.split("::", 3)[-1]


def _label(resource: _Resource) -> str:
    return f"{resource['type'].rpartition(':')[2]} {_name(resource['urn'])}"
