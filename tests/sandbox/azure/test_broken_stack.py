"""The stack `broken`: a check that fails holds a WebSocket API back, again and again, until its backend answers."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import servers
from tests import warm

ROOT = Path(__file__).resolve().parents[3]
CLOSED = "closed.example.com"
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


def up(project: Path, engine: str) -> dict[str, Any]:
    command = [
        str(warm.python()),
        "-m",
        "sandbox",
        "up",
        "--stack",
        "broken",
        "--json",
        "--engine",
        engine,
        "--program",
        str(project),
    ]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == told["exitCode"]
    return told


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
def test_it_fails_with_its_reason_until_the_backend_answers(project: Path, engine: str) -> None:
    (project / ".sandbox").mkdir()
    with servers.running(project / ".sandbox", "a test") as running:
        cloud = running.azure
        for _ in range(2):
            failed = up(project, engine)
            assert failed["exitCode"] == 1
            said = json.dumps(failed["diagnostics"])
            assert f"{CLOSED}:443 is Disconnected" in said
            assert "Connection refused" in said
            assert cloud.management.resource(f"{cloud.service_id}/apis/chat") is None
        aliases = cloud.management.state().knobs.aliases
        cloud.management.turn(aliases=aliases | {CLOSED: aliases["echo.example.com"]})
        passed = up(project, engine)
        assert passed["problems"] == []
        assert cloud.management.resource(f"{cloud.service_id}/apis/chat") is not None
