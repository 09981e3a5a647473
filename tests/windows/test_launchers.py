"""The launchers for Windows, in the command interpreter of Wine where that is installed, with a stand-in for Python."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project import ROOT

NAME = "pulumi-resource-pulumi-python.cmd"
FOLDERS = {
    "host": ROOT / "host/pulumi_dynamic_host",
    "earlier": ROOT / "providers/pulumi_workspace365/host",
    "project": ROOT / "cli/pulumi_workspace365_cli",
}
WINE, COMPILER = shutil.which("wine64") or shutil.which("wine"), shutil.which("x86_64-w64-mingw32-gcc")
PLACES = {
    "host": "site-packages/pulumi_dynamic_host",
    "earlier": "site-packages/pulumi_workspace365/host",
    "project": ".pulumi-host",
}
"""Where a project's folder has them; the first two below its virtual environment."""
Start = Callable[..., tuple[int, list[str]]]

pytestmark = pytest.mark.slow
with_wine = pytest.mark.skipif(not (WINE and COMPILER), reason="no Wine, or no x86_64-w64-mingw32-gcc")


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_they_stand_beside_those_of_other_systems(folder: Path) -> None:
    assert (folder / NAME).with_suffix("").is_file()
    text = (folder / NAME).read_bytes()
    assert text.isascii()
    assert text.startswith(b"@echo off\r\n")
    assert text.count(b"\n") == text.count(b"\r\n")


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Wine keeps, and with a stand-in for python.exe."""
    folder = tmp_path_factory.mktemp("wine")
    assert COMPILER
    subprocess.run([COMPILER, "-o", folder / "python.exe", Path(__file__).with_name("python.c")], check=True)
    return folder


@pytest.fixture
def start(wine: Path, tmp_path: Path) -> Start:
    """Starts a launcher in a project's folder; returns its exit code and the lines that it printed."""

    def run(kind: str, project: Path, environment: str = ".venv", **variables: str) -> tuple[int, list[str]]:
        folder = project / PLACES[kind] if kind == "project" else project / environment / "Lib" / PLACES[kind]
        own = {"WINEPREFIX": str(wine / "prefix"), "WINEDEBUG": "-all", "PYTHONHOME": "another"}
        done = subprocess.run(
            [str(WINE), str(folder / NAME), "127.0.0.1:4711"],
            cwd=tmp_path,
            env={**os.environ, **own, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        return done.returncode, [*done.stdout.splitlines(), *done.stderr.splitlines()]

    return run


def make(wine: Path, project: Path, environment: str = ".venv") -> Path:
    """A project with an environment in which the launchers are installed."""
    for kind, folder in FOLDERS.items():
        target = project / PLACES[kind] if kind == "project" else project / environment / "Lib" / PLACES[kind]
        target.mkdir(parents=True)
        shutil.copy(folder / NAME, target)
    scripts = project / environment / "Scripts"
    scripts.mkdir()
    shutil.copy(wine / "python.exe", scripts)
    (project / environment / "pyvenv.cfg").touch()
    return project


def windows_path(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


@with_wine
@pytest.mark.parametrize("name", ["shop", "Program Files (x86)", "Jane & Co"])
def test_they_start_the_python_of_their_environment(wine: Path, start: Start, tmp_path: Path, name: str) -> None:
    project = make(wine, tmp_path / name)
    scripts = windows_path(project / ".venv/Scripts")
    host = windows_path(project / ".venv/Lib/site-packages/pulumi_dynamic_host")
    for kind in ("host", "earlier"):
        code, (python, *rest) = start(kind, project, EXIT_CODE="7")
        assert code == 7
        assert python == f"{scripts}\\python.exe"
        assert rest[:4] == ["-u", host, "127.0.0.1:4711", "PYTHONHOME="]
        assert rest[4].startswith(f"PATH={scripts}\\;")
    code, (python, *rest) = start("project", project, EXIT_CODE="7")
    assert code == 7
    assert python == f"{scripts}\\python.exe"
    assert [rest[0], rest[1], rest[3]] == ["-u", "-c", "127.0.0.1:4711"]
    compile(rest[2], "launcher", "exec")


@with_wine
def test_they_take_the_environment_that_pulumi_names(wine: Path, start: Start, tmp_path: Path) -> None:
    project = make(wine, tmp_path / "shop", "env")
    (project / "env/pyvenv.cfg").unlink()  # the launchers of the host are not inside of one
    named = make(wine, tmp_path / "other")
    for kind in ("host", "project"):
        variables = {"PULUMI_RUNTIME_VIRTUALENV": windows_path(named / ".venv")}
        _, (python, *_) = start(kind, project, "env", **variables)
        assert python == windows_path(named / ".venv/Scripts/python.exe")
    _, (python, *_) = start("project", project, "env", PULUMI_RUNTIME_VIRTUALENV="env")
    assert python == windows_path(project / "env/Scripts/python.exe")
    for kind in ("host", "project"):
        _, (python, *_) = start(kind, project, "env", PULUMI_PYTHON_CMD=windows_path(named / ".venv/Scripts/python.exe"))
        assert python == windows_path(named / ".venv/Scripts/python.exe")


@with_wine
def test_they_say_what_is_missing(wine: Path, start: Start, tmp_path: Path) -> None:
    project = make(wine, tmp_path / "shop")
    (project / ".venv/Scripts/python.exe").unlink()
    for kind in ("host", "project"):
        code, lines = start(kind, project)
        assert code == 1
        assert "The host of dynamic providers found no Python" in lines[-1]
    shutil.rmtree(project / ".venv/Lib" / PLACES["host"])
    code, lines = start("earlier", project)
    assert code == 1
    assert "install pulumi-dynamic-host in the same environment" in lines[-1]
