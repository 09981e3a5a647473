"""Files of a stack, read strictly: a wrong field is named with its file and path, and nothing is taken twice."""

import os
import re
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pulumi
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_workspace365_components.arguments import sentence

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
"""A name in Pulumi's state."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_M = TypeVar("_M", bound="Part")


class Part(BaseModel):
    """A part of a file: unknown fields are refused, values never shown."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def fields(self) -> dict[str, Any]:
        """What was given, without what was left out."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def read_folder(folder: Path, model: type[_M], expected: str, *, variables: bool = False) -> dict[Path, _M]:
    """The files of a folder, by path. `variables`: `${NAME}` in a value is an environment variable.

    Raises:
        pulumi.RunError: a file is malformed.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
    return {path: _read(path, model, expected, variables=variables) for path in files}


def refuse_twins(read: Iterable[tuple[Path, _M]], field: str, value: Callable[[_M], str], whose: str) -> None:
    """Stop where two files claim the same."""
    seen: dict[str, Path] = {}
    for path, item in read:
        first = seen.setdefault(value(item), path)
        if first != path:
            raise pulumi.RunError(
                f"{shown(first)} and {shown(path)}: both have {field} {value(item)!r}; each {whose} needs its own."
            )


def shown(path: Path) -> str:
    """A path as people know it: from the folder of Pulumi.yaml."""
    root = next((folder for folder in path.parents if (folder / "Pulumi.yaml").is_file()), None)
    return str(path.relative_to(root) if root else path)


def _read(path: Path, model: type[_M], expected: str, *, variables: bool) -> _M:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader
    except yaml.MarkedYAMLError as problem:
        place = f" line {problem.problem_mark.line + 1}, column {problem.problem_mark.column + 1}" if problem.problem_mark else ""
        raise pulumi.RunError(f"{shown(path)}{place}: {problem.problem or 'this is no YAML'}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise pulumi.RunError(f"{shown(path)}: it cannot be read as YAML ({type(problem).__name__}).") from None
    if not isinstance(data, dict):
        raise pulumi.RunError(f"{shown(path)}: {expected}; this one holds none.")
    try:
        return model.model_validate(_filled(data, path) if variables else data)
    except ValidationError as problem:
        lines = "; ".join(dict.fromkeys(sentence(error) for error in problem.errors()))
        raise pulumi.RunError(f"{shown(path)}: {lines}.") from None


def _filled(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, path) for item in value]
    return _VARIABLE.sub(lambda found: _variable(found[1], path), value) if isinstance(value, str) else value


def _variable(name: str, path: Path) -> str:
    if name not in os.environ:
        raise pulumi.RunError(f"{shown(path)}: ${{{name}}}: there is no environment variable {name}; set it, or write the value.")
    return os.environ[name]


class _Loader(yaml.SafeLoader):
    """YAML that refuses a field given twice instead of taking the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if names.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the field {key.value!r} is given twice", key.start_mark)
        return super().construct_mapping(node, deep=deep)
