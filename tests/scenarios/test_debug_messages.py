"""What was sent, for whoever asks: the milliseconds in it differ, so nothing is held to a recording."""

import pytest

from pulumi_workspace365_sandbox.workspace365 import faults
from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.test_errors import ENVIRONMENT


@pytest.mark.parametrize("engine", ENGINES)
def test_each_request_is_a_message_beside_its_resource(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.program(ENVIRONMENT)
    world.management.inject(faults.Status(operation="listEnvironments", status=503, times=1))
    done = world.up("--debug")
    shown = world.neutral(done.stdout + done.stderr)
    assert "list the environments: GET http://server/Provisioning/Environment/: HTTP 503" in shown
    assert "list the environments: again in" in shown
    assert "create environment 'contoso': POST http://server/Provisioning/" in shown
    refreshed = world.run("refresh")
    assert "HTTP 200" not in refreshed.stdout + refreshed.stderr
