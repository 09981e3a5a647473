"""Engines and updates that share one stack: the same engine twice at once, and one engine after the other."""

import json
import shutil

import pytest

from pulumi_workspace365_sandbox.workspace365 import faults
from tests import project
from tests.scenarios.conftest import ENGINES, RECORDING, MakeWorld
from tests.scenarios.recording import FOLDER
from tests.scenarios.world import World, secure

CHECKPOINT = FOLDER / "handed-over.checkpoint"
KEY = "sentinel-key-that-is-handed-over"
MANY = """
person = {"admin_email": "a@b.example", "admin_first_name": "Carla", "admin_last_name": "Conti", "deletion_protection": False}
for number in range(COUNT):
    w365.Environment(f"e{number}", environment_name=f"customer{number}", **person)
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_of_two_updates_at_once_one_says_who_holds_the_stack(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.program(MANY.replace("COUNT", "3"))
    world.management.inject(faults.Latency(operation="createEnvironment", ms=1500))
    both = [world.start("up", "--skip-preview") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    codes = sorted(process.returncode for process in both)
    refused = [out + err for process, (out, err) in zip(both, said, strict=True) if process.returncode]
    assert codes in ([0, 0], [0, 255], [0, 1])
    assert all("lock" in text for text in refused)
    assert not any("Traceback" in text for text in refused)
    assert sorted(world.writes()) == [f"createEnvironment customer{number}" for number in range(3)]
    world.look_for_secrets("".join(refused))


@pytest.mark.parametrize("many", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_many_environments_are_planned_and_deployed(make_world: MakeWorld, request: pytest.FixtureRequest, many: int) -> None:
    many *= 5 if request.config.getoption("--thorough") else 1
    world = make_world("embedded")
    world.program(MANY.replace("COUNT", str(many)))
    world.variables["PULUMI_DEBUG_GRPC"] = ""
    made = world.run("up")
    assert made.changes == {"create": many + 1}
    assert len(world.management.environments()) == world.management.count("createEnvironment") == many
    assert world.management.count("listEnvironments") <= many + 1  # a create is seen on the list; several at once share a look


def deployed(world: World) -> None:
    """The project's own program with customers of every kind."""
    world.secrets["sign-on key"] = KEY
    world.stacks()
    world.configure({"workspace365:customers": "customers", "workspace365:key": secure(KEY)})
    sign_on = {"authority": "https://login.example/contoso", "client_id": "one", "key_from": "config:key"}
    exchange = {"server_type": "Office365"}
    world.customer("contoso", sign_on=sign_on, exchange=exchange, share_point={"authentication_type": "Online"})
    world.customer("northwind", lifecycle="suspended", exchange=exchange)
    world.customer("fabrikam", lifecycle="retired")


def test_one_engine_after_the_other_finds_nothing_to_change(make_world: MakeWorld) -> None:
    if len(ENGINES) < 2:
        pytest.skip("no Pulumi CLI on PATH; what it left behind is handed over in another test")
    for engine, other in (ENGINES, reversed(ENGINES)):
        world = make_world(engine)
        deployed(world)
        world.up()
        after = make_world(other)
        deployed(after)
        shutil.copy(world.state_file, after.state_file)
        after.nothing_changes()
        after.up(W365_ALLOW_DELETE="*")
        after.run("destroy", W365_ALLOW_DELETE="*")
        assert after.management.environments() == {}


def test_what_the_cli_left_behind_is_taken_on_without_a_change(make_world: MakeWorld) -> None:
    world = make_world("pulumi" if RECORDING else "embedded")
    deployed(world)
    if RECORDING:
        world.up()
        left = {"state": json.loads(world.state_file.read_text()), "environments": {}}
        project.forget_the_machine(left["state"])
        left["environments"] = {name: one.model_dump() for name, one in world.management.environments().items()}
        CHECKPOINT.write_text(json.dumps(left, ensure_ascii=False).replace(world.server.base_url, "http://server") + "\n")
        return
    left = json.loads(CHECKPOINT.read_text().replace("http://server", world.server.base_url))
    world.state_file.write_text(json.dumps(left["state"]))
    for name, fields in left["environments"].items():
        world.management.seed(name, **{field: value for field, value in fields.items() if field != "name"})
    world.nothing_changes()
    refreshed = world.run("refresh")
    assert set(refreshed.changes) == {"same"}
    world.up(W365_ALLOW_DELETE="*")
    world.run("destroy", W365_ALLOW_DELETE="*")
    assert world.management.environments() == {}
