"""Property paths: `root.nested["quoted key"][0].*`, as used by ignoreChanges, replaceOnChanges and detailed diffs."""

import re
from collections.abc import Iterator
from typing import Any

from pulumi_embedded_engine.resource.values import Secret

Path = tuple[str | int, ...]
"""Keys of objects, indexes of arrays; the key `*` stands for every key or index of its level."""

_PLAIN = re.compile("[A-Za-z0-9_]*")


def parse(text: str) -> Path:
    """Split a path into its elements.

    Raises:
        ValueError: a bracket or quote is not closed, or an index is no number.
    """
    return tuple(_elements(text))


def _elements(text: str) -> Iterator[str | int]:
    rest = text
    while rest:
        if rest[0] == ".":
            rest = rest[1:]
        elif rest.startswith('["'):
            key, rest = _quoted(text, rest[2:])
            yield key
        elif rest[0] == "[":
            segment, closing, rest = rest[1:].partition("]")
            if not closing:
                raise ValueError(f"property path {text!r}: missing closing bracket in array index")
            yield segment if segment == "*" else _index(text, segment)
        else:
            end = min((at for at in (rest.find("."), rest.find("[")) if at >= 0), default=len(rest))
            yield rest[:end]
            rest = rest[end:]


def _quoted(text: str, rest: str) -> tuple[str, str]:
    """The key and what follows it. A backslash at the end of a key is written as it is, and looks as if it escaped the closing quote."""
    try:
        return _until_quote(text, rest, "")
    except ValueError:
        return _until_quote(text, rest, '\\"]')


def _until_quote(text: str, rest: str, closing: str) -> tuple[str, str]:
    key = ""
    while rest and rest[0] != '"':
        escaped = rest.startswith('\\"') and not (closing and rest.startswith(closing))
        key += '"' if escaped else rest[0]
        rest = rest[2 if escaped else 1 :]
    if not rest:
        raise ValueError(f"property path {text!r}: missing closing quote in property name")
    if not rest.startswith('"]'):
        raise ValueError(f"property path {text!r}: missing closing bracket in property access")
    return key, rest[2:]


def _index(text: str, segment: str) -> int:
    try:
        return int(segment)
    except ValueError as problem:
        raise ValueError(f"property path {text!r}: invalid array index {segment!r}") from problem


def render(path: Path) -> str:
    """Write a path as text that `parse` reads back."""
    text = ""
    for element in path:
        if isinstance(element, int):
            text += f"[{element}]"
        elif not _PLAIN.fullmatch(element):
            escaped = element.replace('"', '\\"')
            text += f'["{escaped}"]'
        else:
            text += f".{element}" if text else element
    return text


def contains(path: Path, other: Path) -> bool:
    """Whether `other` is the place `path` names, or lies below it."""
    return len(other) >= len(path) and all(own in ("*", element) for own, element in zip(path, other, strict=False))


def reset(path: Path, old: Any, new: Any) -> bool:
    """Put the value that `old` has at `path` into `new`, which is changed in place; secrets stay secret.

    Returns False where that is not possible, because an element of an array was added or removed.
    """
    return _reset(path, old, new, hide=False)


def _open(value: Any) -> tuple[Any, bool]:
    hidden = False
    while isinstance(value, Secret):
        value, hidden = value.value, True
    return value, hidden


def _reset(path: Path, old: Any, new: Any, *, hide: bool) -> bool:
    old, old_hidden = _open(old)
    new, new_hidden = _open(new)
    hide = (hide or old_hidden) and not new_hidden
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        return _reset_index(key, rest, old, new, hide=hide)
    if key == "*":
        return _reset_all(rest, old, new, hide=hide)
    return _reset_key(key, rest, old, new, hide=hide)


def _keep(value: Any, *, hide: bool) -> Any:
    return Secret(value) if hide and not isinstance(value, Secret) else value


def _reset_index(index: int, rest: Path, old: Any, new: Any, *, hide: bool) -> bool:
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and not isinstance(new, list) and index >= 0
    if index >= len(old) and index >= len(new) and not rest:
        return True
    if index < 0 or index >= len(old) or index >= len(new):
        return False
    if rest:
        return _reset(rest, old[index], new[index], hide=hide)
    new[index] = _keep(old[index], hide=hide)
    return True


def _reset_key(key: str, rest: Path, old: Any, new: Any, *, hide: bool) -> bool:
    had_key = isinstance(old, dict) and key in old
    if rest and not (isinstance(old, dict) and isinstance(new, dict)):
        return not isinstance(old, dict) and not isinstance(new, dict)
    if not isinstance(new, dict):
        return not had_key
    if rest:
        return _reset(rest, old.get(key), new[key], hide=hide) if key in new else not had_key
    if had_key:
        new[key] = _keep(old[key], hide=hide)
    else:
        new.pop(key, None)
    return True


def _reset_all(rest: Path, old: Any, new: Any, *, hide: bool) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        if rest:
            return all(key in new and _reset(rest, old[key], new[key], hide=hide) for key in old)
        new.clear()
        new.update({key: _keep(value, hide=hide) for key, value in old.items()})
        return True
    if isinstance(old, list) and isinstance(new, list):
        for index in range(min(len(old), len(new))):
            if not _reset_index(index, rest, old, new, hide=hide):
                return False
        return len(old) == len(new)
    return not rest and isinstance(new, dict | list)
