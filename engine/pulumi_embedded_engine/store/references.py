"""Keeps the references between a deployment's resources valid after resources vanished or were renamed."""

import graphlib
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.store import integrity

_Json = dict[str, Any]


def drop_dangling(resources: Iterable[Mapping[str, Any]]) -> list[_Json]:
    """The resources without references to what is no longer there; a child of a vanished parent moves to its grandparent.

    Needed after a refresh, which may remove what others still depend on. Expects dependencies before dependents.
    """
    present: set[str] = set()
    parents: dict[str, str] = {}
    result: list[_Json] = []
    for resource in resources:
        item = dict(resource)
        for name in ("dependencies", "replaceWith"):
            if item.get(name):
                item[name] = [urn for urn in item[name] if urn in present]
        if item.get("propertyDependencies"):
            still = {
                name: [urn for urn in needed or () if urn in present] for name, needed in item["propertyDependencies"].items()
            }
            item["propertyDependencies"] = {name: needed for name, needed in still.items() if needed}
        if item.get("deletedWith") not in present:
            item.pop("deletedWith", None)
        parents[item["urn"]] = item.get("parent", "")
        present.add(item["urn"])
        result.append(item)
    for item in result:
        while (parent := item.get("parent")) and parent not in present:
            item["parent"] = parents.get(parent, "")
    emptied = {"parent", "dependencies", "propertyDependencies", "replaceWith"}
    return [{name: value for name, value in item.items() if value or name not in emptied} for item in result]


def repair(resources: list[_Json]) -> list[_Json]:
    """The resources in an order that both engines accept, without references to what is not there.

    What needed this was wrong; but to lose an edge, which the next update restores, is better than to lose a resource.
    """
    places = {resource["urn"]: place for place, resource in enumerate(resources)}
    places |= {resource["urn"]: place for place, resource in enumerate(resources) if not resource.get("delete")}
    providers = {
        urns.provider_reference(resource["urn"], resource.get("id", "")): place for place, resource in enumerate(resources)
    }
    needed: dict[int, list[int]] = {}
    for place, resource in enumerate(resources):
        found = [places.get(urn) for _, urn in integrity.references(resource)] + [providers.get(resource.get("provider", ""))]
        needed[place] = [other for other in found if other is not None and other != place]
    try:
        order = list(graphlib.TopologicalSorter(needed).static_order())
    except graphlib.CycleError:
        order = list(needed)
    return drop_dangling(resources[place] for place in order)


def apply_aliases(resources: list[_Json]) -> list[_Json]:
    """The resources with every former URN replaced by the present one, and without their lists of aliases.

    Raises:
        StateError: two resources claim one alias.
    """
    if not any(resource.get("aliases") for resource in resources):
        return resources
    renamed = _renamed(resources)
    return [_rename(resource, renamed) for resource in resources]


def _renamed(resources: list[_Json]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for resource in resources:
        urn = resource["urn"]
        for alias in resource.get("aliases") or ():
            if renamed.get(alias, urn) != urn:
                raise StateError(f"two resources, {renamed[alias]} and {urn}, have the same alias {alias}: remove one of them")
            renamed[alias] = urn
        parent = renamed.get(resource.get("parent", ""))
        if parent and urns.qualified_type(parent) != urns.ROOT_STACK_TYPE:
            stack, project = urns.stack_of(urn), urns.project_of(urn)
            renamed[urn] = urns.make_urn(stack, project, urns.type_of(urn), urns.name_of(urn), parent)
    return renamed


def _rename(resource: _Json, renamed: Mapping[str, str]) -> _Json:
    result = {name: value for name, value in resource.items() if name != "aliases"}
    for name in ("urn", "parent", "deletedWith", "viewOf"):
        if name in result:
            result[name] = renamed.get(result[name], result[name])
    if result.get("dependencies"):
        result["dependencies"] = [renamed.get(urn, urn) for urn in result["dependencies"]]
    if result.get("propertyDependencies"):
        result["propertyDependencies"] = {
            name: [renamed.get(urn, urn) for urn in needed or ()] for name, needed in result["propertyDependencies"].items()
        }
    if result.get("provider"):
        provider, id_ = urns.split_provider_reference(result["provider"])
        result["provider"] = urns.provider_reference(renamed.get(provider, provider), id_)
    return result
