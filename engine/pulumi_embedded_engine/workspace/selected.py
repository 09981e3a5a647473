"""The stack that is selected for a project on this machine, in the file that the Pulumi CLI keeps (Pulumi's pkg/workspace)."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import ProjectError
from pulumi_embedded_engine.store.files import write_atomically
from pulumi_embedded_engine.workspace.project import FILE_NAMES, Project


class SelectedStack:
    """The selection, by the address of the backend.

    Args:
        project: the project.
        backend_url: unchanged, because the CLI uses it unchanged.
    """

    def __init__(self, project: Project, backend_url: str, environment: Mapping[str, str] = os.environ) -> None:
        self._project, self._url, self._environment = project, backend_url, environment

    @property
    def path(self) -> Path:
        """The file of the selection.

        Raises:
            ProjectError: its location is unknown.
        """
        root = self._project.root
        file = next((root / name for name in FILE_NAMES if (root / name).is_file()), root / FILE_NAMES[0])
        try:
            home = Path(self._environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
            shell_path = _as_the_shell_knows_it(file, self._environment)
        except (OSError, RuntimeError) as error:
            raise ProjectError(
                "there is no home folder for the selected stack: set HOME or PULUMI_HOME, or pass --stack NAME"
            ) from error
        digest = hashlib.sha1(os.fsencode(shell_path), usedforsecurity=False).hexdigest()
        return home / "workspaces" / f"{self._project.name}-{digest}-workspace.json"

    def name(self) -> str:
        """The full name of the selected stack; empty where none is.

        Raises:
            ProjectError: the file is damaged.
        """
        settings = self._settings()
        return str(settings["stacks"].get(self._url) or settings.get("stack") or "")

    def select(self, name: str) -> None:
        """Select a stack by its full name; an empty one selects none.

        Raises:
            ProjectError: the file is damaged, or cannot be written.
        """
        path, settings = self.path, self._settings()
        if name:
            settings["stacks"][self._url] = name
        else:
            settings["stacks"].pop(self._url, None)
            settings.pop("stack", None)
        remaining = {key: value for key, value in settings.items() if value}
        try:
            if remaining:
                write_atomically(path, json.dumps(remaining, indent=4, ensure_ascii=False).encode())
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ProjectError(f"the selected stack cannot be noted in {path}: {error.strerror}") from error

    def _settings(self) -> dict[str, Any]:
        path = self.path
        try:
            exists = path.exists()
        except OSError:
            exists = False
        if not exists:
            return {"stacks": {}}
        try:
            settings = input_files.parse_json(input_files.read_regular_file(path), str(path))
        except input_files.FileError as error:
            raise ProjectError(f"unable to read workspace settings: {error}") from error
        stacks = settings.get("stacks") if isinstance(settings, dict) else None
        if not isinstance(settings, dict) or not isinstance(stacks or {}, dict):
            raise ProjectError(f"unable to read workspace settings: {path} holds no selection of stacks")
        return {**settings, "stacks": dict(stacks or {})}


def _as_the_shell_knows_it(path: Path, environment: Mapping[str, str]) -> Path:
    """A file at or above the working folder by the shell's name of that folder, which may lead through links; else its real path."""
    shell, here = Path(environment.get("PWD") or "."), Path.cwd()
    try:
        if shell.is_absolute() and shell.samefile(here):
            for folder, named in zip((here, *here.parents), (shell, *shell.parents), strict=False):
                if path.parent == folder and named.samefile(folder):
                    return named / path.name
    except OSError:
        pass
    return path.resolve()
