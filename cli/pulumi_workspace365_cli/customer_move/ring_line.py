"""The ring in the text of a customer's file, changed in its place: comments, order, quotes and line ends stay."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365_cli.errors import CommandError

_LINE_END = re.compile("\r\n|\n|\r")


@dataclass(frozen=True)
class _Span:
    """Where a value of the document's mapping stands in the text."""

    start: int
    end: int
    quote: str

    @classmethod
    def of(cls, event: Any) -> "_Span":
        """Of a scalar."""
        return cls(event.start_mark.index, event.end_mark.index, event.style if event.style in {"'", '"'} else "")


def with_ring(text: str, ring: str, source: str) -> str:
    """The text with another ring; after the key's line where it names none.

    Args:
        text: of the file.
        ring: the new ring.
        source: what messages call the file.

    Raises:
        CommandError: the ring is written in a way that cannot be changed in its place.
    """
    before = _value(text, source)
    wanted = {**before, "ring": ring}
    for written in (ring, f"'{ring}'"):
        changed = _changed(text, ring, written)
        if changed is not None and _is(changed, wanted):
            return changed
    raise CommandError(
        f"{source}: the ring cannot be changed where it stands, so nothing was changed: write it there as `ring: NAME`, then run the command again."
    )


def _value(text: str, source: str) -> dict[str, Any]:
    try:
        value = yaml_document.parse(text.removeprefix("\ufeff"), source).value
    except input_files.FileError as problem:
        raise CommandError(str(problem)) from problem
    return value if isinstance(value, dict) else {}


def _is(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _value(text, "") == wanted
    except CommandError:
        return False


def _changed(text: str, ring: str, written: str) -> str | None:
    spans = _spans(text)
    if found := spans.get("ring"):
        value = f"{found.quote}{ring}{found.quote}" if found.quote else written
        return text[: found.start] + value + text[found.end :]
    key = spans.get("key")
    if key is None:
        return None
    line_end = _LINE_END.search(text, key.end)
    if line_end is None:
        return f"{text}\nring: {written}"
    return f"{text[: line_end.end()]}ring: {written}{line_end[0]}{text[line_end.end() :]}"


def _spans(text: str) -> dict[str, _Span]:
    """Of the values that are scalars, by name. PyYAML's own parser counts characters; the text has been read before."""
    spans: dict[str, _Span] = {}
    depth, name = 0, None
    events: Iterable[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif depth == 1 and isinstance(event, yaml.ScalarEvent) and name is None:
            name = str(event.value)
            continue
        elif depth == 1 and isinstance(event, yaml.ScalarEvent) and name is not None:
            spans[name] = _Span.of(event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif depth == 1:
            name = None
    return spans
