"""Shows an operation to a person: one line per resource that changes, what changed, outputs, counts. Plain text."""

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from pulumi_embedded_engine.plan.snapshot import state_of
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.report import texts
from pulumi_embedded_engine.report.events import MASK, Diagnostic, Summary
from pulumi_embedded_engine.resource import diffs, paths, state_values
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN, Properties, Secret, Value

_PREFIXES = {
    Op.SAME: "  ",
    Op.CREATE: "+ ",
    Op.UPDATE: "~ ",
    Op.DELETE: "- ",
    Op.REPLACE: "+-",
    Op.CREATE_REPLACEMENT: "++",
    Op.DELETE_REPLACED: "--",
    Op.READ: "> ",
    Op.READ_REPLACEMENT: ">+",
    Op.REFRESH: "~ ",
    Op.READ_DISCARD: "< ",
    Op.DISCARD_REPLACED: "<<",
    Op.IMPORT: "= ",
    Op.IMPORT_REPLACEMENT: "=>",
}
_PLANNED = {
    Op.CREATE_REPLACEMENT: "create replacement",
    Op.DELETE_REPLACED: "delete original",
    Op.READ_DISCARD: "discard",
    Op.DISCARD_REPLACED: "discard original",
    Op.READ_REPLACEMENT: "read replacement",
    Op.IMPORT_REPLACEMENT: "import replacement",
}
_DONE = {
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.DELETE: "deleted",
    Op.REPLACE: "replaced",
    Op.CREATE_REPLACEMENT: "created replacement",
    Op.DELETE_REPLACED: "deleted original",
    Op.READ: "read",
    Op.READ_REPLACEMENT: "read for replacement",
    Op.READ_DISCARD: "discarded",
    Op.DISCARD_REPLACED: "discarded original",
    Op.IMPORT: "imported",
    Op.IMPORT_REPLACEMENT: "imported replacement",
}
_SIGNS = {"add": "+", "delete": "-", "update": "~"}
_QUIET = frozenset({Op.SAME, Op.REFRESH, Op.REMOVE_PENDING_REPLACE, Op.READ})
_UNCOUNTED = frozenset({Op.SAME, Op.READ, Op.READ_DISCARD, Op.READ_REPLACEMENT})


class Writable(Protocol):
    """A stream as `Display` needs it."""

    def write(self, text: str, /) -> int: ...

    def flush(self) -> None: ...


class Display:
    """Writes to a stream as things happen; call `finish` at the end of each run.

    Args:
        stream: where to write.
        show_sames: also show resources that do not change.
        show_secrets: show the stack's secret outputs at the end.
        debug: show what is logged for debugging.
        suppress_outputs: show no outputs of the stack.
    """

    def __init__(
        self,
        stream: Writable,
        *,
        show_sames: bool = False,
        show_secrets: bool = False,
        debug: bool = False,
        suppress_outputs: bool = False,
    ) -> None:
        self._stream, self._show_sames, self._show_secrets, self._debug = stream, show_sames, show_secrets, debug
        self._suppress_outputs = suppress_outputs
        self._started: dict[str, float] = {}
        self._diagnostics: dict[str, list[Diagnostic]] = defaultdict(list)
        self._stack: Resource | None = None
        self._old_outputs: Properties = {}

    def _print(self, text: str = "") -> None:
        self._stream.write(f"{texts.line(text)}\n")
        self._stream.flush()

    def headline(self, text: str) -> None:
        self._print(text)

    def prelude(self, config: Mapping[str, str]) -> None:
        del config

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        if (self._debug or diagnostic.severity != "debug") and not diagnostic.ephemeral:
            self._diagnostics[diagnostic.urn].append(diagnostic)

    def started(self, step: Step, *, planning: bool) -> None:
        del planning
        self._started[step.urn] = time.monotonic()

    def done(self, op: Op, step: Step, *, planning: bool) -> None:
        if urns.qualified_type(step.urn) == urns.ROOT_STACK_TYPE:
            self._stack = state_of(step.new)
            self._old_outputs = step.old.state.outputs if step.old else self._old_outputs
            if op == Op.SAME:
                return
        if urns.is_default_provider(step.urn) or (op in _QUIET and not self._show_sames):
            return
        if not step.resource.state.custom and step.new and step.urn not in self._started:
            return  # a component's outputs: its line has been written
        words = _PLANNED.get(op, op.value) if planning else f"{_DONE.get(op, op.value)} ({self._seconds(step.urn)})"
        self._print(f" {_PREFIXES.get(op, '  ')} {step.type} {urns.name_of(step.urn)} {words}")
        for line in _changes(op, step):
            self._print(f"        {line}")
        self._started.pop(step.urn, None)

    def _seconds(self, urn: str) -> str:
        took = time.monotonic() - self._started.get(urn, time.monotonic())
        return f"{took:.2f}s"

    def failed(self, step: Step, *, unclear: bool, done: int) -> None:
        del unclear, done
        self._print(f" {_PREFIXES.get(step.op, '  ')} {step.type} {urns.name_of(step.urn)} **{step.op.value} failed**")

    def summary(self, summary: Summary) -> None:
        self._show_diagnostics()
        if self._stack and not self._suppress_outputs:
            self._show_outputs(self._stack.outputs)
        self._print("Resources:")
        for line in _counts(summary.changes, preview=summary.preview):
            self._print(f"    {line}")
        errored = sum(any(item.severity == "error" for item in items) for items in self._diagnostics.values())
        if errored:
            self._print(f"    {errored} errored")
        self._print()
        if not summary.preview:
            self._print(f"Duration: {_duration(summary.seconds)}")
            self._print()
        self._started.clear()
        self._diagnostics.clear()
        self._stack = None

    def finish(self) -> None:
        """Show the messages of an operation that ended before its summary."""
        self._show_diagnostics()
        self._diagnostics.clear()

    def _show_diagnostics(self) -> None:
        if not any(self._diagnostics.values()):
            return
        self._print("Diagnostics:")
        for urn, diagnostics in self._diagnostics.items():
            self._print(f"  {urns.type_of(urn)} ({urns.name_of(urn)}):" if urn else "  the stack:")
            for item in diagnostics:
                prefix = "" if item.severity.startswith("info") else f"{item.severity}: "
                for line in f"{prefix}{item.message}".rstrip("\n").split("\n"):
                    self._print(f"    {line}")
        self._print()

    def _show_outputs(self, outputs: Properties) -> None:
        lines = list(_outputs(self._old_outputs, outputs, show_secrets=self._show_secrets))
        if lines:
            self._print("Outputs:")
            for line in lines:
                self._print(f"  {line}")
            self._print()


def _changes(op: Op, step: Step) -> Iterator[str]:
    """What changes in a resource, one line per property; hidden and secret values are masked."""
    if op not in (Op.UPDATE, Op.REPLACE, Op.CREATE_REPLACEMENT) or not (step.old and step.new):
        return
    if op == Op.CREATE_REPLACEMENT:
        return  # the replacement itself tells
    old, new = step.old.state, step.new.state
    hidden = [paths.parse(path) for path in new.hide_diff]
    shown = diffs.differences(old.inputs, new.inputs)
    before, after = old.inputs, new.inputs
    if not shown and step.op == Op.REFRESH:
        shown, before, after = diffs.differences(old.outputs, new.outputs), old.outputs, new.outputs
    for path, diff in shown.items():
        parsed = paths.parse(path)
        if not any(paths.contains(place, parsed) for place in hidden):
            yield from _change(f"{_SIGNS[diff.kind]} {path}:", diff.kind, _at(before, parsed), _at(after, parsed))
    reasons = [key for key in step.keys if key not in shown]
    if reasons:
        yield f"(replaced because of {', '.join(reasons)})"


def _change(title: str, kind: str, old: Value, new: Value) -> Iterator[str]:
    if kind != "update":
        yield f"{title} {format_value(new if kind == 'add' else old)}"
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        yield title
        yield from (f"    {line}" for line in texts.line_diff(old, new))
    else:
        before, after = texts.excerpt_around_difference(_line(old), _line(new))
        yield f"{title} {before} => {after}"


def _at(value: Value, path: paths.Path) -> Value:
    for index, key in enumerate(path):
        if isinstance(value, Secret):
            return value
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None if index < len(path) else value
    return value


def format_value(value: Value, *, show_secrets: bool = False) -> str:
    """The start of a value, on one line, with secrets masked unless they are to be shown."""
    return texts.shorten(_line(value, show_secrets=show_secrets))


def _line(value: Value, *, show_secrets: bool = False) -> str:
    text = json.dumps(to_json(value, show_secrets=show_secrets), ensure_ascii=False)
    for mark in (MASK, "[unknown]"):
        text = text.replace(f'"{mark}"', mark)
    return text


def to_json(value: Value, *, show_secrets: bool) -> Any:
    """A value as JSON, with secrets masked unless they are to be shown."""
    if isinstance(value, Secret):
        return to_json(value.value, show_secrets=show_secrets) if show_secrets else MASK
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, dict):
        return {key: to_json(item, show_secrets=show_secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item, show_secrets=show_secrets) for item in value]
    return state_values.to_state({"": value}, lambda _: MASK)[""]


def _outputs(old: Properties, new: Properties, *, show_secrets: bool) -> Iterator[str]:
    changed = diffs.differences({key: [value] for key, value in old.items()}, {key: [value] for key, value in new.items()})
    kinds = {str(paths.parse(path)[0]): diff.kind for path, diff in changed.items()}
    width = max((len(key) for key in new), default=0)
    for key in sorted(old.keys() | new.keys()):
        kind = kinds.get(key)
        if key not in old:
            kind = "add" if old else None
        elif key not in new:
            kind = "delete"
        value = format_value(new.get(key, old.get(key)), show_secrets=show_secrets)
        if kind == "update":
            lines = (_line(side.get(key), show_secrets=show_secrets) for side in (old, new))
            value = " => ".join(texts.excerpt_around_difference(*lines))
        yield f"{_SIGNS.get(kind or '', ' ')} {key.ljust(width)}: {value}"


def _counts(changes: Mapping[str, int], *, preview: bool) -> Iterator[str]:
    counted = {op: changes[op.value] for op in Op if op not in _UNCOUNTED and changes.get(op.value)}
    for op, count in counted.items():
        words = f"to {op.value}" if preview else _DONE.get(op, op.value)
        yield f"{_PREFIXES.get(op, '  ')}{count} {words}"
    total, same = sum(counted.values()), changes.get(Op.SAME.value, 0)
    pieces = [f"{total} changes"] if len(counted) > 1 else []
    pieces += [f"{same} unchanged"] if same else []
    if pieces:
        yield ". ".join(pieces)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
