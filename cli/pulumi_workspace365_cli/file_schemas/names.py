"""The names of the schemas, and the line by which an editor finds one. Nothing here loads a model."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from pulumi_workspace365.documents import input_files

SchemaName = Literal["customer", "websocket-api", "checks", "budgets", "rollout"]
NAMES: tuple[SchemaName, ...] = get_args(SchemaName)
TITLES: Mapping[SchemaName, str] = {
    "customer": "A customer: customers/SET/NAME.yaml",
    "websocket-api": "A WebSocket API: websocket_apis/SET/NAME.yaml",
    "checks": "Checks of a deployment",
    "budgets": "Budgets of changes",
    "rollout": "A rollout over stacks: rollout.yaml",
}
FOLDER = "schemas"
"""Beside Pulumi.yaml."""
_LINE = re.compile(r"^# yaml-language-server: \$schema=(?:\S*/)?(?P<name>[a-z-]+)\.json\s*$", re.MULTILINE)


def file_name(name: SchemaName) -> str:
    """The file of a schema."""
    return f"{name}.json"


def made_by(name: SchemaName) -> str:
    """What the schema says of itself; by it, a schema that may be renewed is told from a file of somebody else."""
    return f"Made by `w365 schema {name}` of pulumi-workspace365."


def editor_line(name: SchemaName, file: Path, root: Path) -> str:
    """The first line of a file, by which the YAML language server of an editor finds its schema.

    Args:
        name: of the schema.
        file: whose first line it is.
        root: the project's folder, in which the schemas are.
    """
    schema = Path(os.path.relpath(root / FOLDER / file_name(name), file.parent)).as_posix()
    return f"# yaml-language-server: $schema={schema}\n"


def named_by(text: str) -> SchemaName | None:
    """The schema that such a line of a text names; ``None`` without a line, or if it is none of these."""
    found = _LINE.search(text)
    return next((name for name in NAMES if found and name == found["name"]), None)


def place(root: Path, name: SchemaName) -> Path | None:
    """Where a project keeps a schema; ``None`` where something stands there that is no earlier one of it.

    Args:
        root: the project's folder.
        name: of the schema.
    """
    path = root / FOLDER / file_name(name)
    return path if not input_files.exists(path) or _is_earlier(path, name) else None


def _is_earlier(path: Path, name: SchemaName) -> bool:
    try:
        text = input_files.decode_text(input_files.read_regular_file(path), "")
    except input_files.FileError:
        return False
    return made_by(name) in text
