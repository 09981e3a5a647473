"""What is wrong with a file, and where."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pulumi_workspace365.documents.yaml_document import Document, ValuePath

Verdict = Literal["failed", "warning", "skipped"]
"""``failed``: a preview refuses it; ``warning``: probably not what is meant; ``skipped``: advice."""


@dataclass(frozen=True)
class Finding:
    """Something wrong with a file.

    Args:
        file: the file.
        rule: the id of what was looked for, such as ``field`` or ``unknown-ring``.
        message: a sentence without its end; it shows no value that may be a secret.
        line: of the field, from 1; ``None`` where the whole file is meant.
        column: likewise.
        verdict: how bad it is.
        remedy: what to do, a sentence.
    """

    file: Path
    rule: str
    message: str
    line: int | None = None
    column: int | None = None
    verdict: Verdict = "failed"
    remedy: str = ""


def at(
    file: Path,
    document: Document | None,
    field: ValuePath,
    rule: str,
    message: str,
    *,
    verdict: Verdict = "failed",
    remedy: str = "",
) -> Finding:
    """One with a field of a document."""
    line, column = document.place(field) if document else (None, None)
    return Finding(file, rule, message, line, column, verdict, remedy)
