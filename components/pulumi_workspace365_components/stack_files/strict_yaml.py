"""Files of a stack, read strictly: a wrong field is named with its file and path, and nothing is taken twice."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365.documents.yaml_document import Document, ValuePath
from pulumi_workspace365_components.error_sentences import field_path, is_about_outputs, sentence

if TYPE_CHECKING:
    import pulumi

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
"""A name in Pulumi's state."""

_MOST_PROBLEMS = 10
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_M = TypeVar("_M", bound="FileModel")


@dataclass(frozen=True)
class FileProblem:
    """Something wrong with a file: ``reason`` is a clause, ``where`` the place as a program's message names it, ``field`` the path of the field."""

    reason: str
    line: int | None = None
    column: int | None = None
    where: str = ""
    field: ValuePath = ()

    @classmethod
    def at(cls, document: Document, field: ValuePath, reason: str) -> "FileProblem":
        """One with a field of a document."""
        line, column = document.place(field)
        return cls(reason, line, column, f"line {line}", field)


class FileModel(BaseModel):
    """A part of a file: unknown fields are refused, values never shown."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def fields(self) -> dict[str, Any]:
        """What was given, without what was left out."""
        return {name: getattr(self, name) for name in self.model_fields_set}


@dataclass(frozen=True)
class CheckedFile(Generic[_M]):
    """A file: what it holds, ``None`` where something is wrong with it."""

    path: Path
    model: _M | None
    problems: tuple[FileProblem, ...] = ()
    document: Document | None = None


def files_of(folder: Path) -> list[Path]:
    """The YAML files of a folder, by name.

    Raises:
        OSError: the folder cannot be read.
    """
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in {".yaml", ".yml"})


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
        found = files_of(folder)
    except OSError as problem:
        raise run_error(f"{display_path(folder)}: the folder cannot be read ({problem.strerror}).") from problem
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
        raise run_error(f"{display_path(folder)}: the folder cannot be read ({why}).") from problem
    return True


def require_unique(read: Iterable[tuple[Path, _M]], field: str, value: Callable[[_M], str], whose: str) -> None:
    """Stop where two files claim the same."""
    for claimed, (first, second, *_) in twins(read, value).items():
        raise run_error(
            f"{display_path(first)} and {display_path(second)}: both have {field} {claimed!r}; each {whose} needs its own."
        )


def twins(read: Iterable[tuple[Path, _M]], value: Callable[[_M], str]) -> dict[str, list[Path]]:
    """What several files claim, and which."""
    files: dict[str, list[Path]] = {}
    for path, item in read:
        files.setdefault(value(item), []).append(path)
    return {claimed: paths for claimed, paths in files.items() if len(paths) > 1}


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
        raise run_error(str(problem)) from problem


def run_error(message: str) -> "pulumi.RunError":
    """The error of a program, which Pulumi shows without a traceback."""
    import pulumi  # noqa: PLC0415  files are validated without the SDK

    return pulumi.RunError(message)


def _read(path: Path, model: type[_M], expected: str, context: object, *, variables: bool) -> _M:
    checked = check_file(path, model, expected, variables=os.environ if variables else None, context=context)
    if checked.model is not None:
        return checked.model
    told = list(
        dict.fromkeys(f"{problem.where}: {problem.reason}" if problem.where else problem.reason for problem in checked.problems)
    )
    more = f"; and {len(told) - _MOST_PROBLEMS} more" if len(told) > _MOST_PROBLEMS else ""
    mark = ", " if checked.problems[0].where else ": "
    raise run_error(f"{display_path(path)}{mark}{'; '.join(told[:_MOST_PROBLEMS])}{more}.")


def check_file(
    path: Path, model: type[_M], expected: str, *, variables: Mapping[str, str] | None = None, context: object = None
) -> "CheckedFile[_M]":
    """What a file holds, and everything that is wrong with it. The arguments are those of ``read_folder``; ``variables`` are the environment variables."""
    source = display_path(path)
    try:
        text = input_files.decode_text(input_files.read_regular_file(path, source=source), source)
        document = yaml_document.parse(text, source)
    except input_files.FileError as problem:
        return CheckedFile(path, None, (FileProblem(problem.reason, problem.line, problem.column, problem.location),))
    if not isinstance(document.value, dict):
        return CheckedFile(path, None, (FileProblem(f"{expected}; this one holds none"),), document)
    value, missing = document.value, list[FileProblem]()
    if variables is not None:
        value = _filled(document, variables, missing)
    if missing:
        return CheckedFile(path, None, tuple(missing), document)
    try:
        return CheckedFile(path, model.model_validate(value, context=context), (), document)
    except ValidationError as wrong:
        errors = [error for error in wrong.errors() if not is_about_outputs(error)]
        problems = (FileProblem.at(document, field_path(error), sentence(error, model)) for error in errors)
        return CheckedFile(path, None, tuple(dict.fromkeys(problems)), document)


def _filled(document: Document, variables: Mapping[str, str], missing: list[FileProblem]) -> Any:
    """What the document says, with each ``${NAME}`` in a value replaced by the environment variable."""

    def filled(value: Any, spot: ValuePath) -> Any:
        if isinstance(value, dict):
            return {name: filled(item, (*spot, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [filled(item, (*spot, at)) for at, item in enumerate(value)]
        return _VARIABLE.sub(lambda found: variable(found[1], spot), value) if isinstance(value, str) else value

    def variable(name: str, spot: ValuePath) -> str:
        if name not in variables:
            reason = f"${{{name}}}: there is no environment variable {name}; set it, or write the value"
            missing.append(FileProblem.at(document, spot, reason))
        return variables.get(name, "")

    return filled(document.value, ())
