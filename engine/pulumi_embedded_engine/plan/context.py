"""The planner's context: one registration, and the operation so far. Pure."""

from dataclasses import dataclass, field, fields
from enum import StrEnum

from pulumi_embedded_engine.plan.goal import Goal, Registration
from pulumi_embedded_engine.plan.patterns import UrnPatterns
from pulumi_embedded_engine.plan.provider import Provider
from pulumi_embedded_engine.plan.snapshot import Entry
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource


class Mode(StrEnum):
    """What a program is run for."""

    UPDATE = "update"
    DESTROY = "destroy"
    REFRESH = "refresh"
    IMPORT = "import"


@dataclass
class StepIndex:
    """The URNs that steps have been planned for, by what happens to them."""

    sames: set[str] = field(default_factory=set)
    creates: set[str] = field(default_factory=set)
    updates: set[str] = field(default_factory=set)
    replaces: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    refreshes: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def is_retained(self, urn: str) -> bool:
        """Whether a step other than a create or delete is planned: the old resource is accounted for."""
        return any(urn in group for group in (self.sames, self.updates, self.replaces, self.reads, self.refreshes))

    def handled(self, urn: str) -> bool:
        """Whether any step is planned."""
        return self.is_retained(urn) or any(urn in group for group in (self.creates, self.deletes, self.imports))

    def completed_urns(self) -> set[str]:
        """Everything that can no longer depend on something registered later."""
        return self.reads | self.creates | self.sames | self.updates | self.deletes | self.replaces


@dataclass(frozen=True)
class Limits:
    """What an operation is limited to: URNs or patterns of URNs, and whether what depends on them goes with them."""

    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    excludes: tuple[str, ...] = ()
    exclude_dependents: bool = False


EVERYTHING = Limits()


@dataclass(frozen=True)
class PlanOptions:
    """The options of the operation.

    Args:
        preview: plan only; values may be unknown.
        mode: what the program is run for.
        refresh: read every resource before it is planned.
        ignore_protect: replace and delete protected resources.
        replace: URNs to replace regardless of their diff.
        limits: what may be changed at all.
    """

    preview: bool
    mode: Mode = Mode.UPDATE
    refresh: bool = False
    ignore_protect: bool = False
    replace: UrnPatterns = field(default_factory=UrnPatterns)
    limits: Limits = EVERYTHING


@dataclass
class PlanContext:
    """One registration on its way to steps."""

    registration: Registration
    urn: str
    old: Entry | None
    new: Entry
    valid: bool
    seed: bytes
    provider: Provider | None = None
    recreating: bool = False
    imported: bool = False
    included: bool = True
    """Whether the operation may change it."""

    @property
    def goal(self) -> Goal:
        return self.registration.goal

    @property
    def is_provider_managed(self) -> bool:
        """Whether it is a resource of a provider: neither a component nor a provider itself."""
        return self.goal.custom and not urns.is_provider_type(self.goal.type)

    def is_replacement_requested(self, rules: "PlanOptions") -> bool:
        """Whether its replacement was requested: by an option, or by an earlier mark."""
        return self.urn in rules.replace or bool(self.old and self.old.state.taint)

    def starts_anew(self, rules: "PlanOptions") -> bool:
        """Whether the former inputs are ignored: the resource is new, was only read so far, or is created again."""
        return not self.old or self.recreating or self.old.state.external or self.is_replacement_requested(rules)


_SAME = {field.name for field in fields(Goal)} & {field.name for field in fields(Resource)} - {
    "protect",
    "retain_on_delete",
    "aliases",
}


def desired_state(goal: Goal, urn: str, former: str | None, old: Entry | None) -> Resource:
    """The state that a goal leads to; `former` is the URN that it had."""
    return Resource(
        urn=urn,
        inputs=goal.properties,
        protect=bool(goal.protect),
        retain_on_delete=bool(goal.retain_on_delete),
        aliases=(former,) if former else (),
        created=old.state.created if old else "",
        modified=old.state.modified if old else "",
        refresh_before_update=bool(old and old.state.refresh_before_update),
        **{name: getattr(goal, name) for name in _SAME},
    )
