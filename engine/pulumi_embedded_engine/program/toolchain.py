"""The Python of a project, found as the CLI's language host finds it (sdk/python/toolchain): by pip, uv or poetry."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from pulumi_embedded_engine.errors import NeedsPulumiCLI, ProjectError
from pulumi_embedded_engine.workspace.project import Project

_POETRY_SECONDS = 60
_DEFAULT = ".venv"
_PROBE_SECONDS = 20
_HAS_SDK_SCRIPT = "import sys; sys.path[:] = filter(None, sys.path); from importlib.util import find_spec; sys.exit(find_spec('pulumi') is None)"
"""The working directory does not count: it may contain a folder ``pulumi`` that is not the SDK."""


def interpreter(project: Project) -> Path:
    """The Python that runs the program and its dynamic providers: that of the project's toolchain, or with pip the one on PATH.

    Raises:
        ProjectError: the virtual environment does not exist, poetry does not report it, or PULUMI_PYTHON_CMD does not exist.
        NeedsPulumiCLI: the option ``typechecker`` is set, or the toolchain is unknown.
    """
    if project.runtime_options.get("typechecker") not in {None, "none"}:
        raise NeedsPulumiCLI("the runtime option typechecker")
    toolchain, named = _toolchain_and_virtualenv(project)
    match toolchain:
        case "uv" if not named:
            folder = _of_uv(project.program_dir)
            return _python(folder, f"toolchain uv keeps the virtual environment in {str(folder)!r}, which", "Create it: uv sync")
        case "poetry":
            folder = _of_poetry(project.program_dir)
            return _python(folder, f"poetry keeps the virtual environment in {str(folder)!r}, which", "Create it: poetry install")
        case "pip" if not named:
            return _interpreter_on_path(project.program_dir)
        case "pip" | "uv":
            return _virtualenv_interpreter(project.root, named)
        case _:
            raise NeedsPulumiCLI(f"the toolchain {toolchain}")


def is_ambient(project: Project) -> bool:
    """Whether the interpreter on PATH is used: the toolchain is pip, without ``virtualenv``."""
    return _toolchain_and_virtualenv(project) == ("pip", "")


def _toolchain_and_virtualenv(project: Project) -> tuple[str, str]:
    """The toolchain, and the virtual environment that the project names.

    Raises:
        ProjectError: ``virtualenv`` is not a string.
    """
    options = project.runtime_options
    named = options.get("virtualenv") or ""
    if not isinstance(named, str):
        raise ProjectError("The 'virtualenv' option in Pulumi.yaml must be a string")
    return str(options.get("toolchain") or _detected(project.program_dir)), named


def _detected(folder: Path) -> str:
    """The toolchain of a project that names none: by the lock file here or above."""
    return next((name for name in ("uv", "poetry") if _nearest_folder_with(folder, f"{name}.lock")), "pip")


def _nearest_folder_with(folder: Path, name: str) -> Path | None:
    return next((place for place in (folder, *folder.parents) if (place / name).is_file()), None)


def _of_uv(folder: Path) -> Path:
    home = _nearest_folder_with(folder, "uv.lock") or _nearest_folder_with(folder, "pyproject.toml") or folder
    return home / (os.environ.get("UV_PROJECT_ENVIRONMENT") or _DEFAULT)


def _of_poetry(folder: Path) -> Path:
    """The folder of poetry's environment, as poetry reports it.

    Raises:
        ProjectError: poetry is not installed, or does not report its environment.
    """
    poetry = shutil.which("poetry")
    if poetry is None:
        raise ProjectError(
            "Could not find `poetry` executable. Install poetry and make sure it is in your PATH, or set the toolchain option in "
            "Pulumi.yaml to `pip`"
        )
    try:
        done = subprocess.run(  # noqa: S603  the tool of the project, found on PATH, with fixed arguments
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
    if done.returncode or not done.stdout.strip():
        reason = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise ProjectError(f"failed to get venv path: `poetry env info --path` said: {reason}. Create it: poetry install")
    return Path(done.stdout.strip())


def _virtualenv_interpreter(root: Path, name: str) -> Path:
    folder = root / name
    create = f"Create it: python3 -m venv {folder}, then install the program's requirements into it"
    return _python(folder, f"The 'virtualenv' option in Pulumi.yaml is set to {name!r}, but {str(folder)!r}", create)


def _interpreter_on_path(folder: Path) -> Path:
    """The command PULUMI_PYTHON_CMD, else what PATH has first; where that lacks the Pulumi SDK, the Python that runs this.

    Raises:
        ProjectError: there is no such command.
    """
    if command := os.environ.get("PULUMI_PYTHON_CMD"):
        if (found := shutil.which(command)) is None:
            raise ProjectError(f'failed to locate any of ["{command}"] on your PATH. Have you installed Python 3.6 or greater?')
        return Path(found).absolute()
    names = ("python", "python3") if os.name == "nt" else ("python3", "python")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None or _is_own(Path(found)) or not _has_sdk(found, folder):
        return Path(sys.executable)
    return Path(found).absolute()


def _is_own(python: Path) -> bool:
    """Whether this is the interpreter of the environment in which the engine runs."""
    return python.absolute().parent == Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")


@cache
def _has_sdk(python: str, folder: Path) -> bool:
    """Whether a Python finds the Pulumi SDK, wherever it runs."""
    command = [python, "-c", _HAS_SDK_SCRIPT]
    try:
        return not subprocess.run(  # noqa: S603  what the CLI would run the program with
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_SECONDS, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _python(folder: Path, what: str, create: str) -> Path:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        state = "doesn't appear to be a virtual environment" if folder.is_dir() else "doesn't exist"
        raise ProjectError(f"{what} {state}. {create}")
    return python
