"""The page about upgrades, done as it is written, from what each earlier version left."""

import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pulumi_workspace365_cli import local_sandbox
from tests import fork_server
from tests.docs import pages
from tests.docs.reading import Reader
from tests.release import released

from .conftest import PIP, Environment

BLOCKS = [block for block in pages.blocks(pages.ROOT / "docs/upgrading.md") if block.kind.startswith("upgrade")]
STATES = sorted(released.STATES.glob("*.tar.gz"))
COMMANDS = {"pulumi": "pulumi_embedded_engine", "w365": "pulumi_workspace365_cli"}


def of_kind(kind: str) -> list[pages.Block]:
    found = [block for block in BLOCKS if block.kind == kind]
    assert found, kind
    return found


@contextmanager
def a_desk(archive: Path, folder: Path) -> Iterator[Reader]:
    """The project as the version left it, with the Python of this one, and servers that have the data of then."""
    left = released.unpack(archive, folder)
    with tarfile.open(archive) as kept:
        told = kept.extractfile("project/Pulumi.yaml")
        assert told
        (left / "Pulumi.yaml").write_bytes(told.read())
    (left / ".venv").symlink_to(fork_server.prefix())
    command = [sys.executable, "-m", "sandbox", "serve", "--program", str(left)]
    with subprocess.Popen(command, cwd=pages.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as servers:
        try:
            assert servers.stdout
            assert servers.stdout.readline().startswith("{")
            commands_with_settings(left)
            yield Reader(left)
        finally:
            servers.terminate()


def commands_with_settings(left: Path) -> None:
    """The commands of the page, with the variables of a shell in which the stack is deployed."""
    told = [sys.executable, "-m", "sandbox", "variables", "--program", str(left)]
    exports = subprocess.run(told, cwd=pages.ROOT, capture_output=True, text=True, check=True).stdout
    own = local_sandbox.variables(left, {})
    lines = [exports, *(f"export {name}={shlex.quote(value)}" for name, value in own.items())]
    (left / "bin").mkdir()
    for name, module in COMMANDS.items():
        script = left / "bin" / name
        script.write_text("\n".join(["#!/bin/sh", *lines, f'exec "{fork_server.python()}" -m {module} "$@"', ""]))
        script.chmod(0o755)


def renew(reader: Reader, step: pages.Block) -> None:
    """The step that renews the host; of a version whose host lay elsewhere it fails first, as the page says, and is mended so."""
    [moved] = of_kind("upgrade-moved")
    project = reader.folder / "Pulumi.yaml"
    if "path: .pulumi-host" not in project.read_text():
        failing = pages.Block(step.page, step.line, step.language, "upgrade-fails", step.text)
        before = project.read_text()
        reader.tried = (project, before)
        reader.type(failing)
        assert project.read_text() == before
        assert "change the path to .pulumi-host, then run `w365 init` again" in reader.shown
        reader.write(moved)
    reader.type(step)


@pytest.mark.slow
@pytest.mark.parametrize("archive", STATES, ids=lambda path: str(path.name).removesuffix(".tar.gz"))
def test_the_page_works_as_it_is_written(archive: Path, tmp_path: Path) -> None:
    first, *later = of_kind("upgrade")
    with a_desk(archive, tmp_path) as reader:
        renew(reader, first)
        for step in of_kind("upgrade-before"):  # for the version that was installed; this one stands in for it
            reader.type(step)
        for step in (*later, *of_kind("upgrade-back")):
            reader.type(step)
            assert "unchanged" in reader.shown


@pytest.mark.slow
def test_the_wheels_are_installed_over_those_that_are_there(environment: Environment, dist: Path) -> None:
    [install] = of_kind("upgrade-install")
    installed = environment()
    (installed.folder / "CLONE").mkdir()
    (installed.folder / "CLONE/wheels").symlink_to(dist)
    pip = installed.bin / "pip"
    pip.write_text(f'#!/bin/sh\nexec {shlex.join(PIP)} --python "{installed.bin}/python" "$@"\n')
    pip.chmod(0o755)
    for _ in ("the first", "over them"):
        installed.run("/bin/sh", "-ec", install.text, variables={"PIP_NO_INDEX": "1"})
        assert installed.run("w365", "version")
