"""References in the values of checks: ``env:NAME`` and ``file:PATH`` in headers and parameters, ``${NAME}`` anywhere else."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pulumi_dynamic_host import redaction
from pulumi_workspace365.documents import input_files

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = {"headers", "query"}
_SOUNDS_SECRET = re.compile(
    r"(?:^|_)(?:\w{0,40}key|token|secret|password|passwd|pwd|credentials?|jwt|sas|signature)(?:_|$)", re.IGNORECASE
)
_PLAIN = {"accept", "origin", "user-agent", "content-type"}


class ValueMissing(Exception):
    """A value is nowhere to be had. ``path`` is the path of its field."""

    def __init__(self, path: tuple[str | int, ...], reason: str) -> None:
        super().__init__(reason)
        self.path, self.reason = path, reason


def interpolate(value: Any, environ: Mapping[str, str], folder: Path, path: tuple[str | int, ...] = ()) -> Any:
    """A check's fields with every value in its place.

    Registered as secrets: what stands in headers and parameters, variables in the query of an address, and those that sound secret.

    Raises:
        ValueMissing: naming the field.
    """
    if isinstance(value, Mapping):
        return {name: interpolate(item, environ, folder, (*path, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [interpolate(item, environ, folder, (*path, at)) for at, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    if len(path) == 2 and path[0] in _SECRET:
        return _secret(value, str(path[1]), environ, folder, path)
    return _VARIABLE.sub(lambda found: _replacement(found, environ, path), value)


def without_values(value: Any, references: set[tuple[str | int, ...]], path: tuple[str | int, ...] = ()) -> Any:
    """A check's fields with a text in place of each value that refers to something; the paths of these become ``references``."""
    if isinstance(value, Mapping):
        return {name: without_values(item, references, (*path, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [without_values(item, references, (*path, at)) for at, item in enumerate(value)]
    is_named = isinstance(value, str) and len(path) == 2 and path[0] in _SECRET and value.startswith(("env:", "file:"))
    if isinstance(value, str) and (is_named or _VARIABLE.search(value)):
        references.add(path)
        return "-"
    return value


def is_about(path: tuple[Any, ...], references: Collection[tuple[str | int, ...]]) -> bool:
    """Whether an error may come from a value that is not known: the field refers to one, or a rule over several fields failed."""
    return bool(references) and (not path or any(path[: len(known)] == known for known in references))


def _replacement(found: re.Match[str], environ: Mapping[str, str], path: tuple[str | int, ...]) -> str:
    value = _variable(found[1], environ, path)
    if _SOUNDS_SECRET.search(found[1]) or "?" in found.string[: found.start()]:
        redaction.register(value)
    return value


def _secret(value: str, name: str, environ: Mapping[str, str], folder: Path, path: tuple[str | int, ...]) -> str:
    kind, _, rest = value.partition(":")
    if kind == "env":
        value = _variable(rest, environ, path)
    elif kind == "file":
        value = _content(folder / rest, path)
    else:
        value = _VARIABLE.sub(lambda found: _variable(found[1], environ, path), value)
    if name.lower() not in _PLAIN:
        redaction.register(value, value.partition(" ")[2])  # with a scheme such as Bearer, the credentials alone too
    return value


def _variable(name: str, environ: Mapping[str, str], path: tuple[str | int, ...]) -> str:
    if not environ.get(name, "").strip():
        raise ValueMissing(path, f"there is no environment variable {name!r:.80}; set it")
    return environ[name].strip()


def _content(path: Path, spot: tuple[str | int, ...]) -> str:
    try:
        return input_files.decode_text(
            input_files.read_user_file(path, largest=input_files.SECRET_BYTES), input_files.display_path(path)
        ).strip()
    except input_files.FileError as problem:
        raise ValueMissing(spot, f"the file {input_files.display_path(path)} cannot be read ({problem.detail})") from problem
