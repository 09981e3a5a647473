"""Changes of a deployment that no provider hears of: a resource's name, or the stack that it belongs to. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import equal


def with_name(resources: Sequence[Resource], urn: str, name: str) -> list[Resource]:
    """A deployment in which one resource has another name; what refers to it refers to the new one.

    Raises:
        EngineError: it is not there, several are, or another resource has the new URN.
    """
    if not urns.is_valid(urn):
        raise EngineError("The provided input URN is not valid")
    found = [resource for resource in resources if resource.urn == urn]
    if not found:
        raise EngineError(f'No such resource "{urn}" exists in the current state')
    if len(found) > 1:
        raise EngineError("The input URN ambiguously refers to multiple resources")
    new = urns.make_urn(urns.stack_of(urn), urns.project_of(urn), urns.qualified_type(urn), name)
    if new != urn and any(resource.urn == new for resource in resources):
        raise EngineError("The chosen new urn for the state corresponds to an already existing resource")
    return [_pointed(resource, {urn: new}) for resource in resources]


def _pointed(resource: Resource, moved: Mapping[str, str]) -> Resource:
    """A resource with other URNs, of itself and of what it refers to; the same one where nothing changes."""

    def now(urn: str) -> str:
        return moved.get(urn, urn)

    provider = resource.provider
    if provider:
        urn, id_ = urns.split_provider_reference(provider)
        provider = moved.get(provider) or (urns.provider_reference(now(urn), id_) if urn in moved else provider)
    changed = replace(
        resource,
        urn=now(resource.urn),
        parent=now(resource.parent),
        provider=provider,
        dependencies=tuple(map(now, resource.dependencies)),
        property_dependencies={key: tuple(map(now, needed)) for key, needed in resource.property_dependencies.items()},
        deleted_with=now(resource.deleted_with),
        replace_with=tuple(map(now, resource.replace_with)),
    )
    return resource if changed == resource else changed


@dataclass(frozen=True)
class Place:
    """A stack by its names."""

    project: str
    stack: str

    @property
    def root(self) -> str:
        """The URN of its root stack resource."""
        return urns.make_urn(self.stack, self.project, urns.ROOT_STACK_TYPE, f"{self.project}-{self.stack}")

    def urn(self, urn: str, parent: str) -> str:
        """A URN in this stack, below a parent."""
        return urns.make_urn(self.stack, self.project, urns.type_of(urn), urns.name_of(urn), parent)


@dataclass
class Move:
    """A move of resources from one deployment to another.

    ``broken_source`` and ``broken_dest`` say which references it cuts, of what stays and of what goes.
    """

    source: list[Resource]
    dest: list[Resource]
    moved: list[str] = field(default_factory=list)
    not_found: list[str] = field(default_factory=list)
    broken_source: list[str] = field(default_factory=list)
    broken_dest: list[str] = field(default_factory=list)


def move(
    source: Sequence[Resource], dest: Sequence[Resource], place: Place, selected: Sequence[str], *, include_parents: bool = False
) -> Move:
    """Move resources, and all below them, to another deployment; their providers are copied.

    Args:
        source: the deployment that has them.
        dest: the one that is to have them.
        place: whose that is.
        selected: their URNs.
        include_parents: move what they are below, too.

    Raises:
        EngineError: there is none of them, one is a provider, or the other deployment has such a resource.
    """
    moving = _moving(source, selected, include_parents=include_parents)
    source_urns = {resource.urn for resource in source}
    result = Move([], list(dest), not_found=[urn for urn in selected if urn not in source_urns])
    if not moving:
        raise EngineError("no resources found to move")
    staying = source_urns - moving
    providers = {resource.provider for resource in source if resource.urn in moving}
    copied: list[Resource] = []
    for resource in source:
        if resource.urn in moving:
            continue
        if urns.provider_reference(resource.urn, resource.id) in providers:
            copied.append(resource)
        kept, broken = _without(resource, moving)
        result.source.append(kept)
        result.broken_source += broken
    if not any(resource.urn == place.root for resource in dest):
        result.dest.insert(0, Resource(urn=place.root, type=urns.ROOT_STACK_TYPE))
    arriving = _Arriving(result, place, moving, staying)
    for resource in copied:
        arriving.copy_provider(resource)
    for resource in source:
        if resource.urn in moving:
            result.moved.append(resource.urn)
            arriving.take(resource)
    return result


def _moving(source: Sequence[Resource], selected: Sequence[str], *, include_parents: bool) -> set[str]:
    """The URNs of all that goes; never the stack itself, nor a provider."""
    named = [resource for resource in source if resource.urn in selected]
    if any(urns.is_provider_type(resource.type) for resource in named):
        raise EngineError("cannot move providers. Only resources can be moved, and providers will be included automatically")
    moving = {resource.urn for resource in named}
    parents = {resource.urn: resource.parent for resource in source}
    if include_parents:
        for urn in tuple(moving):
            while urn := parents.get(urn, ""):
                moving.add(urn)
    if any(urns.qualified_type(urn) == urns.ROOT_STACK_TYPE and urn in selected for urn in moving):
        moving |= {resource.urn for resource in source}
    for resource in source:
        if resource.parent in moving and urns.qualified_type(resource.parent) != urns.ROOT_STACK_TYPE:
            moving.add(resource.urn)
    return {
        resource.urn
        for resource in source
        if resource.urn in moving and resource.type != urns.ROOT_STACK_TYPE and not urns.is_provider_type(resource.type)
    }


class _Arriving:
    """Takes resources into a deployment."""

    def __init__(self, result: Move, place: Place, moving: Collection[str], staying: Collection[str]) -> None:
        self._result, self._place, self._moving, self._staying = result, place, moving, staying
        self._there = {resource.urn: resource for resource in result.dest}
        self._moved: dict[str, str] = {}
        """Former URNs and references of providers, and what they are now."""

    def copy_provider(self, resource: Resource) -> None:
        arrived = self._arrived(resource)
        there = self._there.get(arrived.urn)
        if there and there.id != arrived.id and not equal(there.inputs, arrived.inputs):
            raise EngineError(f"provider {arrived.urn} already exists in destination stack")
        reference = urns.provider_reference(resource.urn, resource.id)
        self._moved[reference] = urns.provider_reference(arrived.urn, there.id if there else arrived.id)
        if not there:
            self._result.dest.append(arrived)

    def take(self, resource: Resource) -> None:
        arrived = self._arrived(resource)
        self._moved[resource.urn] = arrived.urn
        if arrived.urn in self._there:
            raise EngineError(f"resource {arrived.urn} already exists in destination stack")
        self._result.dest.append(arrived)

    def _arrived(self, resource: Resource) -> Resource:
        kept, broken = _without(resource, self._staying)
        self._result.broken_dest += broken
        parent = self._moved.get(kept.parent, self._place.root) if kept.parent in self._moving else self._place.root
        arrived = _pointed(kept, self._moved)
        return replace(arrived, urn=self._place.urn(resource.urn, parent), parent=parent)


def _without(resource: Resource, removed: Collection[str]) -> tuple[Resource, list[str]]:
    """A resource without its references to others, parent and provider apart, and what that cuts."""
    broken = [f"{resource.urn} has a dependency on {urn}" for urn in _among(resource.dependencies, removed)]
    for key, needed in resource.property_dependencies.items():
        broken += [f"{resource.urn} ({key}) has a property dependency on {urn}" for urn in _among(needed, removed)]
    broken += [f"{resource.urn} is marked as deleted with {urn}" for urn in _among([resource.deleted_with], removed)]
    broken += [f"{resource.urn} is marked as replace with {urn}" for urn in _among(resource.replace_with, removed)]
    if not broken:
        return resource, []
    needs = {key: tuple(urn for urn in found if urn not in removed) for key, found in resource.property_dependencies.items()}
    kept = replace(
        resource,
        dependencies=tuple(urn for urn in resource.dependencies if urn not in removed),
        property_dependencies={key: found for key, found in needs.items() if found},
        deleted_with="" if resource.deleted_with in removed else resource.deleted_with,
        replace_with=tuple(urn for urn in resource.replace_with if urn not in removed),
    )
    return kept, broken


def _among(found: Iterable[str], removed: Collection[str]) -> list[str]:
    return [urn for urn in found if urn in removed]
