"""The order and completeness that both engines demand of a deployment (Pulumi's pkg/resource/stack/snapshot/integrity.go)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.store.names import StackName


def verify(resources: Sequence[Mapping[str, Any]]) -> None:
    """Check the JSON of a deployment's resources.

    Raises:
        StateError: a resource precedes or lacks something it refers to, or two live resources have one URN.
    """
    preceding: set[str] = set()
    providers: set[str] = set()
    for index, resource in enumerate(resources):
        urn = _identity(index, resource)
        if urns.is_provider_type(resource["type"]):
            providers.add(urns.provider_reference(urn, resource.get("id", "")))
        provider = resource.get("provider")
        if provider and provider not in providers and not resource.get("pendingReplacement"):
            raise _damaged(f"resource {urn} refers to unknown provider {provider}")
        for relation, needed in references(resource):
            if needed not in preceding:
                later = any(other.get("urn") == needed for other in resources[index + 1 :])
                raise _damaged(f"resource {urn} {relation} {needed}, which {'comes after it' if later else 'is missing'}")
        preceding.add(urn)
    _verify_unique(resources)


def is_valid(resources: Sequence[Mapping[str, Any]]) -> bool:
    """Whether `verify` accepts these resources."""
    try:
        verify(resources)
    except StateError:
        return False
    return True


def verify_own(resources: Iterable[Resource], name: StackName) -> None:
    """Check that a deployment is the one of this stack.

    A program declares resources of its own stack: on another stack's deployment it would create all of them and delete the existing ones.

    Raises:
        StateError: a resource belongs to another stack or project, as after a copy of a file, or where letters' case makes no difference.
    """
    for resource in resources:
        for kind, found, own in (
            ("stack", urns.stack_of(resource.urn), name.name),
            ("project", urns.project_of(resource.urn), name.project),
        ):
            if found != own:
                raise StateError(
                    f"resource '{resource.urn}' is from a different {kind} ({found} != {own}), and running {name} would create it anew and "
                    "delete this one: name the stack that it belongs to, or rename that one with the Pulumi CLI (`pulumi stack rename`)"
                )


def _identity(index: int, resource: Mapping[str, Any]) -> str:
    urn: str = resource.get("urn", "")
    if not urn or not resource.get("type"):
        raise _damaged(f"the resource at index {index} lacks urn or type")
    if resource.get("id") and not resource.get("custom"):
        raise _damaged(f"resource {urn} is a component but has an id")
    return urn


def references(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How a resource refers to others, and their URNs; its provider apart."""
    if resource.get("parent"):
        yield "is a child of", resource["parent"]
    for urn in resource.get("dependencies") or ():
        yield "depends on", urn
    for name, dependencies in (resource.get("propertyDependencies") or {}).items():
        for urn in dependencies or ():
            yield f"depends through {name} on", urn
    if resource.get("deletedWith"):
        yield "is deleted with", resource["deletedWith"]


def _verify_unique(resources: Sequence[Mapping[str, Any]]) -> None:
    live = Counter(resource["urn"] for resource in resources if not resource.get("delete"))
    for urn, count in live.items():
        if count > 1:
            raise _damaged(f"resource {urn} occurs {count} times")


def _damaged(what: str) -> StateError:
    return StateError(f"the deployment is inconsistent: {what}; restore a backup, or repair it with `pulumi state repair`")
