"""The stack `broken`: a check that fails holds a WebSocket API back, again and again, until its backend answers."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365_sandbox.runner import servers
from tests import project

CLOSED = "closed.example.com"
needs_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
def test_it_fails_with_its_reason_until_the_backend_answers(tmp_path: Path, engine: str) -> None:
    def up() -> dict[str, Any]:
        return project.run(tmp_path, "up", "--stack", "broken", engine=engine)

    project.copy(tmp_path, engine)
    (tmp_path / ".sandbox").mkdir()
    with servers.running(tmp_path / ".sandbox", "a test") as running:
        cloud = running.azure
        for _ in range(2):
            failed = up()
            assert failed["exitCode"] == 1
            said = json.dumps(failed["diagnostics"])
            assert f"{CLOSED}:443 is Disconnected" in said
            assert "Connection refused" in said
            assert cloud.management.resource(f"{cloud.service_id}/apis/chat") is None
        aliases = cloud.management.state().options.aliases
        cloud.management.set_options(aliases=aliases | {CLOSED: aliases["echo.example.com"]})
        passed = up()
        assert passed["problems"] == []
        assert cloud.management.resource(f"{cloud.service_id}/apis/chat") is not None
