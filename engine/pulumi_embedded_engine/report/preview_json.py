"""`preview --json`: the plan as one JSON document, in the CLI's form (display.PreviewDigest)."""

from collections.abc import Mapping
from typing import Any

from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.report.events import MASK, Diagnostic, Summary
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Secret

_HIDDEN = frozenset(
    {
        Op.CREATE_REPLACEMENT,
        Op.DELETE_REPLACED,
        Op.READ_REPLACEMENT,
        Op.DISCARD_REPLACED,
        Op.IMPORT_REPLACEMENT,
        Op.REMOVE_PENDING_REPLACE,
    }
)
"""The parts of a replacement, which is a step of its own."""


class PreviewJson:
    """Collects a preview; `document` is complete after the summary.

    Args:
        show_sames: list resources that do not change, too.
    """

    def __init__(self, *, show_sames: bool = False) -> None:
        self._show_sames = show_sames
        self.document: dict[str, Any] = {}
        self._steps: list[dict[str, Any]] = []
        self._diagnostics: list[dict[str, Any]] = []
        self._refreshes: dict[str, int] = {}

    def prelude(self, config: Mapping[str, str]) -> None:
        if config:
            self.document["config"] = dict(config)

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity == "debug" or diagnostic.ephemeral:
            return
        prefix = "" if diagnostic.severity.startswith("info") else f"{diagnostic.severity}: "
        message = diagnostic.message if diagnostic.message.endswith("\n") else f"{diagnostic.message}\n"
        fields = {"urn": diagnostic.urn, "prefix": "", "message": prefix + message, "severity": diagnostic.severity}
        self._diagnostics.append({name: value for name, value in fields.items() if value})

    def started(self, step: Step, *, planning: bool) -> None:
        del planning
        if step.op in _HIDDEN or urns.is_default_provider(step.urn) or not (self._show_sames or _is_news(step)):
            return
        if step.op == Op.REFRESH:
            self._refreshes[step.urn] = len(self._steps)
        self._steps.append(_step(step.op, step))

    def done(self, op: Op, step: Step, *, planning: bool) -> None:
        del planning
        found_change = op == Op.DELETE or (op == Op.UPDATE and step.detailed is not None)
        if step.op == Op.REFRESH and step.urn in self._refreshes and found_change:
            self._steps[self._refreshes[step.urn]] = _step(op, step)

    def failed(self, step: Step, *, unclear: bool, done: int) -> None:
        del step, unclear, done

    def summary(self, summary: Summary) -> None:
        if self._steps:
            self.document["steps"] = self._steps
        if self._diagnostics:
            self.document["diagnostics"] = self._diagnostics
        self.document["duration"] = int(summary.seconds * 1e9)
        self.document["changeSummary"] = dict(summary.changes)
        if summary.maybe_corrupt:
            self.document["maybeCorrupt"] = True


def _is_news(step: Step) -> bool:
    """Whether a step is listed without being asked for: the stack always is, another resource if anything becomes different."""
    if step.op != Op.SAME or urns.qualified_type(step.urn) == urns.ROOT_STACK_TYPE:
        return True
    return bool(step.old and step.new and step.old.state.protect != step.new.state.protect)


def _step(op: Op, step: Step) -> dict[str, Any]:
    fields: dict[str, Any] = {"op": op.value, "urn": step.urn}
    if step.provider:
        fields["provider"] = step.provider
    for name, entry in (("oldState", step.old), ("newState", step.new)):
        if entry:
            fields[name] = masked(entry.state)
    reasons = {"diffReasons": step.diff.changed_keys, "replaceReasons": step.keys}
    fields |= {name: keys for name, keys in reasons.items() if keys}
    detailed = step.detailed
    fields["detailedDiff"] = detailed and {
        path: {"kind": diff.name, "inputDiff": diff.input_diff} for path, diff in detailed.items()
    }
    return fields


def masked(state: Resource) -> dict[str, Any]:
    """A resource as state writes it, with a mask in the place of every secret."""
    bare = {"inputs": _mask(state.inputs), "outputs": _mask(state.outputs), "trigger": _mask(state.replacement_trigger)}
    hidden = Resource(
        **{name: getattr(state, name) for name in _NAMES},
        inputs=bare["inputs"],
        outputs=bare["outputs"],
        replacement_trigger=bare["trigger"],
    )
    return hidden.to_json(lambda _: MASK)


_NAMES = [
    name
    for name in Resource.__dataclass_fields__
    if name not in {"inputs", "outputs", "replacement_trigger", "extra"} and not name.startswith("_")
]


def _mask(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, dict):
        return {key: _mask(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return value
