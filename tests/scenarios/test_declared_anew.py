"""An environment whose resource has another name, class or place in the program is adopted again, and not deleted with the former resource."""

import pytest

from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.world import NAME, STACK, Host, World

PROGRAM = """
w365.Environment("{name}", environment_name="contoso", deletion_protection=False, on_delete="{on_delete}"{more})
"""
TYPES = {"ours": "pulumi-python:dynamic/workspace365:Environment", "native": "workspace365:index:Environment"}
ADOPTS = ", adopt_existing=True"
LEFT = "environment 'contoso' is left on the server, because {} of this program has it"


def write(world: World, name: str = "contoso", on_delete: str = "delete", more: str = ADOPTS) -> None:
    world.program(PROGRAM.format(name=name, on_delete=on_delete, more=more))


def is_left(world: World, owner: str, *flags: str, code: int = 0) -> None:
    """An `up` removes a resource of contoso from state, says why contoso stays, and sends nothing that changes it."""
    done = world.up(*flags, code=code)
    assert any(LEFT.format(owner) in warning for warning in done.warnings), done.warnings
    assert world.management.environment("contoso").is_active
    assert world.writes() == []


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("host", "other"), [("ours", "native"), ("native", "ours")])
def test_a_class_of_the_other_front_deletes_nothing(make_world: MakeWorld, engine: str, host: Host, other: Host) -> None:
    world = make_world(engine, host)
    world.both_fronts = True
    world.management.seed("contoso")
    write(world)
    world.up()
    world.host = other
    write(world)
    is_left(world, "another resource")
    assert world.state_file.read_text().count("Environment::contoso") == 1
    world.nothing_changes()
    world.run("destroy")
    assert world.management.environments() == {}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("host", ["ours", "native"])
def test_another_name_or_a_replacement_deletes_nothing(make_world: MakeWorld, engine: str, host: Host) -> None:
    world = make_world(engine, host)
    world.management.seed("contoso")
    write(world)
    world.up()
    write(world, name="second", on_delete="deactivate")
    is_left(world, "resource 'second'")
    write(world, name="third")
    is_left(world, "resource 'third'")
    is_left(world, "resource 'third'", "--replace", f"urn:pulumi:{STACK}::{NAME}::{TYPES[host]}::third")
    write(world, name="fourth", more=", admin_email='a@b.example', admin_first_name='C', admin_last_name='C'")
    refused = world.up("--continue-on-error", code=1)
    assert any("exists already" in error for error in refused.errors)
    assert any("because resource 'fourth' of this program is to have it" in error for error in refused.errors)
    assert world.writes() == []
    assert "Environment third" in world.state()
    world.run("destroy")
    assert world.management.environments() == {}
