"""Update plans in the JSON of the CLI's plan files (sdk/go/common/apitype/plan.go). Pure."""

import base64
import binascii
from typing import Any

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.goal import TIMED_OPERATIONS, Alias
from pulumi_embedded_engine.plan.plan_violations import NO_CHANGES, PlannedGoal, PropertyChanges
from pulumi_embedded_engine.plan.steps import Op
from pulumi_embedded_engine.plan.update_plan import ResourcePlan, UpdatePlan
from pulumi_embedded_engine.resource import json_structure, state_values
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.json_structure import ANY_OBJECT, FLAG, NUMBER, TEXT, TEXTS, list_of, map_of, object_of
from pulumi_embedded_engine.resource.state_values import Crypt

Json = dict[str, Any]

_ALIAS = {"URN": "urn", "Name": "name", "Type": "type", "Project": "project", "Stack": "stack", "Parent": "parent"}


_CHANGES = object_of({"adds": ANY_OBJECT, "updates": ANY_OBJECT, "deletes": TEXTS})
_GOAL = object_of(
    {
        **dict.fromkeys(("type", "name", "parent", "provider", "id"), TEXT),
        **dict.fromkeys(("custom", "protect", "deleteBeforeReplace"), FLAG),
        **dict.fromkeys(("dependencies", "ignoreChanges", "additionalSecretOutputs"), TEXTS),
        **dict.fromkeys(("inputDiff", "outputDiff"), _CHANGES),
        "propertyDependencies": map_of(TEXTS),
        "structuredAliases": list_of(object_of({**dict.fromkeys(_ALIAS, TEXT), "NoParent": FLAG})),
        "customTimeouts": object_of(dict.fromkeys(TIMED_OPERATIONS, NUMBER)),
    }
)
_RESOURCE = object_of({"goal": _GOAL, "steps": TEXTS, "state": ANY_OBJECT, "seed": TEXT})
_PLAN = object_of({"manifest": ANY_OBJECT, "config": ANY_OBJECT, "resourcePlans": map_of(_RESOURCE)}, "manifest")


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
    if problem := json_structure.problem(_PLAN, document):
        raise PlanError(f"it is malformed: {problem}")
    return UpdatePlan(
        {urn: _resource(urn, stored or {}, decrypt) for urn, stored in (document.get("resourcePlans") or {}).items()}
    )


def _resource(urn: str, fields: Json, decrypt: Crypt) -> ResourcePlan:
    if not urns.is_valid(urn):
        raise PlanError(f"it is not an update plan: {urn!r:.120} is not a URN")
    goal, outputs = fields.get("goal"), fields.get("state")
    return ResourcePlan(
        goal=None if goal is None else _goal(urn, goal, decrypt),
        operations=[_operation(name, urn) for name in fields.get("steps") or ()],
        seed=_seed(fields.get("seed") or "", urn),
        outputs=None if outputs is None else state_values.from_state(outputs, decrypt),
    )


def _goal(urn: str, fields: Json, decrypt: Crypt) -> PlannedGoal:
    type_, name = fields.get("type"), fields.get("name")
    if (type_, name) != (urns.type_of(urn), urns.name_of(urn)):
        raise PlanError(f"it is malformed: the type and name planned for {urn} are those of another resource")
    dependencies: Json = fields.get("propertyDependencies") or {}
    timeouts: Json = fields.get("customTimeouts") or {}
    return PlannedGoal(
        type=type_ or "",
        name=name or "",
        custom=fields.get("custom") or False,
        input_changes=_changes(fields.get("inputDiff"), decrypt),
        output_changes=_changes(fields.get("outputDiff"), decrypt),
        parent=fields.get("parent") or "",
        protect=fields.get("protect") or False,
        dependencies=tuple(fields.get("dependencies") or ()),
        provider=fields.get("provider") or "",
        property_dependencies={key: tuple(needed or ()) for key, needed in dependencies.items()},
        delete_before_replace=fields.get("deleteBeforeReplace"),
        ignore_changes=tuple(fields.get("ignoreChanges") or ()),
        additional_secret_outputs=tuple(fields.get("additionalSecretOutputs") or ()),
        aliases=tuple(_alias(item) for item in fields.get("structuredAliases") or ()),
        import_id=fields.get("id") or "",
        custom_timeouts={key: float(timeouts[key]) for key in TIMED_OPERATIONS if timeouts.get(key) is not None},
    )


def _changes(fields: Json | None, decrypt: Crypt) -> PropertyChanges:
    if fields is None:
        return NO_CHANGES
    return PropertyChanges(
        adds=state_values.from_state(fields.get("adds") or {}, decrypt),
        updates=state_values.from_state(fields.get("updates") or {}, decrypt),
        deletes=tuple(fields.get("deletes") or ()),
    )


def _alias(fields: Json) -> Alias:
    texts = {field: fields.get(name) or "" for name, field in _ALIAS.items()}
    return Alias(**texts, no_parent=fields.get("NoParent") or False)


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
