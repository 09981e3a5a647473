"""What an update plan allows, and what violates it: the rules and words of the CLI (pkg/resource/deploy/plan.go). Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pulumi_embedded_engine.plan.cli_messages import format_value
from pulumi_embedded_engine.plan.goal import TIMED_OPERATIONS, Alias, Goal
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN, Properties, Value, equal, lower_outputs


@dataclass(frozen=True)
class PropertyChanges:
    """How properties are to change: those that are new, those with another value, and the names of those that go."""

    adds: Properties = field(default_factory=dict)
    updates: Properties = field(default_factory=dict)
    deletes: tuple[str, ...] = ()

    def planned_change(self, key: str) -> tuple[str, Value]:
        """What is planned for a property, as a sign, and its planned value if it gets one."""
        if key in self.adds:
            return "+", self.adds[key]
        if key in self.updates:
            return "~", self.updates[key]
        return ("-" if key in self.deletes else "="), None


NO_CHANGES = PropertyChanges()


@dataclass
class PlannedGoal:
    """What a program asked for when a resource was planned; the names are those of `Goal`."""

    type: str
    name: str
    custom: bool
    input_changes: PropertyChanges = NO_CHANGES
    output_changes: PropertyChanges = NO_CHANGES
    parent: str = ""
    protect: bool = False
    dependencies: tuple[str, ...] = ()
    provider: str = ""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    import_id: str = ""
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, goal: Goal, input_changes: PropertyChanges) -> "PlannedGoal":
        """The planned goal of a registration, with the changes of its inputs."""
        return cls(
            type=goal.type,
            name=goal.name,
            custom=goal.custom,
            input_changes=input_changes,
            parent=goal.parent,
            protect=bool(goal.protect),
            dependencies=goal.dependencies,
            provider=goal.provider,
            property_dependencies=dict(goal.property_dependencies),
            delete_before_replace=goal.delete_before_replace,
            ignore_changes=goal.ignore_changes,
            additional_secret_outputs=goal.additional_secret_outputs,
            aliases=goal.aliases,
            import_id=goal.import_id,
            custom_timeouts=dict(goal.custom_timeouts),
        )


def changes(old: Properties, new: Properties) -> PropertyChanges:
    """How properties change that a plan constrains; null is no value."""
    before, after = _constrained(lower_outputs(old)), _constrained(lower_outputs(new))
    differing = [key for key in sorted(before.keys() | after.keys()) if not equal(before.get(key), after.get(key))]
    return PropertyChanges(
        adds={key: after[key] for key in differing if before.get(key) is None},
        updates={key: after[key] for key in differing if before.get(key) is not None and after.get(key) is not None},
        deletes=tuple(key for key in differing if after.get(key) is None),
    )


def _constrained(properties: Properties) -> Properties:
    """Without what providers keep for themselves, such as their code, which need not stay the same between runs."""
    return {key: value for key, value in properties.items() if not key.startswith("_")}


def satisfies(actual: Value, planned: Value) -> bool:
    """Whether a value is the planned one; one that was not known in the preview may become any."""
    return equal(actual, planned, unknown_equals_any=True)


# Violations.


def unplanned_violation(old: Resource | None, goal: Goal, inputs: Properties) -> str:
    """What changes about a resource that the plan does not mention; empty if nothing does."""
    if old is None:
        return ""
    unchanged = PlannedGoal(
        type=old.type,
        name=urns.name_of(old.urn),
        custom=old.custom,
        parent=old.parent,
        protect=old.protect,
        dependencies=old.dependencies,
        provider=old.provider,
        property_dependencies=old.property_dependencies,
        additional_secret_outputs=old.additional_secret_outputs,
        aliases=tuple(Alias(urn=urn) for urn in old.aliases),
        custom_timeouts=old.custom_timeouts,
    )
    return goal_violation(unchanged, goal, old.inputs, inputs)


def goal_violation(planned: PlannedGoal | None, goal: Goal, old_inputs: Properties, inputs: Properties) -> str:
    """What a program asks for that was not planned; empty if nothing.

    Args:
        planned: what was planned; None where the resource was to be deleted.
        goal: what is asked for.
        old_inputs: as state has them.
        inputs: as they are to be, checked by the provider.
    """
    if planned is None:
        return "resource unexpectedly not deleted"
    reasons = _option_violations(planned, goal)
    return (
        next(reasons, "")
        or changes_violation(old_inputs, inputs, planned.input_changes)
        or next(_dependency_violations(planned.property_dependencies, goal.property_dependencies), "")
    )


def _option_violations(planned: PlannedGoal, goal: Goal) -> Iterator[str]:
    if goal.custom != planned.custom:
        yield f"resource kind changed (expected {'custom' if planned.custom else 'component'})"
    if goal.provider != planned.provider and not _is_provider_kept(planned.provider, goal.provider):
        yield f"provider changed (expected {planned.provider})"
    if goal.parent != planned.parent:
        yield f"parent changed (expected {planned.parent})"
    if bool(goal.protect) != planned.protect:
        yield f"protect changed (expected {_text(planned.protect)})"
    if goal.delete_before_replace != planned.delete_before_replace:
        yield f"deleteBeforeReplace changed (expected {_text(planned.delete_before_replace)})"
    if goal.import_id != planned.import_id:
        yield f"importID changed (expected {planned.import_id})"
    for name in TIMED_OPERATIONS:
        expected = planned.custom_timeouts.get(name, 0)
        if goal.custom_timeouts.get(name, 0) != expected:
            yield f"{name} timeout changed (expected {expected:g})"
    yield from _set_violation("ignoreChanges", planned.ignore_changes, goal.ignore_changes)
    yield from _set_violation("additionalSecretOutputs", planned.additional_secret_outputs, goal.additional_secret_outputs)
    yield from _set_violation("dependencies", planned.dependencies, goal.dependencies)
    yield from _set_violation("aliases", [*map(_alias, planned.aliases)], [*map(_alias, goal.aliases)])


def _text(value: bool | None) -> str:
    return "no value" if value is None else str(value).lower()


def _is_provider_kept(planned: str, actual: str) -> bool:
    """Whether it is the same provider, whose id the preview did not know."""
    try:
        (expected, id_), (urn, _) = urns.split_provider_reference(planned), urns.split_provider_reference(actual)
    except ValueError:
        return False
    return urn == expected and id_ == urns.UNKNOWN_ID


def _set_violation(what: str, planned: Collection[str], actual: Collection[str]) -> Iterator[str]:
    sides = (("added", set(actual) - set(planned)), ("deleted", set(planned) - set(actual)))
    if found := [f"{verb} {', '.join(sorted(names))}" for verb, names in sides if names]:
        yield f"{what} changed: {'; '.join(found)}"


def _alias(alias: Alias) -> str:
    parts = (alias.urn, alias.name, alias.type, alias.project, alias.stack, alias.parent, _text(alias.no_parent))
    return f"{{{' '.join(parts)}}}"


def _dependency_violations(planned: Mapping[str, tuple[str, ...]], actual: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A property that the preview did not know may be left out, and then has no dependencies."""
    for key in sorted(planned.keys() & actual.keys()):
        yield from _set_violation(f"dependencies for {key}", planned[key], actual[key])


def changes_violation(old: Properties, new: Properties, planned: PropertyChanges) -> str:
    """Which properties change in another way than planned; empty if none does. Secrets are masked.

    Each is reported as the planned sign, the actual sign, its name, and the values: `~+size[{1}!={2}]`. The signs are `+`, `~`, `-` and `=`.
    """
    before, after = _constrained(lower_outputs(old)), _constrained(lower_outputs(new))
    signs = {key: _sign(before.get(key), after.get(key)) for key in before.keys() | after.keys()}
    if not any(sign != "=" for sign in signs.values()):
        planned = replace(planned, deletes=())  # as the CLI: what nothing is done about may stay
    keys = signs.keys() | _constrained(planned.adds).keys() | _constrained(planned.updates).keys() | set(planned.deletes)
    found = sorted(text for key in keys for text in _violations(key, signs.get(key, "="), after.get(key), planned))
    return f"properties changed: {', '.join(found)}" if found else ""


def _sign(old: Value, new: Value) -> str:
    if new is None:
        return "=" if old is None or old is UNKNOWN else "-"
    if old is None:
        return "+"
    return "=" if satisfies(new, old) else "~"


def _violations(key: str, actual: str, new: Value, planned: PropertyChanges) -> list[str]:
    sign, expected = planned.planned_change(key)
    if _is_allowed(sign, expected, actual, new):
        return []
    shown = "-" if new is None else actual
    values = [format_value(value) for value, is_given in ((expected, sign in "+~"), (new, shown != "-")) if is_given]
    detail = f"[{'!='.join(values)}]" if values else ""
    twice = (sign, actual) in _REPORTED_TWICE and not (actual == "-" and expected is UNKNOWN)
    return [f"{sign}{shown}{key}{detail}"] * (2 if twice else 1)


_REPORTED_TWICE = frozenset({("~", "+"), ("-", "+"), ("-", "~"), ("+", "-"), ("~", "-")})
"""Pairs of signs that the CLI reports twice."""


def _is_allowed(sign: str, expected: Value, actual: str, new: Value) -> bool:
    if sign in "=-":
        return actual == sign or (sign == "-" and new is None)
    if new is None:  # what was not known may turn out to be no value
        return expected is UNKNOWN and (sign, actual) != ("+", "-")
    return (sign, actual) != ("~", "+") and satisfies(new, expected)
