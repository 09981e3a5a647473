"""YAML, read strictly: duplicate keys are refused, only plain values are constructed, and the cost is linear in the document's length.

A document is built from the parser's events and not by its loader: what is too deep, too much or given twice is found while it is read. Values are
those of YAML 1.1, without dates: ``2027-01-31`` is a text. An alias counts with all that it stands for.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml
from yaml import events
from yaml.resolver import Resolver

from pulumi_workspace365.documents import input_files
from pulumi_workspace365.documents.input_files import FileError

ValuePath = tuple[str | int, ...]
"""Where a value stands: the names and indices that lead to it."""

PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML's parser; where it was built without libyaml, the slower one."""
DEEPEST = 50
MOST_VALUES = 50_000

_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG = "tag:yaml.org,2002:"
_LONGEST_NUMBER = 100
_WORDS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}


@dataclass(frozen=True)
class Document:
    """The content of a file; ``value`` is ``None`` if it is empty."""

    source: str
    value: Any
    places: dict[ValuePath, tuple[int, int]] = field(default_factory=dict, repr=False)
    """Line and column of each field and value, from 1."""

    def line(self, path: ValuePath) -> int:
        """The line of a value, or of the nearest thing around it."""
        return self.place(path)[0]

    def place(self, path: ValuePath) -> tuple[int, int]:
        """Line and column of a value, likewise."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


def parse(text: str, source: str) -> Document:
    """The one document of a YAML text: mappings with texts as names, lists, texts, numbers, true, false and nothing.

    Raises:
        FileError: it is no such document; with line and column.
    """
    if control := _CONTROL.search(text):
        what = f"it holds the character U+{ord(control[0]):04X}, which no YAML may hold"
        raise FileError(source, what, *input_files.line_and_column(text, control.start()))
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=PARSER):
            builder.take(event)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        reason = f"this is not valid YAML ({problem.problem or problem.context})"
        raise FileError(source, reason, *((mark.line + 1, mark.column + 1) if mark else ())) from problem
    except yaml.YAMLError as problem:
        raise FileError(source, f"this is not valid YAML ({str(problem).partition(chr(10))[0]})") from problem
    return Document(source, builder.document, builder.places)


@dataclass
class _Part:
    """A mapping or list that is not complete yet."""

    spot: ValuePath
    value: dict[str, Any] | list[Any]
    counted_before: int
    anchor: str | None
    name: str | None = None
    """The name whose value comes next."""
    merged: dict[str, Any] | None = None
    merges: bool = False
    """The next value is one of ``<<``."""


class _Builder:
    """Makes values of events."""

    def __init__(self, source: str) -> None:
        self.document: Any = None
        self.places: dict[ValuePath, tuple[int, int]] = {}
        self._source = source
        self._open: list[_Part] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        match event:
            case events.ScalarEvent():
                self._scalar(event)
            case events.AliasEvent():
                self._alias(event)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self._begin(event)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                self._end(event)
            case events.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._refuse("a second document begins here, where a file has one", event)

    def _scalar(self, event: Any) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.name is None and not top.merges:
            self._name(top, event)
            return
        try:
            value = _plain_value(event)
        except ValueError as problem:
            self._refuse(str(problem), event)
        self._add(value, 1, event)

    def _name(self, top: _Part, event: Any) -> None:
        self._counted(1, event)
        if event.value == "<<" and event.implicit[0]:
            if top.merged is not None:
                self._refuse("<< is given twice", event)
            top.merges, top.merged = True, {}
            return
        if event.value in top.value:
            self._refuse(f"the field {event.value!r:.80} is given twice", event)
        self.places[(*top.spot, event.value)] = _place(event)
        top.name = event.value

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            self._refuse(f"the alias *{event.anchor:.80} is not defined, or contains itself", event)
        self._add(*self._anchors[event.anchor], event)

    def _begin(self, event: Any) -> None:
        kind = dict if isinstance(event, events.MappingStartEvent) else list
        if event.tag not in {None, "!", f"{_TAG}{'map' if kind is dict else 'seq'}"}:
            self._refuse(_unknown_tag(event.tag), event)
        if len(self._open) >= DEEPEST:
            self._refuse(f"it is nested too deeply (more than {DEEPEST} levels)", event)
        path = self._spot(event)
        self.places.setdefault(path, _place(event))
        self._open.append(_Part(path, kind(), self._count, event.anchor))
        if event.anchor:
            self._anchors.pop(event.anchor, None)

    def _end(self, event: Any) -> None:
        part = self._open.pop()
        value = part.merged | part.value if part.merged and isinstance(part.value, dict) else part.value
        inner = self._count - part.counted_before
        self._count = part.counted_before
        self._add(value, inner + 1, event, part.anchor)

    def _add(self, value: Any, count: int, event: Any, anchor: str | None = None) -> None:
        """Put a value where it belongs; ``count`` is of all values in it."""
        self._counted(count, event)
        if anchor := anchor or (event.anchor if isinstance(event, events.ScalarEvent) else None):
            self._anchors[anchor] = value, count
        if not self._open:
            self.document = value
            self.places.setdefault((), _place(event))
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            self.places.setdefault((*top.spot, len(top.value)), _place(event))
            top.value.append(value)
        elif top.merges:
            top.merges, top.merged = False, self._merged(value, event)
        elif top.name is None:
            self._refuse("the name of a field must be a text", event)
        else:
            top.value[top.name], top.name = value, None

    def _merged(self, value: Any, event: Any) -> dict[str, Any]:
        """What ``<<`` brings: of several mappings the first has the say."""
        merged: dict[str, Any] = {}
        for part in reversed(value if isinstance(value, list) else [value]):
            if not isinstance(part, dict):
                self._refuse("<< takes a mapping or a list of mappings", event)
            merged |= part
        return merged

    def _spot(self, event: Any) -> ValuePath:
        if not self._open:
            return ()
        top = self._open[-1]
        if isinstance(top.value, list):
            return (*top.spot, len(top.value))
        if top.name is None and not top.merges:
            self._refuse("the name of a field must be a text", event)
        return (*top.spot, top.name or "<<")

    def _counted(self, count: int, event: Any) -> None:
        self._count += count
        if self._count > MOST_VALUES:
            self._refuse(f"it holds more than {MOST_VALUES} values, including those that aliases repeat", event)

    def _refuse(self, reason: str, event: Any) -> NoReturn:
        raise FileError(self._source, reason, *_place(event))


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Scalars(Resolver):
    """PyYAML's rules for what a plain scalar is, without dates and ``=``."""

    yaml_implicit_resolvers = {  # noqa: RUF012  the attribute that PyYAML reads
        first: [(tag, rule) for tag, rule in rules if tag not in {f"{_TAG}timestamp", f"{_TAG}value"}]
        for first, rules in Resolver.yaml_implicit_resolvers.items()
    }


_RESOLVER = _Scalars()
_YAML_VALUES = yaml.constructor.SafeConstructor()


def _plain_value(event: Any) -> Any:
    """Raises ValueError with a clause for people."""
    tag, value = event.tag, event.value
    if "\0" in value:
        raise ValueError("it holds the character U+0000")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("it contains a lone surrogate, which is not a character")
    if tag is None:
        tag = _RESOLVER.resolve(yaml.ScalarNode, value, (True, False)) if event.implicit[0] else f"{_TAG}str"  # type: ignore[no-untyped-call]
    match tag.removeprefix(_TAG):
        case "str" | "!" | "merge":
            return value
        case "null":
            return None
        case "bool" if value.lower() in _WORDS:
            return _WORDS[value.lower()]
        case "int":
            return _number(value, "whole number", _YAML_VALUES.construct_yaml_int)
        case "float":
            return _number(value, "number", _YAML_VALUES.construct_yaml_float)
        case "bool":
            raise ValueError("this is neither true nor false")
    raise ValueError(_unknown_tag(tag))


def _number(value: str, what: str, read: Callable[[Any], Any]) -> Any:
    try:
        number = read(yaml.ScalarNode("", value)) if len(value) <= _LONGEST_NUMBER else math.nan
    except (ValueError, OverflowError, IndexError):
        number = math.nan
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(f"this is no {what} that can be used here; put text in quotes")
    return number


def _unknown_tag(tag: str) -> str:
    return f"the tag {tag.replace(_TAG, '!!'):.80} is not supported: write a plain value"
