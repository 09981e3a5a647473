"""What the program promises, on the sandbox's Workspace 365, which the fixture starts."""

from collections.abc import Callable

import pytest

from pulumi_embedded_engine.testing import Result, Stack
from pulumi_workspace365_sandbox.testing import Workspace365Server

Operation = Callable[..., Result]


def test_the_environment_and_its_settings_are_on_the_server(
    pulumi_up: Operation, pulumi_stack: Stack, workspace365_server: Workspace365Server
) -> None:
    pulumi_up()
    assert workspace365_server.management.environment("contoso").exchange["ServerType"] == "Office365"
    assert pulumi_stack.outputs["name"] == "contoso"


@pytest.mark.usefixtures("workspace365_server")
def test_the_plan_is_the_known_one(pulumi_preview: Operation, pulumi_plan_snapshot: Callable[..., None]) -> None:
    pulumi_plan_snapshot(pulumi_preview())
