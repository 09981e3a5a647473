"""Files of a stack, read strictly: a wrong field is named with its file and path, and nothing is taken twice."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365.documents.yaml_document import Document, ValuePath
from pulumi_workspace365_components.arguments import is_about_outputs, sentence

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
"""A name in Pulumi's state."""

_MOST_PROBLEMS = 10
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_M = TypeVar("_M", bound="FileModel")


class FileModel(BaseModel):
    """A part of a file: unknown fields are refused, values never shown."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def fields(self) -> dict[str, Any]:
        """What was given, without what was left out."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def read_folder(
    folder: Path, model: type[_M], expected: str, *, variables: bool = False, context: object = None
) -> dict[Path, _M]:
    """The files of a folder, by path.

    Args:
        folder: the folder.
        model: what each file holds.
        expected: what messages say of a file that is no mapping.
        variables: `${NAME}` in a value is an environment variable.
        context: for the model's validators.

    Raises:
        pulumi.RunError: a file is malformed.
    """
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".yaml", ".yml"})
    except OSError as problem:
        raise pulumi.RunError(f"{display_path(folder)}: the folder cannot be read ({problem.strerror}).") from problem
    return {path: _read(path, model, expected, context, variables=variables) for path in found}


def is_there(folder: Path) -> bool:
    """Whether a folder exists. An error never counts as a missing folder, because what is missing in a stack's files is deleted.

    Raises:
        pulumi.RunError: this cannot be determined, for example because a parent folder is not accessible.
    """
    try:
        folder.stat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "no folder has such a name"
        raise pulumi.RunError(f"{display_path(folder)}: the folder cannot be read ({why}).") from problem
    return True


def require_unique(read: Iterable[tuple[Path, _M]], field: str, value: Callable[[_M], str], whose: str) -> None:
    """Stop where two files claim the same."""
    files: dict[str, Path] = {}
    for path, item in read:
        first = files.setdefault(value(item), path)
        if first != path:
            raise pulumi.RunError(
                f"{display_path(first)} and {display_path(path)}: both have {field} {value(item)!r}; each {whose} needs its own."
            )


def display_path(path: Path) -> str:
    """A path as people know it: from the folder of Pulumi.yaml."""
    root = next((folder for folder in path.parents if input_files.is_file(folder / "Pulumi.yaml")), None)
    return input_files.display_path(path.relative_to(root) if root else path)


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        pulumi.RunError: it cannot be read, or is no text.
    """
    source = display_path(path)
    try:
        return input_files.decode_text(input_files.read_regular_file(path, source=source), source)
    except input_files.FileError as problem:
        raise pulumi.RunError(str(problem)) from problem


def _read(path: Path, model: type[_M], expected: str, context: object, *, variables: bool) -> _M:
    source = display_path(path)
    try:
        document = yaml_document.parse(read_text(path), source)
    except input_files.FileError as problem:
        raise pulumi.RunError(str(problem)) from problem
    if not isinstance(document.value, dict):
        raise pulumi.RunError(f"{source}: {expected}; this one holds none.")
    try:
        return model.model_validate(_filled(document) if variables else document.value, context=context)
    except ValidationError as problem:
        errors = [error for error in problem.errors() if not is_about_outputs(error)]
        messages = dict.fromkeys(f"line {document.line(error['loc'])}: {sentence(error)}" for error in errors)
        more = f"; and {len(messages) - _MOST_PROBLEMS} more" if len(messages) > _MOST_PROBLEMS else ""
        raise pulumi.RunError(f"{source}, {'; '.join(list(messages)[:_MOST_PROBLEMS])}{more}.") from None


def _filled(document: Document) -> Any:
    """What the document says, with each ``${NAME}`` in a value replaced by the environment variable."""

    def filled(value: Any, spot: ValuePath) -> Any:
        if isinstance(value, dict):
            return {name: filled(item, (*spot, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [filled(item, (*spot, at)) for at, item in enumerate(value)]
        return _VARIABLE.sub(lambda found: variable(found[1], spot), value) if isinstance(value, str) else value

    def variable(name: str, spot: ValuePath) -> str:
        if name not in os.environ:
            raise pulumi.RunError(
                f"{document.source}, line {document.line(spot)}: ${{{name}}}: there is no environment variable {name}; set it, or write the value."
            )
        return os.environ[name]

    return filled(document.value, ())
