"""What the Resource Manager answers, before it is put on the wire."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

INVALID = "One or more fields contain incorrect values:"


@dataclass(frozen=True)
class Answer:
    """`value` None: no body."""

    status: int = 200
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The call ends with this error, and nothing is done."""

    def __init__(self, status: int, code: str, message: str, *, details: Iterable[tuple[str, str]] = (), **headers: str) -> None:
        super().__init__(message)
        listed = [{"code": code, "target": target, "message": text} for target, text in details]
        error: dict[str, Any] = {"code": code, "message": message, "details": listed or None}
        self.answer = Answer(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


def invalid(target: str, message: str) -> Refused:
    """400 for one field."""
    return Refused(400, "ValidationError", INVALID, details=[(target, message)])


def not_found(noun: str) -> Refused:
    return Refused(404, "ResourceNotFound", f"{noun} not found.")
