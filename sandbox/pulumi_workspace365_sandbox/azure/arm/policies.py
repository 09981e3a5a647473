"""Policies as resources: their references to other resources, and their stored form."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from pulumi_workspace365_sandbox.azure.arm.responses import invalid
from pulumi_workspace365_sandbox.azure.policy import document, policy_validation
from pulumi_workspace365_sandbox.azure.policy.document import PolicyProblem
from pulumi_workspace365_sandbox.azure.policy.policy_validation import ReferenceScope, Where
from pulumi_workspace365_sandbox.azure.records import Resource
from pulumi_workspace365_sandbox.azure.store import Store

SCOPES: dict[str, Where] = {"policies": "global", "products/policies": "product", "apis/operations/policies": "handshake"}


def normalize(properties: dict[str, Any], where: Where, service: str, store: Store) -> dict[str, Any]:
    """The properties with the document as the service normalises it. Raises ErrorResponse."""
    form = properties.get("format", "xml")
    if form.endswith("-link"):
        raise invalid("value", "The document cannot be fetched: this service reaches no other host.")
    try:
        root = document.parse(properties["value"], form)
        policy_validation.validate(root, where, reference_scope(service, store))
    except PolicyProblem as problem:
        raise invalid("representation", str(problem)) from None
    return {name: value for name, value in properties.items() if name != "format"} | {"value": document.render(root)}


def revalidate_dependents(fragment: str, value: str, service: str, store: Store) -> None:
    """The policies that include a fragment, with its new content. Raises ErrorResponse."""
    around = reference_scope(service, store)
    around = ReferenceScope(around.named_values, {**around.fragments, fragment.casefold(): document.parse(value, "xml")})
    for path, where in SCOPES.items():
        for policy in store.below(service, path):
            root = document.parse(policy.properties["value"], "xml")
            if fragment.casefold() in policy_validation.fragments_of(root):
                _revalidate(policy, root, where, around)


def _revalidate(policy: Resource, root: ET.Element, where: Where, around: ReferenceScope) -> None:
    try:
        policy_validation.validate(root, where, around)
    except PolicyProblem as problem:
        raise invalid("representation", f"{problem} The fragment is included by {_short(policy)}.") from None


def reference_scope(service: str, store: Store) -> ReferenceScope:
    """What the documents of a service may refer to."""
    values = {item.properties["displayName"]: item.properties.get("value", "") for item in store.below(service, "namedValues")}
    fragments = {
        item.name.casefold(): document.parse(item.properties["value"], "xml") for item in store.below(service, "policyFragments")
    }
    return ReferenceScope(values, fragments)


def find_references(resource: Resource, service: str, store: Store) -> list[str]:
    """The policies and fragments that use a named value or a fragment, by short ids."""
    return [_short(user) for user in _documents(service, store) if _uses(user, resource)]


def _documents(service: str, store: Store) -> Iterator[Resource]:
    for path in (*SCOPES, "policyFragments"):
        yield from store.below(service, path)


def _uses(user: Resource, resource: Resource) -> bool:
    root = document.parse(user.properties["value"], "xml")
    if resource.kind == "namedValues":
        return resource.properties["displayName"] in policy_validation.references(root)
    return resource.name.casefold() in policy_validation.fragments_of(root)


def _short(resource: Resource) -> str:
    return "/" + resource.id.partition("/providers/Microsoft.ApiManagement/service/")[2].partition("/")[2]


def root_of(resource: Resource | None) -> ET.Element | None:
    return document.parse(resource.properties["value"], "xml") if resource else None
