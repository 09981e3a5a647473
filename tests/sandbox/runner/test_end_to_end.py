"""The project's own stack on the project's own sandbox, from nothing to nothing, with each engine there is."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox import servers
from tests import warm

ROOT = Path(__file__).resolve().parents[3]
needs_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, whose `.sandbox/` is its own."""
    told = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    told["runtime"]["options"]["virtualenv"] = str(warm.prefix())
    for plugin in told["plugins"]["providers"]:
        plugin["path"] = str(warm.host())
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(told))
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
def test_a_stack_comes_up_stays_as_it_is_is_repaired_and_goes(project: Path, engine: str) -> None:
    def run(operation: str, *more: str) -> dict[str, int]:
        command = [str(warm.python()), "-m", "sandbox", operation, "--json", "--engine", engine, "--program", str(project), *more]
        done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        told = json.loads(done.stdout)
        if operation == "up":
            assert [(row["key"], row["active"], row["problem"]) for row in told["environments"]] == [
                ("contoso", True, ""),
                ("fabrikam", True, ""),
                ("northwind", False, ""),
            ]
        changes: dict[str, int] = told["changes"]
        return changes

    folder = project / ".sandbox"
    committed = (project / "stacks/Pulumi.sandbox.yaml").read_bytes()
    made = run("up")["create"]
    page = project / "report.html"
    assert run("up", "--report", str(page)) == {"same": made}
    for told in (
        "fabrikam",
        "ActiveDirectoryFederationServices",
        "echo: what a handshake passes",
        "validate-jwt",
        "is Connected",
    ):
        assert told in page.read_text(encoding="utf-8")
    with servers.running(folder, "a test") as running:
        running.workspace365.management.change("contoso", is_active=False)
    assert run("preview") == {"update": 1, "same": made - 1}
    assert run("up") == {"update": 1, "same": made - 1}
    assert run("destroy") == {"delete": made}
    with servers.running(folder, "a test") as running:
        assert running.workspace365.management.environments() == {}
    assert (project / "stacks/Pulumi.sandbox.yaml").read_bytes() == committed
