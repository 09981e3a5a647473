"""A plan as a text to compare: the same for both engines, and for each run, each machine and each time. Pure.

It is made of the metadata of the engine events of `pulumi … --event-log`, in which secrets are masked.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pulumi_embedded_engine.plan.steps import Op
from pulumi_embedded_engine.report import texts
from pulumi_embedded_engine.report.events import MASK
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.signatures import ARCHIVE, ASSET, OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWN_TEXT
from pulumi_embedded_engine.testing import leaks

_UNSEEN = frozenset({Op.SAME, Op.REFRESH, Op.REMOVE_PENDING_REPLACE, Op.READ_DISCARD, Op.DISCARD_REPLACED})
_PARTS = frozenset({Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED})
"""Of a `replace`, which is shown for them."""
_INTERNAL = "__"
"""How inputs begin that providers keep for themselves, such as the code of a dynamic provider."""
_MARKS = {SECRET: MASK, ASSET: "[asset]", ARCHIVE: "[archive]"}
_UNSTABLE = (
    (re.compile(r"(?<![\w.])(127\.0\.0\.1|localhost|\[::1\]):\d{2,5}(?!\d)"), r"\1:[port]"),
    (re.compile(r"(?i)(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])"), "[uuid]"),
    (re.compile(r"(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\d:])"), "[time]"),
    (re.compile(r"v1:[A-Za-z0-9+/=]{12,}:[A-Za-z0-9+/=]{16,}"), MASK),
)
_BARE = re.compile(r'"(\[(?:secret|unknown|asset|archive)\])"')
_NOTHING = object()


class Normalizer:
    """Replaces values that differ from run to run by names, and secrets by `[secret]`.

    Args:
        secrets: the known secrets.
        places: texts and what stands for them, such as paths of folders.
    """

    def __init__(self, secrets: Iterable[str], places: Mapping[str, str]) -> None:
        self._secrets = sorted({form for secret in secrets for form in (secret, *leaks.forms(secret))}, key=len, reverse=True)
        self._places = sorted(places.items(), key=lambda item: -len(item[0]))
        self.masked = False
        """Whether a secret stood somewhere in clear."""

    def text(self, text: str) -> str:
        """A text without secrets and without what is unstable."""
        for secret in self._secrets:
            if secret in text:
                self.masked, text = True, text.replace(secret, MASK)
        for place, name in self._places:
            text = text.replace(place, name)
        for pattern, name in _UNSTABLE:
            text = pattern.sub(name, text)
        return text

    def value(self, value: Any) -> Any:
        """A value of an event, in which special values are texts in brackets."""
        if isinstance(value, str):
            return "[unknown]" if value == UNKNOWN_TEXT else self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        signature = value.get(SIGNATURE)
        if signature in _MARKS:
            return _MARKS[signature]
        if signature == RESOURCE:
            return f"[resource {self.text(urns.name_of(str(value.get('urn', ''))))}]"
        if signature == OUTPUT:
            return MASK if value.get("secret") else self.value(value.get("value", UNKNOWN_TEXT))
        return {self.text(key): self.value(item) for key, item in value.items()}


def render(steps: Iterable[Mapping[str, Any]], changes: Mapping[str, int], normalizer: Normalizer) -> str:
    """The text: each resource that changes with its inputs or what changes in them, the outputs of the stack, the counts.

    Args:
        steps: the metadata of the events about completed steps.
        changes: the number of resources by operation.
        normalizer: removes secrets and what is unstable.
    """
    last = {(step["urn"], step["op"]): step for step in steps if not urns.is_default_provider(step["urn"])}
    replaced = {urn for urn, op in last if op == Op.REPLACE}
    shown = [
        step
        for (urn, op), step in sorted(last.items())
        if op not in _UNSEEN and not (op in _PARTS and urn in replaced)
    ]  # fmt: skip
    blocks = ["\n".join(_resource(step, normalizer)) for step in shown]
    outputs = [line for step in last.values() if _is_stack(step) and step.get("new") for line in _outputs(step, normalizer)]
    if outputs:
        blocks.append("\n".join(["outputs", *outputs]))
    counts = ", ".join(f"{op}: {count}" for op, count in sorted(changes.items()) if count)
    return "".join(f"{block}\n\n" for block in blocks) + (counts or "nothing to do") + "\n"


def _is_stack(step: Mapping[str, Any]) -> bool:
    return urns.qualified_type(step["urn"]) == urns.ROOT_STACK_TYPE


def _resource(step: Mapping[str, Any], normalizer: Normalizer) -> Iterator[str]:
    old, new = step.get("old") or {}, step.get("new") or {}
    parent = (new or old).get("parent") or ""
    within = "" if not parent or urns.qualified_type(parent) == urns.ROOT_STACK_TYPE else f" in {urns.name_of(parent)}"
    because = f" because of {', '.join(sorted(step['keys']))}" if step.get("keys") else ""
    protected = " (protected)" if (new or old).get("protect") else ""
    name = urns.name_of(step["urn"])
    yield texts.line(normalizer.text(f"{step['op']} {urns.type_of(step['urn'])} {name}{within}{because}{protected}"))
    if new:
        lines = list(_differences(old, new, "inputs", normalizer))
        if not lines and step["op"] == Op.UPDATE:  # such as what a refresh found
            lines = list(_differences(old, new, "outputs", normalizer))
        yield from (f"    {line}" for line in lines)


def _outputs(step: Mapping[str, Any], normalizer: Normalizer) -> Iterator[str]:
    old, new = (normalizer.value((step.get(side) or {}).get("outputs") or {}) for side in ("old", "new"))
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, _NOTHING), new.get(key, _NOTHING)
        lines = _added(key, after) if before in (after, _NOTHING) else _changed(key, before, after)
        yield from (f"    {line}" for line in lines)


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], part: str, normalizer: Normalizer) -> Iterator[str]:
    before, after = (normalizer.value(_shown(side.get(part) or {})) for side in (old, new))
    for key in sorted(before.keys() | after.keys()):
        if old:
            yield from _changed(key, before.get(key, _NOTHING), after.get(key, _NOTHING))
        else:
            yield from _added(key, after[key])


def _shown(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if not key.startswith(_INTERNAL)}


def _added(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield texts.line(f"{path}: |")
        yield from (f"    {texts.line(line)}".rstrip() for line in value.splitlines())
    else:
        yield texts.line(f"{path}: {_json(value)}")


def _changed(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _changed(f"{path}.{key}", old.get(key, _NOTHING), new.get(key, _NOTHING))
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        yield texts.line(f"{path}:")
        yield from (f"    {line}".rstrip() for line in texts.line_diff(old, new))
    else:
        yield texts.line(f"{path}: {_json(old)} => {_json(new)}")


def _json(value: Any) -> str:
    return "(none)" if value is _NOTHING else _BARE.sub(r"\1", json.dumps(value, ensure_ascii=False, sort_keys=True))
