"""The distribution, built as a release is, and an environment in which nothing else of the project is."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and a folder to work in."""

    bin: Path
    folder: Path

    def run(self, *command: str, variables: Mapping[str, str] | None = None) -> str:
        """What a command of the environment prints; fails the test when it ends otherwise."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PULUMI", "W365_", "ARM_", "AZURE_", "PYTHON"))
        }
        environment = kept | {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"} | dict(variables or {})
        program, *arguments = command
        done = subprocess.run(
            [self.bin / program, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture
def installed(dist: Path, tmp_path: Path) -> Installed:
    """The wheel in an empty environment. What it depends on is shared, which saves the download; the project itself is not."""
    home = tmp_path / "project/.venv"
    venv.create(home, with_pip=False, symlinks=True)
    purelib = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    (purelib / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    [wheel] = dist.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--ignore-installed", "--disable-pip-version-check", str(wheel)], check=True, capture_output=True)
    return Installed(home / "bin", tmp_path / "project")
