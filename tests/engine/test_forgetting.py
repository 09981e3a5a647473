"""`state delete` takes a resource out of the state and nowhere else away, as the CLI's does."""

import json
import subprocess
from pathlib import Path

import pytest

from tests import fork_server
from tests.engine import cli
from tests.engine.cli import PulumiCLI
from tests.engine.conftest import SALT

PROGRAM = """
import pulumi

class Group(pulumi.ComponentResource):
    def __init__(self, name, **options):
        super().__init__("a:b:Group", name, None, pulumi.ResourceOptions(**options))

parent = Group("parent")
Group("child", parent=parent)
Group("kept", protect=True)
Group("lone")
"""
URN = "urn:pulumi:dev::groups::a:b:Group::"
CHILD = "urn:pulumi:dev::groups::a:b:Group$a:b:Group::child"


@pytest.fixture(params=["embedded", "pulumi"])
def groups(request: pytest.FixtureRequest, tmp_path: Path) -> PulumiCLI:
    """A deployed program, and the engine that is asked."""
    if request.param == "pulumi" and not cli.available():
        pytest.skip("no Pulumi CLI on PATH")
    (tmp_path / "Pulumi.yaml").write_text("name: groups\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    project = PulumiCLI(tmp_path, extra={"ENGINE": request.param})
    asked(project, "stack", "init", "dev")
    asked(project, "up", "--yes", "--skip-preview", "--stack", "dev")
    return project


def asked(project: PulumiCLI, *arguments: str, code: int = 0) -> str:
    own = {"embedded": [str(fork_server.python()), "-m", "pulumi_embedded_engine"], "pulumi": ["pulumi"]}[project.extra["ENGINE"]]
    done = subprocess.run(
        [*own, *arguments, "--non-interactive", "--color", "never"],
        cwd=project.directory,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (code == 0), done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_resource_is_forgotten_unless_another_needs_it_or_it_is_protected(groups: PulumiCLI) -> None:
    before = asked(groups, "stack", "export", "--stack", "dev")
    for name, says in (
        ("parent", f'because the following resources depend on it: * "child" ({CHILD})'),
        ("kept", "can't be safely deleted because it is protected."),
        ("nobody", f'No such resource "{URN}nobody" exists in the current state'),
    ):
        told = asked(groups, "state", "delete", f"{URN}lone", f"{URN}{name}", "--yes", "--stack", "dev", code=1)
        assert says in " ".join(told.split())
        assert asked(groups, "stack", "export", "--stack", "dev") == before

    assert "2 resources deleted" in asked(groups, "state", "delete", CHILD, f"{URN}parent", "--yes", "--stack", "dev")
    assert "Resource deleted" in asked(groups, "state", "rm", f"{URN}lone", "--yes", "--stack", "dev")
    exported = json.loads(asked(groups, "stack", "export", "--stack", "dev"))["deployment"]
    assert [item["urn"].rpartition("::")[2] for item in exported["resources"]] == ["groups-dev", "kept"]
