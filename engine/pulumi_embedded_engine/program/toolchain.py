"""The Python of a project, found as the CLI's language host finds it (sdk/python/toolchain): by pip, uv or poetry."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pulumi_embedded_engine.errors import NeedsPulumiCLI, ProjectError
from pulumi_embedded_engine.workspace.project import Project

_POETRY_SECONDS = 60
_DEFAULT = ".venv"


def interpreter(project: Project) -> Path:
    """The Python that runs the program and its dynamic providers: that of the project's toolchain, or with pip the one that runs this.

    Raises:
        ProjectError: the virtual environment does not exist, or poetry does not tell it.
        NeedsPulumiCLI: the project wants its types checked first, or an unknown toolchain.
    """
    options = project.runtime_options
    if options.get("typechecker") not in {None, "none"}:
        raise NeedsPulumiCLI("the runtime option typechecker")
    toolchain, named = options.get("toolchain") or _detected(project.program_dir), options.get("virtualenv") or ""
    if not isinstance(named, str):
        raise ProjectError("The 'virtualenv' option in Pulumi.yaml must be a string")
    match toolchain:
        case "uv" if not named:
            folder = _of_uv(project.program_dir)
            return _python(folder, f"toolchain uv keeps the virtual environment in {str(folder)!r}, which", "Create it: uv sync")
        case "poetry":
            folder = _of_poetry(project.program_dir)
            return _python(folder, f"poetry keeps the virtual environment in {str(folder)!r}, which", "Create it: poetry install")
        case "pip" | "uv":
            return _named(project.root, named)
        case _:
            raise NeedsPulumiCLI(f"the toolchain {toolchain}")


def _detected(folder: Path) -> str:
    """The toolchain of a project that names none: by the lock file here or above."""
    return next((name for name in ("uv", "poetry") if _above(folder, f"{name}.lock")), "pip")


def _above(folder: Path, name: str) -> Path | None:
    return next((place for place in (folder, *folder.parents) if (place / name).is_file()), None)


def _of_uv(folder: Path) -> Path:
    home = _above(folder, "uv.lock") or _above(folder, "pyproject.toml") or folder
    return home / (os.environ.get("UV_PROJECT_ENVIRONMENT") or _DEFAULT)


def _of_poetry(folder: Path) -> Path:
    """Where poetry keeps the environment, which it alone knows.

    Raises:
        ProjectError: it is not there, or does not tell.
    """
    poetry = shutil.which("poetry")
    if poetry is None:
        raise ProjectError(
            "Could not find `poetry` executable. Install poetry and make sure it is in your PATH, or set the toolchain option in "
            "Pulumi.yaml to `pip`"
        )
    try:
        told = subprocess.run(  # noqa: S603  the tool of the project, found on PATH, in fixed words
            [poetry, "env", "info", "--path"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_POETRY_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeError) as problem:
        raise ProjectError(f"failed to get venv path: `poetry env info --path` failed: {problem}") from problem
    if told.returncode or not told.stdout.strip():
        said = (told.stderr or told.stdout).strip() or f"exit status {told.returncode}"
        raise ProjectError(f"failed to get venv path: `poetry env info --path` said: {said}. Create it: poetry install")
    return Path(told.stdout.strip())


def _named(root: Path, name: str) -> Path:
    if name:
        folder = root / name
        create = f"Create it: python3 -m venv {folder}, then install the program's requirements into it"
        return _python(folder, f"The 'virtualenv' option in Pulumi.yaml is set to {name!r}, but {str(folder)!r}", create)
    return Path(sys.executable)


def _python(folder: Path, what: str, create: str) -> Path:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        state = "doesn't appear to be a virtual environment" if folder.is_dir() else "doesn't exist"
        raise ProjectError(f"{what} {state}. {create}")
    return python
