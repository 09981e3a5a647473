"""Translates the steps of a preview into changes of environments, their settings and WebSocket APIs. A step has one change or several, a component's step none."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pulumi_workspace365_cli.planning.budgets import Risk
from pulumi_workspace365_cli.planning.preview import QUIET, Preview, State, Step
from pulumi_workspace365_cli.resource_names import CONNECTIVITY_CHECK, DYNAMIC

_COMPONENT = "workspace365:index:CustomerEnvironment"
_ROOT = "pulumi:pulumi:Stack"
_LISTED = "environments"
"""The output of the stack that has an entry per customer."""
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes in place of a text that only the deployment will tell."""
_SETTINGS: Mapping[str, tuple[str, Risk | None]] = {
    "OAuth2SignOn": ("sign-on", "sign_on"),
    "ExchangeSettings": ("Exchange", None),
    "SharePointSettings": ("SharePoint", None),
    "Template": ("template", "templates"),
}
_API = re.compile(r"^azure-native:apimanagement(?:/[^:]+)?:(?P<kind>\w+)$")
_POLICIES = {
    "ApiOperationPolicy": "handshake policy",
    "ApiPolicy": "API's policy",
    "ProductPolicy": "product's policy",
    "Policy": "service's policy",
    "PolicyFragment": "policy fragment",
}
_OTHERS = {CONNECTIVITY_CHECK: "connectivity check"}
REPLACING = {"create-replacement", "delete-replaced", "read-replacement", "import-replacement"}
_DONE = {"create": "created", "update": "changed", "delete": "deleted", "replace": "replaced", "import": "imported"}


@dataclass(frozen=True)
class Change:
    """What happens to one thing.

    Args:
        kind: what it is: ``environment``, ``sign-on``, ``Exchange``, ``SharePoint``, ``template``, ``WebSocket API``, ``handshake policy``,
            or another resource's type.
        subject: its environment, or its name.
        act: what happens, such as ``suspended``.
        risk: the budget that it counts for.
        is_part: it is part of another change, which is reported.
    """

    kind: str
    subject: str
    act: str
    urn: str
    op: str
    risk: Risk | None = None
    is_part: bool = False
    properties: tuple[str, ...] = ()


def parse_changes(preview: Preview) -> list[Change]:
    """All changes, in the order of the steps."""
    index = _StepIndex(preview)
    return [change for step in index.steps for change in _changes(step, index)]


class _StepIndex:
    """What a step has to know of the others."""

    def __init__(self, preview: Preview) -> None:
        replaced = {step.urn for step in preview.steps if step.op == "replace"}
        self.steps = [
            step
            for step in preview.steps
            if step.op not in QUIET and step.is_custom and not (step.op in REPLACING and step.urn in replaced)
        ]
        self.created = {step.urn for step in self.steps if step.op == "create" and not step.state.inputs.get("adopt_existing")}
        self.going = {step.urn for step in self.steps if step.op in {"delete", "replace"}}
        self._by_urn = {step.urn: step for step in preview.steps}
        root = next((step.old_state for step in preview.steps if step.type == _ROOT and step.old_state), None)
        listed = root.outputs.get(_LISTED) if root else None
        self._listed = listed if isinstance(listed, Mapping) else None

    def existed(self, step: Step) -> bool:
        """Whether an environment that is created was there before and a refresh forgot it: the component around it is not new.

        A preview shows unchanged components only if it is asked to. A component whose environment was never created has no outputs, and is not
        in the output of the stack that lists the customers, where there is one.
        """
        parent = step.state.parent or ""
        if f"::{_COMPONENT}::" not in parent:
            return False
        component = self._by_urn.get(parent)
        if component is not None:
            return bool(component.old_state and component.old_state.outputs.get("name"))
        return self._listed is None or parent.rpartition("::")[2] in self._listed

    def is_new(self, step: Step) -> bool:
        """Whether it belongs to something that this very deployment makes."""
        return step.op == "create" and any(urn in self.created for urn in (*step.state.dependencies, step.state.deleted_with))

    def goes_along(self, step: Step) -> bool:
        """Whether it is deleted or replaced because its parent is."""
        return step.op in {"delete", "replace"} and bool({state.deleted_with for state in _states(step)} & self.going)


def _changes(step: Step, index: _StepIndex) -> Iterator[Change]:
    name = step.type.removeprefix(DYNAMIC)
    azure = _API.match(step.type)
    if step.type.startswith(DYNAMIC) and name == "Environment":
        yield from _environment(step, index)
    elif step.type.startswith(DYNAMIC) and name in _SETTINGS:
        yield _settings(step, index, *_SETTINGS[name])
    elif azure and azure["kind"] in _POLICIES:
        yield _policy(step, index, _POLICIES[azure["kind"]])
    elif azure and azure["kind"] == "Api":
        yield _resource(step, index, "WebSocket API" if _is_websocket(step) else "API")
    else:
        yield _resource(step, index, _OTHERS.get(step.type, step.type))


def _environment(step: Step, index: _StepIndex) -> Iterator[Change]:
    changes = [*_arrival(step, index), *(change for describe in (_end, _activity, _protection) for change in describe(step))]
    yield from changes or [_change(step, "environment", _environment_name(step), "changed")]


def _arrival(step: Step, index: _StepIndex) -> Iterator[Change]:
    name = _environment_name(step)
    if step.op == "create" and index.existed(step):
        yield _change(step, "environment", name, "created anew, empty", "recreates")
    elif step.op in {"create", "create-replacement"}:
        adopted = bool(step.state.inputs.get("adopt_existing"))
        yield _change(step, "environment", name, "adopted" if adopted else "created", "creates")
    elif step.op in {"import", "import-replacement"}:
        yield _change(step, "environment", name, "imported")
    elif step.op == "replace":
        yield _change(step, "environment", name, "deleted and re-created", "deletes")
        yield _change(step, "environment", name, "replaced", "replacements", is_part=True)


def _end(step: Step) -> Iterator[Change]:
    """What is deleted with the resource depends on the recorded properties, as in the provider."""
    if step.op not in {"delete", "delete-replaced"}:
        return
    before = step.old_state or step.state
    recorded = {**before.inputs, **before.outputs}
    mode = recorded.get("on_delete") or ("abandon" if recorded.get("adopt_existing") else "delete")
    name = _environment_name(step)
    if before.retain_on_delete or mode == "abandon":
        yield _change(step, "environment", name, "no longer managed")
    elif mode == "deactivate":
        yield _change(step, "environment", name, "suspended and no longer managed", "suspensions")
    else:
        yield _change(step, "environment", name, "deleted", "deletes")


def _activity(step: Step) -> Iterator[Change]:
    if step.op != "update" or not step.old_state or not step.new_state:
        return
    before = step.old_state.outputs.get("is_active", step.old_state.inputs.get("active"))
    after = step.new_state.inputs.get("active", True)
    if isinstance(after, bool) and before == after:
        return
    act = "activated" if after is True else "suspended" if after is False else "perhaps suspended"
    yield _change(step, "environment", _environment_name(step), act, None if after is True else "suspensions")


def _protection(step: Step) -> Iterator[Change]:
    if step.op != "update" or not step.old_state or not step.new_state:
        return
    before, after = ({"deletion_protection": True, **state.inputs} for state in (step.old_state, step.new_state))
    lifted = before["deletion_protection"] is not False and after["deletion_protection"] is not True
    if lifted or (step.old_state.protect and not step.new_state.protect):
        yield _change(step, "environment", _environment_name(step), "no longer protected", "unprotected")


def _settings(step: Step, index: _StepIndex, kind: str, risk: Risk | None) -> Change:
    name = step.state.inputs.get("environment")
    subject = name if isinstance(name, str) and name and name != _UNKNOWN else step.state.id or step.name
    if step.op in {"delete", "delete-replaced"}:
        return _change(step, kind, subject, "no longer managed", is_part=True)
    act = "set" if step.op in {"create", "create-replacement"} else "changed"
    new = index.is_new(step)
    return _change(step, kind, subject, act, None if new else risk, is_part=new)


def _policy(step: Step, index: _StepIndex, kind: str) -> Change:
    part = index.is_new(step) or index.goes_along(step)
    act = {"create": "set", "delete": "removed", "delete-replaced": "removed"}.get(step.op, "changed")
    return _change(step, kind, step.name, act, None if part else "policies", is_part=part)


def _resource(step: Step, index: _StepIndex, kind: str) -> Change:
    part = index.is_new(step) or index.goes_along(step)
    act = _DONE.get(step.op) or _DONE[{"delete-replaced": "delete"}.get(step.op, "replace")]
    is_retained = any(state.retain_on_delete for state in _states(step)) or step.type in _OTHERS
    is_retained = is_retained or step.type.startswith("pulumi:providers:")
    risks: Mapping[str, Risk] = {"deleted": "deletes", "replaced": "replacements"}
    return _change(step, kind, step.name, act, None if part or is_retained else risks.get(act), is_part=part)


def _change(step: Step, kind: str, subject: str, act: str, risk: Risk | None = None, *, is_part: bool = False) -> Change:
    return Change(kind, subject, act, step.urn, step.op, risk, is_part, step.properties)


def _environment_name(step: Step) -> str:
    """As the server made it, where that is known; else as it is wanted."""
    candidates = [
        *(state.outputs.get("name") for state in _states(step)),
        *(state.id for state in _states(step)),
        *(state.inputs.get("environment_name") for state in _states(step)),
    ]
    return next((text for text in candidates if isinstance(text, str) and text and text != _UNKNOWN), step.name)


def _is_websocket(step: Step) -> bool:
    return any(str(state.inputs.get(name, "")).lower() == "websocket" for state in _states(step) for name in ("apiType", "type"))


def _states(step: Step) -> list[State]:
    return [state for state in (step.old_state, step.new_state) if state]
