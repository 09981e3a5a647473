"""What a program's resources leave in state, and what they are as objects in the program."""

from pathlib import Path
from typing import Any

import pytest

import pulumi_workspace365 as w365
from pulumi_workspace365.resource.sdk_registration import declared_outputs

from .deployed import deployed

PROGRAM = """
import pulumi
import pulumi_workspace365 as w365


def declare(name):
    return w365.Environment(
        name, environment_name=name, admin_email="a@b.example", admin_first_name="A", admin_last_name="B", deletion_protection=False
    )


environment = declare("contoso")
w365.ExchangeSettings("contoso", environment=environment, server_type="Office365")
pulumi.export("name", environment.name)
pulumi.export("attributes", sorted(name for name in vars(environment) if not name.startswith("_")))
"""


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The resources in state after an ``up``, by type."""
    found = deployed(PROGRAM, tmp_path_factory.mktemp("registration"))
    return {resource["type"].rpartition(":")[2]: resource for resource in found}


def test_arguments_that_are_left_out_are_not_sent(deployment: dict[str, dict[str, Any]]) -> None:
    sent = deployment["ExchangeSettings"]["propertyDependencies"]
    assert set(sent) == {"__provider", "environment", "incarnation", "server_type"}


def test_the_declared_outputs_are_the_attributes(deployment: dict[str, dict[str, Any]]) -> None:
    declared = set(declared_outputs(w365.Environment))
    assert {"name", "incarnation", "temporary_password"} < declared
    assert set(deployment["Stack"]["outputs"]["attributes"]) == {*declared, "id", "urn"}
    assert deployment["Stack"]["outputs"]["name"] == "contoso"


def test_the_recorded_stack_is_the_programs(deployment: dict[str, dict[str, Any]]) -> None:
    told = [frame.get("sourcePosition", "") for frame in deployment["Environment"]["stackTrace"]]
    places = [Path(position.rpartition("#")[0]).name for position in told if position]
    assert places == ["environment.py", "__main__.py", "__main__.py"]


def test_subclasses_add_to_the_outputs_they_inherit() -> None:
    assert {"name", "key_expires"} <= set(declared_outputs(w365.OAuth2SignOn))
