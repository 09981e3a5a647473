"""Files that the sandbox reads: regular ones up to a limit; whatever else is in their place is told in one sentence with file and line."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from yaml import events

from pulumi_workspace365_sandbox.support.safe_text import line

_LARGEST = 256 * 1024 * 1024
_LARGEST_YAML = 1024 * 1024
_DEEPEST = 100
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_T = TypeVar("_T")


class FileError(Exception):
    """A file cannot be used; the message names it, and the line where it is known."""

    def __init__(self, path: Path, reason: str, at: int | None = None) -> None:
        super().__init__(line(f"{path}{f':{at}' if at else ''}: {reason}"))


def content(path: Path, largest: int = _LARGEST) -> bytes:
    """What a regular file, or a link to one, holds.

    Raises:
        FileNotFoundError: there is none.
        FileError: it cannot be read, is no regular file or has more bytes.
    """
    try:
        refuse_other_than_files(path, path.stat().st_mode)  # before opening: to open a device may do something
        with open(os.open(path, _OPENING), "rb") as file:  # noqa: PTH123  a descriptor
            refuse_other_than_files(path, os.fstat(file.fileno()).st_mode)
            data = file.read(largest + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileError(path, f"it cannot be read ({error.strerror})") from error
    if len(data) > largest:
        raise FileError(path, f"it is larger than {largest // (1024 * 1024)} MiB")
    return data


def validated(path: Path, validate: Callable[[bytes], _T]) -> _T:
    """What pydantic makes of a JSON file.

    Raises:
        FileNotFoundError: there is none.
        FileError: as of :func:`content`, and where it is not what is expected.
    """
    try:
        return validate(content(path))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise FileError(path, f"it is not what the sandbox wrote ({f'{where}: ' if where else ''}{first['msg']:.200})") from error


def json_object(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds.

    Raises:
        FileNotFoundError: there is none.
        FileError: as of :func:`content`, and where it holds none.
    """
    try:
        value = json.loads(content(path))
    except json.JSONDecodeError as error:
        raise FileError(path, f"it is no JSON ({error.msg})", error.lineno) from error
    except ValueError as error:
        raise FileError(path, "it is no JSON in UTF-8 that can be used") from error
    except RecursionError as error:
        raise FileError(path, "it is nested too deeply") from error
    if not isinstance(value, dict):
        raise FileError(path, "it holds no JSON object")
    return value


def top_level(path: Path) -> dict[str, str | None]:
    """The fields of the mapping that a YAML file holds: the text of a plain value, None where it is none; nothing else is interpreted.

    Raises:
        FileNotFoundError: there is none.
        FileError: as of :func:`content`, and where it is no YAML, no mapping, or nested too deeply.
    """
    try:
        text = content(path, _LARGEST_YAML).decode("utf-8-sig")
        return dict(_fields(path, yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FileError(path, f"it is no YAML ({error.problem})", mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileError(path, "it is no YAML in UTF-8") from error


def _fields(path: Path, parsed: Iterator[Any]) -> Iterator[tuple[str, str | None]]:
    depth, name = 0, None
    for event in parsed:
        at = event.start_mark.line + 1
        if depth == 0 and isinstance(event, events.ScalarEvent | events.AliasEvent | events.SequenceStartEvent):
            raise FileError(path, "it holds no mapping", at)
        if depth == 1 and isinstance(event, events.NodeEvent):
            if name is None and not isinstance(event, events.ScalarEvent):
                raise FileError(path, "the name of a field must be a text", at)
            value = event.value if isinstance(event, events.ScalarEvent) else None
            if name is not None:
                yield name, value
            name = value if name is None else None
        depth += isinstance(event, events.CollectionStartEvent) - isinstance(event, events.CollectionEndEvent)
        if depth > _DEEPEST:
            raise FileError(path, f"it is nested too deeply (more than {_DEEPEST} levels)", at)


def refuse_other_than_files(path: Path, mode: int) -> None:
    """FileError: it is a folder, a pipe or a device, by its mode."""
    if not stat.S_ISREG(mode):
        raise FileError(path, "it is no regular file")
