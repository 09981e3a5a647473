"""YAML as the Pulumi CLI reads it, with the line of every value for error messages.

The CLI's parser (gopkg.in/yaml.v3) follows YAML 1.2 where PyYAML follows 1.1: ``yes`` and ``on`` are texts there, ``1:30`` is no
number, and a name given twice is an error. Dates become the text that Go prints for them, as in stack configuration.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pulumi_embedded_engine.errors import ProjectError

Key = str | int
_PLAIN = "plain"
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"(?P<sign>[-+]?)(?P<digits>0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?")
_TIME = re.compile(r"\d{4}-\d\d?-\d\d?([Tt]\d\d?:\d\d?:\d\d?(\.\d+)?(Z|[-+]\d\d:\d\d)| \d\d?:\d\d?:\d\d?(\.\d+)?)")
_MAX_UNSIGNED = 2**64 - 1
_MIN_SIGNED = -(2**63)
_DEEPEST = 100  # an alias inside its own anchor would never end


class _Loader(yaml.BaseLoader):
    """Composes nodes; a plain scalar keeps a tag of its own, so that a quoted one stays a text."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        plain = kind is yaml.ScalarNode and implicit[0]
        return _PLAIN if plain else super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]


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
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectError(f"{path}: cannot be read: {error}") from error
        return cls.parse(path, text)

    @classmethod
    def parse(cls, path: Path, text: str) -> "YamlFile":
        """A text as the content of a file.

        Raises:
            ProjectError: it is not YAML.
        """
        try:
            node = compose(text)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ProjectError(f"{path}:{line}: not valid YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise ProjectError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
        file = cls(path)
        if node is not None:
            file.content = file._build(node, ())
        return file

    def error(self, message: str, *keys: Key) -> ProjectError:
        """An error about the value at ``keys``, naming file, line and key."""
        known = next((keys[:end] for end in range(len(keys), 0, -1) if keys[:end] in self._lines), ())
        where = f"{self.path}:{self._lines[known]}" if known else f"{self.path}"
        return ProjectError(f"{where}: {'.'.join(map(str, keys))}: {message}" if keys else f"{where}: {message}")

    def _build(self, node: yaml.Node, keys: tuple[Key, ...]) -> Any:
        self._lines.setdefault(keys, node.start_mark.line + 1)
        if len(keys) > _DEEPEST:
            raise self.error("nested too deeply", *keys[:3])
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, keys)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*keys, index)) for index, item in enumerate(node.value)]
        return plain_value(node.value) if node.tag == _PLAIN else node.value

    def _mapping(self, node: yaml.MappingNode, keys: tuple[Key, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for name_node, value_node in node.value:
            name = name_node.value
            if not isinstance(name, str):
                raise self.error("a name must be a plain text", *keys)
            if name == "<<" and name_node.tag == _PLAIN:
                merged = self._merge(value_node, keys) | merged
                continue
            self._lines[*keys, name] = name_node.start_mark.line + 1
            if name in result:
                raise self.error("is given twice", *keys, name)
            result[name] = self._build(value_node, (*keys, name))
        return merged | result

    def _merge(self, node: yaml.Node, keys: tuple[Key, ...]) -> dict[str, Any]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                raise self.error("<< merges mappings only", *keys)
            merged = self._mapping(part, keys) | merged
        return merged


def compose(text: str) -> yaml.Node | None:
    """The nodes of a text, with their places in it."""
    node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    return node


def plain_value(text: str) -> Any:
    """What a text stands for where it is written without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if (time := _time(text)) is not None:
        return time
    plain = text.replace("_", "")
    if match := _INTEGER.fullmatch(plain):
        return _integer(match["sign"], match["digits"], plain)
    if _FLOAT.fullmatch(plain):
        return float(plain) if math.isfinite(float(plain)) else text
    return _special_floats().get(text, text)


def _integer(sign: str, digits: str, plain: str) -> int | float:
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    value = int(sign + ("0o" + digits[1:] if octal else digits), 0)
    return value if _MIN_SIGNED <= value <= _MAX_UNSIGNED else float(plain)


def _special_floats() -> dict[str, float]:
    infinite = {f"{sign}{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
    return infinite | dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))


def _time(text: str) -> str | None:
    """A date or time as Go prints it: 2020-01-02 00:00:00 +0000 UTC."""
    try:
        if _DATE.fullmatch(text):
            return f"{dt.date(*map(int, text.split('-')))} 00:00:00 +0000 UTC"
        if _TIME.fullmatch(text):
            return _go_time(text)
    except ValueError:  # the 31st of February stays a text
        return None
    return None


def _go_time(text: str) -> str:
    date, clock = re.split("[Tt ]", text, maxsplit=1)
    match = re.fullmatch(r"([\d:]+)(\.\d+)?(Z|[-+]\d\d:\d\d)?", clock)
    assert match is not None  # noqa: S101  _TIME has matched
    day = dt.date(*map(int, date.split("-")))
    hour, minute, second = map(int, match[1].split(":"))
    fraction = (match[2] or "")[:10].rstrip("0").rstrip(".")
    zone = (match[3] or "Z").replace(":", "")
    return f"{day} {dt.time(hour, minute, second)}{fraction} " + (
        "+0000 UTC" if zone in {"Z", "+0000", "-0000"} else f"{zone} {zone}"
    )
