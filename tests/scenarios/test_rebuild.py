"""`w365 rebuild`: a lost state is made again from the program and the list, on each engine and front; nothing is written at the instance."""

import json
from typing import Any

import pytest
import yaml

from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.test_move import w365
from tests.scenarios.world import STACK, Host, World, secure

KEY = "sentinel-sign-on-key"
NATIVE = "from pulumi_workspace365_components.package.customer_component import CustomerEnvironment\nsettings = StackSettings"
LOST = {"environment_id", "environmentId", "temporary_password", "temporaryPassword"}
"""Outputs that were in the lost state only."""


def make_world_of_customers(world: World, front: Host) -> None:
    world.host = front
    world.stacks()
    if front == "native":
        program = world.folder / "stacks/__main__.py"
        text = program.read_text().replace("settings = StackSettings", NATIVE)
        program.write_text(text.replace("components.CustomerEnvironment(", "CustomerEnvironment("))
    world.secrets["sign-on"] = KEY
    world.configure({"workspace365:customers": "customers", "workspace365:contosoKey": secure(KEY)})
    (world.folder / "stacks/template.json").write_text(json.dumps({"apps": [{"name": "some app"}]}))
    world.customer(
        "contoso",
        sign_on={"authority": "https://login.example/c", "client_id": "one", "key_from": "config:contosoKey", "revision": 2},
        exchange={"server_type": "Office365"},
        share_point={"authentication_type": "Online"},
        template={"file": "template.json"},
    )
    sign_on = {"authority": "https://login.example/f", "client_id": "two", "key_from": "env:FABRIKAM_KEY"}
    world.customer("fabrikam", lifecycle="suspended", sign_on=sign_on)
    world.customer("northwind", lifecycle="retired")


def lose_the_state(world: World) -> None:
    """The stack is there again, without resources, as after `pulumi stack init`."""
    world.state_file.unlink()
    world.state_file.with_name(f"{STACK}.json.bak").unlink(missing_ok=True)
    world.use(STACK, yaml.safe_load((world.folder / f"stacks/Pulumi.{STACK}.yaml").read_text())["config"])


def comparable(state: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a state says of our resources, without what nobody can know again."""
    kept = ("id", "inputs", "parent", "protect", "dependencies", "propertyDependencies", "additionalSecretOutputs")
    found = {}
    for label, resource in state.items():
        if label.startswith(("Stack", "pulumi-python", "workspace365")):
            continue
        outputs = {
            name: value
            for name, value in resource.get("outputs", {}).items()
            if not name.startswith("temporary") and name not in LOST
        }
        found[label] = {key: resource.get(key) for key in kept} | ({"outputs": outputs} if "id" in resource else {})
    return found


@pytest.mark.slow
@pytest.mark.parametrize("front", ["ours", "native"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_lost_state_is_made_again(make_world: MakeWorld, engine: str, front: Host) -> None:
    world = make_world(engine)
    make_world_of_customers(world, front)
    world.variables["FABRIKAM_KEY"] = world.secrets["fabrikam"] = "another-sentinel"
    world.up()
    former, sent = world.state(), world.writes()
    assert "has 11 resources" in w365(world, "rebuild", "--stack", STACK, code=1)
    lose_the_state(world)
    empty = world.state_file.read_text()
    assert "8 resources of 3 environments would be recorded" in w365(world, "rebuild", "--stack", STACK, "--dry-run")
    assert world.state_file.read_text() == empty

    told = w365(world, "rebuild", "--stack", STACK)
    assert "8 resources of 3 environments recorded. A preview of the program is empty." in " ".join(told.split())
    assert comparable(world.state()) == comparable(former)
    world.nothing_changes()
    world.run("refresh")
    world.nothing_changes()
    assert world.writes() == sent
    world.look_for_secrets()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_not_as_the_program_says_is_told_and_left_to_the_next_up(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    make_world_of_customers(world, "ours")
    world.variables["FABRIKAM_KEY"] = "x"
    world.up()
    world.management.delete("contoso")
    world.management.change("northwind", is_active=True)
    sent = world.writes()
    lose_the_state(world)
    told = json.loads(w365(world, "rebuild", "--stack", STACK, "--output", "json", code=3))
    assert {one["urn"].rpartition("::")[2] for one in told["left_out"]} == {"contoso"}
    assert "the instance has no environment 'contoso'" in told["left_out"][0]["reason"]
    assert {step["op"] for step in told["remaining"]} == {"create", "update"}
    assert set(world.state()) >= {"Environment fabrikam", "OAuth2SignOn fabrikam", "Environment northwind"}
    assert world.writes() == sent

    world.use("other", {"workspace365:customers": "customers", "workspace365:contosoKey": secure(KEY)})
    assert "Environment fabrikam is managed by stack dev: nothing was written." in w365(
        world, "rebuild", "--stack", "other", code=1
    )
    assert json.loads(world.state_file.read_text())["checkpoint"]["latest"] is None
