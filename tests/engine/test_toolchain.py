"""Which Python runs a project: that of its toolchain, as the CLI's language host finds it."""

import sys
from pathlib import Path

import pytest

from pulumi_embedded_engine.errors import NeedsPulumiCLI, ProjectError
from pulumi_embedded_engine.program.toolchain import interpreter, is_ambient
from pulumi_embedded_engine.workspace.project import Project


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)
    monkeypatch.delenv("PULUMI_PYTHON_CMD", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))


def project(folder: Path, options: str = "", main: str = "") -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / main).mkdir(exist_ok=True)
    text = f"name: p\nruntime:\n  name: python\n  options: {{{options}}}\n" + (f"main: {main}\n" if main else "")
    (folder / "Pulumi.yaml").write_text(text)
    return Project.load(folder)


def environment(folder: Path) -> Path:
    python = folder / "bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    return python


def command(tools: Path, name: str, script: str = "exit 0") -> Path:
    tools.mkdir(exist_ok=True)
    (tools / name).write_text(f"#!/bin/sh\n{script}\n")
    (tools / name).chmod(0o755)
    return tools / name


@pytest.mark.parametrize("options", ["", "toolchain: pip"])
def test_pip_without_an_environment_takes_the_first_python_on_path(tmp_path: Path, options: str) -> None:
    environment(tmp_path / "p/.venv")
    found = project(tmp_path / "p", options)
    python = command(tmp_path / "tools", "python")
    assert (interpreter(found), is_ambient(found)) == (python, True)
    preferred = command(tmp_path / "tools", "python3")
    assert interpreter(found) == preferred


@pytest.mark.parametrize("name", ["chosen", "tools/chosen"])
def test_the_variable_of_the_cli_names_the_python_whatever_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    command(tmp_path / "tools", "python3")
    chosen = command(tmp_path / "tools", "chosen", "exit 1")
    monkeypatch.setenv("PULUMI_PYTHON_CMD", str(tmp_path / name) if "/" in name else name)
    assert interpreter(project(tmp_path / "p")) == chosen
    monkeypatch.setenv("PULUMI_PYTHON_CMD", "gone")
    with pytest.raises(ProjectError, match=r'failed to locate any of \["gone"\] on your PATH'):
        interpreter(project(tmp_path / "p"))


def test_a_python_without_the_sdk_leaves_the_program_to_the_one_that_runs_the_engine(tmp_path: Path) -> None:
    found = project(tmp_path / "p")
    assert interpreter(found) == Path(sys.executable)
    command(tmp_path / "tools", "python3", f'exec "{sys.executable}" -I -S "$@"')
    assert interpreter(found) == Path(sys.executable)


def test_a_folder_of_the_project_is_not_the_sdk(tmp_path: Path) -> None:
    found = project(tmp_path / "p")
    (tmp_path / "p/pulumi").mkdir()
    (tmp_path / "p/pulumi/__init__.py").touch()
    command(tmp_path / "tools", "python3", f'exec "{sys.executable}" -E -s -S "$@"')
    assert interpreter(found) == Path(sys.executable)


@pytest.mark.parametrize("toolchain", ["pip", "uv"])
def test_a_named_environment_is_relative_to_the_project(tmp_path: Path, toolchain: str) -> None:
    python = environment(tmp_path / "p/env")
    assert interpreter(project(tmp_path / "p", f"toolchain: {toolchain}, virtualenv: env", main="src")) == python


@pytest.mark.parametrize("marker", ["", "p/pyproject.toml", "p/uv.lock", "pyproject.toml", "uv.lock", "p/src/pyproject.toml"])
def test_uv_keeps_the_environment_beside_the_nearest_lock_or_pyproject(tmp_path: Path, marker: str) -> None:
    found = project(tmp_path / "p", "toolchain: uv", main="src")
    if marker:
        (tmp_path / marker).touch()
    home = (tmp_path / marker).parent if marker else tmp_path / "p/src"
    assert interpreter_or_error(found, home / ".venv") == environment(home / ".venv") == interpreter(found)


def interpreter_or_error(found: Project, folder: Path) -> Path:
    """The error names the folder that is missing."""
    with pytest.raises(ProjectError, match="uv sync") as caught:
        interpreter(found)
    assert str(folder) in str(caught.value)
    return folder / "bin/python"


def test_a_lock_above_wins_over_a_pyproject_here(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    python = environment(tmp_path / ".venv")
    found = project(tmp_path / "p", "toolchain: uv")
    (tmp_path / "p/pyproject.toml").touch()
    assert interpreter(found) == python


@pytest.mark.parametrize("given", ["envs/here", "/absolute"])
def test_uvs_own_variable_names_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    named = str(tmp_path) + given if given.startswith("/") else given
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", named)
    python = environment(tmp_path / "p" / named)
    assert interpreter(project(tmp_path / "p", "toolchain: uv")) == python


def test_a_lock_file_names_the_toolchain_of_a_project_that_does_not(tmp_path: Path) -> None:
    found, python = project(tmp_path / "p"), environment(tmp_path / "p/.venv")
    (tmp_path / "p/uv.lock").touch()
    assert interpreter(found) == python
    (tmp_path / "p/uv.lock").rename(tmp_path / "p/poetry.lock")
    command(tmp_path / "tools", "poetry", f"echo {tmp_path}/p/.venv")
    assert interpreter(found) == python


def test_poetry_is_asked_in_the_programs_folder(tmp_path: Path) -> None:
    found = project(tmp_path / "p", "toolchain: poetry, virtualenv: ignored", main="src")
    python = environment(tmp_path / "p/src/cache/v1")
    command(tmp_path / "tools", "poetry", '[ "$*" = "env info --path" ] && echo "$PWD/cache/v1"')
    assert interpreter(found) == python


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no such environment >&2; exit 3", "no such environment"),
        ("exit 3", "exit status 3"),
        ("echo", "exit status 0"),
        ("echo /nowhere/v1", "'/nowhere/v1', which doesn't exist. Create it: poetry install"),
    ],
)
def test_a_poetry_that_does_not_tell_is_an_error_that_says_what_it_said(tmp_path: Path, script: str, message: str) -> None:
    command(tmp_path / "tools", "poetry", script)
    with pytest.raises(ProjectError, match="poetry") as caught:
        interpreter(project(tmp_path / "p", "toolchain: poetry"))
    assert message in str(caught.value)


def test_a_missing_poetry_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="Could not find `poetry` executable"):
        interpreter(project(tmp_path / "p", "toolchain: poetry"))


@pytest.mark.parametrize("options", ["toolchain: conda", "typechecker: mypy"])
def test_what_the_engine_does_not_know_is_refused_by_name(tmp_path: Path, options: str) -> None:
    with pytest.raises(NeedsPulumiCLI, match=options.rpartition(" ")[0].removesuffix(":")):
        interpreter(project(tmp_path / "p", options))


def test_an_environment_must_be_named_by_a_text(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="must be a string"):
        interpreter(project(tmp_path / "p", "virtualenv: [a]"))
