"""Values within lists and objects of a stack's configuration, by paths such as `names[0].first` (Pulumi's sdk/go/common/resource/config)."""

import copy
import re
from collections.abc import Sequence
from typing import Any

from pulumi_embedded_engine.errors import ProjectError
from pulumi_embedded_engine.resource import paths

Element = str | int
_DIGITS = re.compile(r"[1-9][0-9]*|0|-[0-9]+")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_MOST_ELEMENTS = 10_000
_RESERVED = 'maps with the single key "secure" are reserved'


class ConfigPathError(ProjectError):
    """A path that is none, or does not fit what is there."""


def parse(key: str) -> tuple[str, tuple[Element, ...]]:
    """A key with its namespace, if it has one, and the path below it.

    Raises:
        ConfigPathError: it is no path.
    """
    above = re.split(r"[.\[]", key, maxsplit=1)[0]
    namespace, separator, _ = above.rpartition(":")
    text = key[len(namespace) + len(separator) :]
    if text.startswith("."):
        raise ConfigPathError("invalid config key path: expected property path to start with a name or index")
    if text.endswith("."):
        raise ConfigPathError("invalid config key path: expected property path to end with a name or index")
    if ".[" in text:
        raise ConfigPathError("invalid config key path: expected property name after '.'")
    try:
        first, *rest = paths.parse(text) or ("",)
    except ValueError as error:
        raise ConfigPathError(f"invalid config key path: {str(error).rpartition(': ')[2]}") from error
    if not isinstance(first, str):
        raise ConfigPathError("first path segement of config key must be a string")
    if not first:
        raise ConfigPathError("config key is empty")
    return f"{namespace}{separator}{first}", tuple(rest)


def coerced(text: str) -> str | bool | int:
    """The value of a text below the top level: booleans and whole numbers without a leading zero are converted."""
    if text in {"true", "false"}:
        return text == "true"
    if _DIGITS.fullmatch(text) and _SMALLEST <= int(text) <= _LARGEST:
        return int(text)
    return text


def is_secure(value: Any) -> bool:
    """Whether a value of a stack's file is a ciphertext."""
    return isinstance(value, dict) and value.keys() == {"secure"} and isinstance(value["secure"], str)


def found(value: Any, path: Sequence[Element]) -> tuple[Any, bool]:
    """The value at a path, and whether there is one; a secret has nothing below it."""
    for element in path:
        holder = {} if is_secure(value) else value
        if isinstance(holder, list):
            holder = dict(enumerate(holder))
        if not isinstance(holder, dict) or element not in holder:
            return None, False
        value = holder[element]
    return value, True


def with_value(value: Any, path: Sequence[Element], new: Any, top: str) -> Any:
    """A value that has another one at a path; what is above it is made if need be.

    Raises:
        ConfigPathError: the path does not fit what is there.
    """
    return _set(copy.deepcopy(value), path, new, (top,))


def _set(value: Any, path: Sequence[Element], new: Any, before: tuple[Element, ...]) -> Any:
    if not path:
        return new
    element, rest = path[0], path[1:]
    if is_secure(value) or not isinstance(value, list | dict):
        if value is not None and len(before) > 1:
            raise ConfigPathError(f"{_display_path(before)}: expected {'an array' if isinstance(element, int) else 'a map'}")
        value = _container(element, (*before, element))
    here = (*before, element)
    if isinstance(value, list):
        if not isinstance(element, int):
            raise ConfigPathError(f"{_display_path(here)}: key for an array must be an int")
        if not 0 <= element <= len(value):
            raise ConfigPathError(f"{_display_path(here)}: array index out of range")
        if element == len(value):
            value.append(None)
        items: list[Any] = value
        items[element] = _set(items[element], rest, new, here)
        return items
    if not isinstance(element, str):
        raise ConfigPathError(f"{_display_path(here)}: key for a map must be a string")
    if not rest and not value and element == "secure" and isinstance(new, str):
        raise ConfigPathError(_RESERVED)
    value[element] = _set(value.get(element), rest, new, here)
    return value


def _container(element: Element, here: tuple[Element, ...]) -> Any:
    if isinstance(element, str):
        return {}
    if not 0 <= element < _MOST_ELEMENTS:
        raise ConfigPathError(f"{_display_path(here)}: array index out of range")
    return [None] * (element + 1)


def without(value: Any, path: Sequence[Element]) -> Any:
    """A value without the one at a path; what is not there need not be removed.

    Raises:
        ConfigPathError: the remaining value would look like a secret.
    """
    changed = copy.deepcopy(value)
    holder: Any
    holder, there = found(changed, path[:-1])
    if not there or not found(holder, path[-1:])[1]:
        return changed
    del holder[path[-1]]
    if is_secure(holder):
        raise ConfigPathError(f"{_display_path(path)}: {_RESERVED}")
    return changed


def _display_path(path: Sequence[Element]) -> str:
    return paths.render(tuple(path))
