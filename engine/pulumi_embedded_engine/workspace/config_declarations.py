"""The keys of the configuration that Pulumi.yaml declares: their types, defaults and values (Pulumi's pkg/workspace/config.go)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_embedded_engine.errors import NeedsPulumiCLI
from pulumi_embedded_engine.workspace.yaml_file import YamlFile

_TYPES = {"string", "integer", "boolean", "array", "object"}
_DECLARATION_KEYS = {"type", "items", "description", "secret", "default", "value"}


@dataclass(frozen=True)
class Declaration:
    """The declaration of a key in Pulumi.yaml; ``default`` is None if there is none."""

    type: str = ""
    items: Mapping[str, Any] | None = None
    secret: bool = False
    default: Any = None

    @property
    def type_name(self) -> str:
        """The type as a person reads it: ``array<integer>``."""
        return _type_name(self.type, self.items)

    def allows(self, value: Any) -> bool:
        """Whether a value is of the type."""
        return _fits(self.type, self.items, value)


def declarations(file: YamlFile, project: str, section: Any) -> dict[str, Declaration]:
    """The ``config`` section of Pulumi.yaml, by full key.

    Raises:
        ProjectError: a declaration is malformed; names file, line and key.
    """
    if section is None or isinstance(section, str):
        return {}
    if not isinstance(section, dict):
        raise file.error("expected a mapping of names to values", "config")
    return {full_key(file, project, key): _declaration(file, project, key, value) for key, value in sorted(section.items())}


def _declaration(file: YamlFile, project: str, key: str, value: Any) -> Declaration:
    if any(mark in key for mark in ".["):
        raise NeedsPulumiCLI(f"the configuration key {key!r} in {file.path}, which is a path into an object,")
    own = ":" not in key or key.startswith(f"{project}:")
    if not isinstance(value, dict):
        if not isinstance(value, str | int | list):
            raise file.error(
                "expected a string, a whole number, true, false, a list, or an object with default or value", "config", key
            )
        return Declaration(default=value)
    if unknown := sorted(value.keys() - _DECLARATION_KEYS):
        raise file.error(f"unknown; expected {', '.join(sorted(_DECLARATION_KEYS))}", "config", key, unknown[0])
    type_, items, default, fixed = (value.get(name) for name in ("type", "items", "default", "value"))
    if type_ is not None and (not isinstance(type_, str) or type_ not in _TYPES):
        raise file.error(f"unknown type; expected {', '.join(sorted(_TYPES))}", "config", key, "type")
    if default is not None and fixed is not None:
        raise file.error("cannot have both a default and a value", "config", key)
    if not own and (type_ or default is not None or fixed is None):
        raise file.error("a key of another namespace needs a value, and takes neither type nor default", "config", key)
    items = items if type_ == "array" else None
    if type_ == "array" and not _is_items(items):
        raise file.error("an array needs the type of its items", "config", key)
    if type_ and default is not None and not _fits(type_, items, default):
        raise file.error(f"the default is not of type {_type_name(type_, items)}", "config", key, "default")
    return Declaration(type_ or "", items, value.get("secret") is True, fixed if default is None else default)


def _is_items(items: Any) -> bool:
    """Whether this says of which type the items of an array are, and if they are arrays, the items of those."""
    if not isinstance(items, dict) or not isinstance(items.get("type"), str) or items["type"] not in _TYPES:
        return False
    return items["type"] != "array" or _is_items(items.get("items"))


def full_key(file: YamlFile, project: str, name: str) -> str:
    """A key with its namespace, which is the project's where it has none.

    Raises:
        ProjectError: it is no key.
    """
    match name.split(":"):
        case [bare]:
            return f"{project}:{bare}"
        case [_, _]:
            return name
        case [namespace, "config", bare]:
            return f"{namespace}:{bare}"
    raise file.error("expected a key of the form <namespace>:<name>", "config", name)


def _fits(type_: str, items: Mapping[str, Any] | None, value: Any) -> bool:
    match type_:
        case "string":
            return isinstance(value, str)
        case "integer":
            return _is_integer(value)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
        case _:
            if not isinstance(value, list) or items is None:
                return False
            return all(_fits(items["type"], items.get("items"), item) for item in value)


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        return value.removeprefix("-").removeprefix("+").isdecimal()
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()


def _type_name(type_: str, items: Mapping[str, Any] | None) -> str:
    return f"array<{_type_name(items['type'], items.get('items'))}>" if items else type_
