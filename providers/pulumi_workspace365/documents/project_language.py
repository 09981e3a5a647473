"""The language of a Pulumi project, as its Pulumi.yaml names it."""

from pathlib import Path
from typing import Any

from pulumi_workspace365.documents import input_files, yaml_document

_FILES = ("Pulumi.yaml", "Pulumi.yml")


def language(project: Any) -> str:
    """The ``runtime`` of a parsed Pulumi.yaml, such as ``python``; empty where it names none."""
    runtime = project.get("runtime") if isinstance(project, dict) else None
    name = runtime.get("name") if isinstance(runtime, dict) else runtime
    return name if isinstance(name, str) else ""


def language_of_folder(folder: Path) -> str:
    """The language of the project in which a folder is; empty where that cannot be seen."""
    for place in (folder, *folder.parents):
        for name in _FILES:
            if input_files.is_file(place / name):
                return _language_of_file(place / name)
    return ""


def _language_of_file(path: Path) -> str:
    try:
        text = input_files.decode_text(input_files.read_regular_file(path), str(path))
        return language(yaml_document.parse(text, str(path)).value)
    except input_files.FileError:
        return ""
