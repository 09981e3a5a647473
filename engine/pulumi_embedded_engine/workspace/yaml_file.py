"""YAML as the Pulumi CLI reads it, with the line of every value for error messages.

A file is built from the parser's events: what is too deep, too much or given twice is found while it is read.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import ProjectError
from pulumi_embedded_engine.workspace.yaml_scalars import plain_value

Key = str | int
_DEEPEST = 100
_MOST_VALUES = 50_000
_TAG = "tag:yaml.org,2002:"
_TAGS = {
    f"{_TAG}str": (str,),
    f"{_TAG}int": (int,),
    f"{_TAG}float": (float, int),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # where PyYAML was built without libyaml, the slower one


@dataclass
class YamlFile:
    """The content of a file; ``content`` is None for an empty one."""

    path: Path
    content: Any = None
    _lines: dict[tuple[Key, ...], int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "YamlFile":
        """Read a file.

        Raises:
            ProjectError: it cannot be read or is not YAML.
        """
        return cls.parse(path, read_text(path))

    @classmethod
    def parse(cls, path: Path, text: str) -> "YamlFile":
        """A text as the content of a file.

        Raises:
            ProjectError: it is not YAML.
        """
        file = cls(path)
        if control := _CONTROL.search(text):
            line = text.count("\n", 0, control.start()) + 1
            raise ProjectError(f"{path}:{line}: not valid YAML: the character U+{ord(control[0]):04X}")
        builder = _Builder(file)
        try:
            for event in yaml.parse(text, Loader=_PARSER):
                builder.take(event)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ProjectError(f"{path}:{line}: not valid YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise ProjectError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
        file.content = builder.content
        return file

    def error(self, message: str, *keys: Key) -> ProjectError:
        """An error about the value at ``keys``, naming file, line and key."""
        located = next((keys[:end] for end in range(len(keys), 0, -1) if keys[:end] in self._lines), ())
        where = f"{self.path}:{self._lines[located]}" if located else f"{self.path}"
        return ProjectError(f"{where}: {'.'.join(map(str, keys))}: {message}" if keys else f"{where}: {message}")

    def note(self, keys: tuple[Key, ...], line: int) -> None:
        """Remember where the value at ``keys`` stands; what is repeated stands where it was first."""
        self._lines.setdefault(keys, line)


def read_text(path: Path) -> str:
    """The text of a settings file.

    Raises:
        ProjectError: it cannot be read, or is no text.
    """
    return read_bytes_and_text(path)[1]


def read_bytes_and_text(path: Path) -> tuple[bytes, str]:
    """The content of a settings file, as bytes and as text; raises as `read_text`."""
    try:
        data = input_files.read_regular_file(path)
        return data, input_files.decode_yaml_text(data, str(path))
    except input_files.FileError as error:
        raise ProjectError(str(error)) from error


@dataclass
class _Part:
    """A mapping or list that is not complete yet; ``size`` is how many values there were before it."""

    keys: tuple[Key, ...]
    value: dict[str, Any] | list[Any]
    size: int
    anchor: str | None
    name: str | None = None
    merged: dict[str, Any] = field(default_factory=dict)
    merges: bool = False


class _Builder:
    """Makes values of the parser's events, so that what is too deep or too much is found while it is read; an alias counts in full."""

    def __init__(self, file: YamlFile) -> None:
        self.content: Any = None
        self._file = file
        self._open: list[_Part] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._size = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent() if self._expects_name:
                self._name(event, line)
            case yaml.ScalarEvent():
                self._add(self._scalar(event, line), 1, line, event.anchor)
            case yaml.AliasEvent():
                if event.anchor not in self._anchors:
                    raise self._refused(f"unknown anchor '{event.anchor}', or one that contains itself", line)
                self._add(*self._anchors[event.anchor], line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event, line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                part = self._open.pop()
                inner, self._size = self._size - part.size, part.size
                value = part.merged | part.value if isinstance(part.value, dict) else part.value
                self._add(value, inner + 1, line, part.anchor)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._refused("a second document, where a file has one", line)

    @property
    def _expects_name(self) -> bool:
        top = self._open[-1] if self._open else None
        return top is not None and isinstance(top.value, dict) and top.name is None and not top.merges

    def _name(self, event: Any, line: int) -> None:
        top = self._open[-1]
        self._grow(1, line)
        if event.value == "<<" and event.implicit[0]:
            top.merges = True
            return
        if event.value in top.value:
            raise self._refused(f"{'.'.join(map(str, (*top.keys, event.value)))}: is given twice", line)
        self._file.note((*top.keys, event.value), line)
        top.name = event.value

    def _scalar(self, event: Any, line: int) -> Any:
        if event.tag in {None, "!"}:
            value = plain_value(event.value) if event.implicit[0] else event.value
            if isinstance(value, float) and not math.isfinite(value):
                raise self._refused(f"{event.value} cannot be a value of a configuration", line)
            return value
        kinds = _TAGS.get(event.tag)
        if kinds is None:
            raise self._refused(f"the tag {event.tag.replace(_TAG, '!!')} is not supported", line)
        if kinds == (str,):
            return event.value
        value = plain_value(event.value)
        if type(value) not in kinds:
            raise self._refused(f"the value is not of the type of its tag {event.tag.replace(_TAG, '!!')}", line)
        return value

    def _begin(self, event: Any, line: int) -> None:
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.tag not in {None, "!", f"{_TAG}map" if isinstance(value, dict) else f"{_TAG}seq"}:
            raise self._refused(f"the tag {event.tag.replace(_TAG, '!!')} is not supported", line)
        keys = self._keys()
        if self._expects_name:
            raise self._file.error("a name must be a plain text", *keys)
        if len(self._open) >= _DEEPEST:
            raise self._file.error("nested too deeply", *keys[:3])
        self._file.note(keys, line)
        self._anchors.pop(event.anchor, None)
        self._open.append(_Part(keys, value, self._size, event.anchor))

    def _keys(self) -> tuple[Key, ...]:
        if not self._open:
            return ()
        top = self._open[-1]
        return (*top.keys, len(top.value)) if isinstance(top.value, list) else (*top.keys, *filter(None, [top.name]))

    def _add(self, value: Any, size: int, line: int, anchor: str | None = None) -> None:
        """Put a value where it belongs; ``size`` counts all values in it."""
        self._grow(size, line)
        if anchor:
            self._anchors[anchor] = value, size
        if self._expects_name:
            raise self._file.error("a name must be a plain text", *self._open[-1].keys)
        keys = self._keys()
        self._file.note(keys, line)
        if not self._open:
            self.content = value
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.merges:
            top.merges = False
            for part in value if isinstance(value, list) else [value]:
                if not isinstance(part, dict):
                    raise self._file.error("<< merges mappings only", *top.keys)
                top.merged = part | top.merged
        elif top.name is not None:
            top.value[top.name], top.name = value, None

    def _grow(self, size: int, line: int) -> None:
        self._size += size
        if self._size > _MOST_VALUES:
            raise self._refused(f"more than {_MOST_VALUES} values, including those that aliases repeat", line)

    def _refused(self, what: str, line: int) -> ProjectError:
        return ProjectError(f"{self._file.path}:{line}: {what}")


def compose(text: str) -> yaml.Node | None:
    """The nodes of a text, with their places in it."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.BaseLoader)
    return node
