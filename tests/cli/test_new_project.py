"""What ``w365 init`` makes where there is nothing, and the template for ``pulumi new``, which has the same files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pulumi_workspace365_sandbox.workspace365 import Server
from tests import fork_server
from tests.docs.pages import ROOT

from .conftest import Command

TEMPLATE = ROOT / "templates" / "workspace365-python"
PULUMI = shutil.which("pulumi")
MADE = {
    *("Pulumi.yaml", "__main__.py", "requirements.txt", ".gitignore", "customers/dev/contoso.yaml", "schemas/customer.json"),
    *(".pulumi-host/pulumi-resource-pulumi-python", ".pulumi-host/pulumi-resource-pulumi-python.cmd"),
}


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_folder_becomes_a_project_once(w365: Command, bare: Path) -> None:
    ran = w365("init", "--output", "json")
    assert (ran.code, set(ran.document["changed"])) == (0, MADE), ran.err
    made = files(bare)
    assert made.keys() == MADE
    assert "pulumi-workspace365" not in (bare / "requirements.txt").read_text().replace(
        "# pulumi-workspace365 is not released", ""
    )
    (bare / "__main__.py").unlink()
    assert "Everything was in place." in w365("init").out, "what was removed is not made again"


@pytest.mark.parametrize(
    ("kept", "left_out"), [("__main__.py", {"customers/dev/contoso.yaml", "schemas/customer.json"}), (".gitignore", set())]
)
def test_what_is_there_stays(w365: Command, bare: Path, kept: str, left_out: set[str]) -> None:
    (bare / kept).write_text("mine\n")
    assert w365("init").code == 0
    assert (bare / kept).read_text() == "mine\n"
    assert files(bare).keys() == MADE - left_out


def test_the_template_has_the_files_that_init_makes(w365: Command, bare: Path) -> None:
    (bare / ".venv").mkdir()
    assert w365("init").code == 0
    project = yaml.safe_load((bare / "Pulumi.yaml").read_text())
    template = yaml.safe_load((TEMPLATE / "Pulumi.yaml").read_text())
    assert template.pop("template")["config"].keys() == {"w365:baseUrl"}
    assert template == {**project, "name": "${PROJECT}", "description": "${DESCRIPTION}"}
    made, kept = files(bare), files(TEMPLATE)
    assert {**made, "Pulumi.yaml": b""} == {**kept, "Pulumi.yaml": b""}
    assert os.access(TEMPLATE / ".pulumi-host/pulumi-resource-pulumi-python", os.X_OK)


@pytest.mark.slow
@pytest.mark.parametrize(
    "start", ["init", pytest.param("new", marks=pytest.mark.skipif(not PULUMI, reason="no Pulumi CLI on PATH"))]
)
def test_a_new_project_deploys_its_first_customer_and_then_nothing(w365: Command, server: Server, bare: Path, start: str) -> None:
    server.management.reset()
    if start == "init":
        (bare / ".venv").symlink_to(fork_server.prefix())
        assert w365("init").code == 0
        engine = [str(fork_server.python()), "-m", "pulumi_embedded_engine"]
    else:
        engine = [str(PULUMI)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "W365_"))}
    own = {"PULUMI_BACKEND_URL": f"file://{bare / '.state'}", "PULUMI_HOME": str(bare / "home"), "PULUMI_CONFIG_PASSPHRASE": "x"}
    (bare / ".state").mkdir()

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*engine, *arguments, "--non-interactive"],
            cwd=bare,
            env={**kept, **own, **server.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    if start == "new":
        run("new", str(TEMPLATE), "--generate-only", "--name", "shop", "--yes", "--force")
        (bare / ".venv").symlink_to(sys.prefix)
    run("stack", "init", "dev")
    run("up", "--yes", "--stack", "dev")
    assert list(server.management.environments()) == ["contoso"]
    assert "unchanged" in run("up", "--yes", "--stack", "dev")
    assert server.management.count("createEnvironment") == 1
