"""The names of stacks and projects, and the paths that are made of them.

A stack's name is parsed once, where a person or a program gives it; everything inside works with its parts. The rules and texts
are those of Pulumi's pkg/backend/diy/store.go and sdk/go/common/tokens/{stack_name,project}.go, but that neither ``.`` nor ``..``
names anything.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pulumi_embedded_engine.errors import InvalidName, StateError

ORGANIZATION = "organization"
"""The only organization that a backend in a folder has."""

_LONGEST = 100
_ALLOWED = re.compile(r"[A-Za-z0-9_.-]*")
_RELATIVE = frozenset({".", ".."})


@dataclass(frozen=True)
class StackName:
    """A stack of a project."""

    project: str
    name: str

    @classmethod
    def parse(cls, text: str, project: str) -> Self:
        """Read ``[organization/[project/]]stack``.

        Args:
            text: as a person, a program or a variable gives it.
            project: the project of a name that has none.

        Raises:
            InvalidName: it is not the name of a stack, or names another organization.
        """
        if not text:
            raise InvalidName("stack name must not be empty")
        organization, named, name = "", "", ""
        match text.split("/"):
            case [name]:
                pass
            case [organization, name]:
                pass
            case [organization, named, name]:
                pass
        if organization not in {"", ORGANIZATION}:
            raise InvalidName(f"organization name must be '{ORGANIZATION}'")
        return cls(validate_project_name(named or project), validate_stack_name(name))

    def __str__(self) -> str:
        return f"{ORGANIZATION}/{self.project}/{self.name}"


def validate_stack_name(name: str) -> str:
    """The name, if it is one that a stack can have.

    Raises:
        InvalidName: it is not.
    """
    if not name:
        raise InvalidName("a stack name may not be empty")
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise InvalidName(f"a stack name cannot exceed {_LONGEST} characters")
    for position, character in enumerate(name):
        if not _ALLOWED.fullmatch(character):
            raise InvalidName(
                "a stack name may only contain alphanumeric, hyphens, underscores, or periods: "
                f"invalid character {character!r} at position {position}"
            )
    if name in _RELATIVE:
        raise InvalidName(f"a stack cannot have the name {name!r}, which refers to a folder itself or to its parent")
    return name


def validate_project_name(name: str) -> str:
    """The name, if it is one that a project can have.

    Raises:
        InvalidName: it is not.
    """
    if not name:
        raise InvalidName("project names may not be empty")
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise InvalidName(f"project names are limited to {_LONGEST} characters")
    if not _ALLOWED.fullmatch(name):
        raise InvalidName("project names may only contain alphanumerics, hyphens, underscores, and periods")
    if name in _RELATIVE:
        raise InvalidName(f"a project cannot have the name {name!r}, which refers to a folder itself or to its parent")
    return name


def is_path_segment(name: str) -> bool:
    """Whether a text can be one part of a path: no way to another folder, and nothing that a path cannot hold."""
    return bool(name) and name not in _RELATIVE and not any(mark in name for mark in "/\\\0")


def safe_join(root: Path, *names: str) -> Path:
    """The path of names below a folder. The last one may be a link, which is replaced and never followed.

    Raises:
        StateError: a name is none, or the path leaves the folder, as through a link.
    """
    for name in names:
        if not is_path_segment(name):
            raise StateError(f"{name!r} cannot be the name of a file or folder below {root}")
    path = root.joinpath(*names)
    folder = path.parent.resolve()
    if not folder.is_relative_to(root.resolve()):
        raise StateError(f"{path.parent} leads to {folder}, which is outside of {root}: replace the link by a folder")
    return path
