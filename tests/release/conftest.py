"""The distributions, built as a release is, and environments in which nothing else of the project is."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "pulumi-workspace365": ROOT,
    "pulumi-dynamic-host": ROOT / "host",
    "pulumi-embedded-engine": ROOT / "engine",
    "pulumi-workspace365-sandbox": ROOT / "sandbox",
    "pulumi-workspace365-policies": ROOT / "policies",
}
"""The folder of each distribution."""
APIM = ("pulumi_azure_native", "azure", "msal")
"""What only the extra ``apim`` brings, as it begins in an environment's folder."""
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]


def snake(distribution: str) -> str:
    """A distribution's name as files have it."""
    return distribution.replace("-", "_")


@dataclass(frozen=True)
class Installed:
    """A virtual environment, and a folder to work in."""

    bin: Path
    folder: Path

    def run(self, *command: str, variables: Mapping[str, str] | None = None, code: int = 0) -> str:
        """What a command of the environment prints; fails the test when it ends otherwise."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PULUMI", "W365_", "ARM_", "AZURE_", "PYTHON", "PIP_"))
        }
        path = os.pathsep.join([str(self.bin), "/usr/bin", "/bin"])  # where no Pulumi CLI is
        program, *arguments = command
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            env=kept | {"PATH": path} | dict(variables or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{command}: {done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if code else "")

    def pip(self, *arguments: str) -> str:
        """What pip prints for the environment."""
        command = [*PIP, "--python", str(self.bin / "python"), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels and the sdists."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    builds = [subprocess.Popen(build, cwd=home, stdout=subprocess.DEVNULL) for home in FOLDERS.values()]
    assert {one.wait() for one in builds} == {0}
    return folder


class Environment(Protocol):
    def __call__(self, *requirements: str, without: tuple[str, ...] = ()) -> Installed: ...


@pytest.fixture
def environment(dist: Path, tmp_path: Path) -> Environment:
    """Makes a virtual environment with what of the distributions is asked for. What they depend on is shared, which saves the
    download, but for packages that begin with ``without``; the project itself is not."""

    def made(*requirements: str, without: tuple[str, ...] = ()) -> Installed:
        home = tmp_path / "project/.venv"
        venv.create(home, with_pip=False, symlinks=True)
        shared = tmp_path / "dependencies"
        shared.mkdir()
        ours = ("pulumi_workspace365", "pulumi_dynamic_host", "pulumi_embedded_engine", "_pulumi_", "_editable")
        for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
            for entry in Path(folder).iterdir():
                if not entry.name.startswith((*ours, *without)) and entry.suffix != ".pth":
                    (shared / entry.name).symlink_to(entry)
        purelib = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
        (purelib / "dependencies.pth").write_text(f"{shared}\n")
        installed = Installed(home / "bin", tmp_path / "project")
        if requirements:
            installed.pip("install", "--quiet", "--no-index", "--find-links", str(dist), *requirements)
        return installed

    return made
