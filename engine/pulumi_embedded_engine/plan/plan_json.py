"""Update plans in the JSON of the CLI's plan files (sdk/go/common/apitype/plan.go). Pure."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.goal import TIMED_OPERATIONS, Alias
from pulumi_embedded_engine.plan.plan_violations import NO_CHANGES, PlannedGoal, PropertyChanges
from pulumi_embedded_engine.plan.steps import Op
from pulumi_embedded_engine.plan.update_plan import ResourcePlan, UpdatePlan
from pulumi_embedded_engine.resource import state_values
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state_values import Crypt

Json = dict[str, Any]
Kind = TypeVar("Kind")

_ALIAS = {"URN": "urn", "Name": "name", "Type": "type", "Project": "project", "Stack": "stack", "Parent": "parent"}


class PlanError(EngineError):
    """A document is no update plan."""


# Writing.


def to_json(plan: UpdatePlan, encrypt: Crypt | None) -> Json:
    """The `resourcePlans` of a plan file; None as `encrypt` writes secrets in clear."""
    return {urn: _resource_to_json(planned, encrypt) for urn, planned in sorted(plan.resources.items())}


def _resource_to_json(planned: ResourcePlan, encrypt: Crypt | None) -> Json:
    outputs = None if planned.outputs is None else _sorted(state_values.to_state(planned.outputs, encrypt))
    return {
        **({"goal": _goal_to_json(planned.goal, encrypt)} if planned.goal else {}),
        **({"steps": [op.value for op in planned.operations]} if planned.operations else {}),
        "state": outputs,
        **({"seed": base64.b64encode(planned.seed).decode()} if planned.seed else {}),
    }


def _goal_to_json(goal: PlannedGoal, encrypt: Crypt | None) -> Json:
    always = {"type", "name", "custom", "inputDiff", "outputDiff", "protect", "customTimeouts"}
    fields = {
        "type": goal.type,
        "name": goal.name,
        "custom": goal.custom,
        "inputDiff": _changes_to_json(goal.input_changes, encrypt),
        "outputDiff": _changes_to_json(goal.output_changes, encrypt),
        "parent": goal.parent,
        "protect": goal.protect,
        "dependencies": list(goal.dependencies),
        "provider": goal.provider,
        "propertyDependencies": {key: list(needed) for key, needed in sorted(goal.property_dependencies.items())},
        "deleteBeforeReplace": goal.delete_before_replace,
        "ignoreChanges": list(goal.ignore_changes),
        "additionalSecretOutputs": list(goal.additional_secret_outputs),
        "structuredAliases": [_alias_to_json(alias) for alias in goal.aliases],
        "id": goal.import_id,
        "customTimeouts": dict(goal.custom_timeouts),
    }
    return {name: value for name, value in fields.items() if name in always or value or value is False}


def _changes_to_json(changes: PropertyChanges, encrypt: Crypt | None) -> Json:
    fields = {
        "adds": _sorted(state_values.to_state(changes.adds, encrypt)),
        "deletes": list(changes.deletes),
        "updates": _sorted(state_values.to_state(changes.updates, encrypt)),
    }
    return {name: value for name, value in fields.items() if value}


def _sorted(values: Json) -> Json:
    return dict(sorted(values.items()))


def _alias_to_json(alias: Alias) -> Json:
    return {name: getattr(alias, field) for name, field in _ALIAS.items()} | {"NoParent": alias.no_parent}


# Reading.


def from_json(document: Any, decrypt: Crypt) -> UpdatePlan:
    """The plan of a whole plan file.

    Raises:
        PlanError: it is none, or malformed.
        SecretsError: a secret in it cannot be decrypted.
    """
    if not isinstance(document, dict) or not isinstance(document.get("manifest"), dict):
        raise PlanError("it is not an update plan: a plan is an object with a `manifest`")
    _field(document, "config", dict, "the plan")
    planned: Json = _field(document, "resourcePlans", dict, "the plan") or {}
    return UpdatePlan({urn: _resource(urn, stored, decrypt) for urn, stored in planned.items()})


def _resource(urn: str, stored: Any, decrypt: Crypt) -> ResourcePlan:
    if not urns.is_valid(urn):
        raise PlanError(f"it is not an update plan: {urn!r:.120} is not a URN")
    fields = _object(stored, urn)
    outputs = _field(fields, "state", dict, urn)
    return ResourcePlan(
        goal=_goal(urn, _object(fields["goal"], urn), decrypt) if fields.get("goal") is not None else None,
        operations=[_operation(name, urn) for name in _texts(fields, "steps", urn)],
        seed=_seed(_field(fields, "seed", str, urn) or "", urn),
        outputs=None if outputs is None else state_values.from_state(outputs, decrypt),
    )


def _goal(urn: str, fields: Json, decrypt: Crypt) -> PlannedGoal:
    type_, name = _field(fields, "type", str, urn), _field(fields, "name", str, urn)
    if (type_, name) != (urns.type_of(urn), urns.name_of(urn)):
        raise PlanError(f"it is malformed: the type and name planned for {urn} are those of another resource")
    dependencies: Json = _field(fields, "propertyDependencies", dict, urn) or {}
    timeouts: Json = _field(fields, "customTimeouts", dict, urn) or {}
    return PlannedGoal(
        type=type_ or "",
        name=name or "",
        custom=_field(fields, "custom", bool, urn) or False,
        input_changes=_changes(fields.get("inputDiff"), urn, decrypt),
        output_changes=_changes(fields.get("outputDiff"), urn, decrypt),
        parent=_field(fields, "parent", str, urn) or "",
        protect=_field(fields, "protect", bool, urn) or False,
        dependencies=_texts(fields, "dependencies", urn),
        provider=_field(fields, "provider", str, urn) or "",
        property_dependencies={key: _texts(dependencies, key, urn) for key in dependencies},
        delete_before_replace=_field(fields, "deleteBeforeReplace", bool, urn),
        ignore_changes=_texts(fields, "ignoreChanges", urn),
        additional_secret_outputs=_texts(fields, "additionalSecretOutputs", urn),
        aliases=tuple(_alias(item, urn) for item in _field(fields, "structuredAliases", list, urn) or ()),
        import_id=_field(fields, "id", str, urn) or "",
        custom_timeouts={key: _number(timeouts, key, urn) for key in timeouts if key in TIMED_OPERATIONS},
    )


def _changes(stored: Any, urn: str, decrypt: Crypt) -> PropertyChanges:
    if stored is None:
        return NO_CHANGES
    fields = _object(stored, urn)
    return PropertyChanges(
        adds=state_values.from_state(_field(fields, "adds", dict, urn) or {}, decrypt),
        updates=state_values.from_state(_field(fields, "updates", dict, urn) or {}, decrypt),
        deletes=_texts(fields, "deletes", urn),
    )


def _alias(stored: Any, urn: str) -> Alias:
    fields = _object(stored, urn)
    texts = {field: _field(fields, name, str, urn) or "" for name, field in _ALIAS.items()}
    return Alias(**texts, no_parent=_field(fields, "NoParent", bool, urn) or False)


def _operation(name: str, urn: str) -> Op:
    try:
        return Op(name)
    except ValueError as error:
        raise PlanError(f"it is malformed: {name!r:.80}, planned for {urn}, is not an operation") from error


def _seed(text: str, urn: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PlanError(f"it is malformed: the seed of {urn} is not base64") from error


def _object(stored: Any, urn: str) -> Json:
    if not isinstance(stored, dict):
        raise PlanError(f"it is malformed: an object is expected for {urn}")
    return cast("Json", stored)


def _field(fields: Mapping[str, Any], name: str, kind: type[Kind], urn: str) -> Kind | None:
    value = fields.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise PlanError(f"it is malformed: {name!r:.80} of {urn} has a value of the wrong kind")


def _texts(fields: Mapping[str, Any], name: str, urn: str) -> tuple[str, ...]:
    items = _field(fields, name, list, urn) or []
    if not all(isinstance(item, str) for item in items):
        raise PlanError(f"it is malformed: {name!r:.80} of {urn} has a value of the wrong kind")
    return tuple(items)


def _number(fields: Mapping[str, Any], name: str, urn: str) -> float:
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanError(f"it is malformed: {name!r:.80} of {urn} has a value of the wrong kind")
    return float(value)
