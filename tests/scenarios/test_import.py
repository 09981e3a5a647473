"""`pulumi import` of an environment by its type and name, into a stack of either front."""

import subprocess

import pytest

from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.world import World

TYPES = {"ours": "pulumi-python:dynamic/workspace365:Environment", "native": "workspace365:index:Environment"}
PROGRAM = """
older = w365.Environment("older", environment_name="older", active={active})
pulumi.export("active", older.is_active)
"""


def imported(world: World, name: str) -> subprocess.CompletedProcess[str]:
    arguments = ["import", TYPES[world.host], name, name, "--yes", "--skip-preview", "--generate-code=false"]
    return subprocess.run(
        [*world.engine.command, *arguments, "--stack", world.stack, "--non-interactive", "--color", "never"],
        cwd=world.folder,
        env=world.environment({}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("host", ["ours", "native"])
@pytest.mark.parametrize("engine", ENGINES)
def test_an_imported_environment_is_as_if_the_stack_had_made_it(make_world: MakeWorld, engine: str, host: str) -> None:
    world = make_world(engine, host)
    world.management.seed("older")
    world.program(PROGRAM.format(active=True))

    missing = imported(world, "nobody")
    assert missing.returncode
    assert "There is no environment 'nobody'" in missing.stdout + missing.stderr
    assert "Environment nobody" not in world.state()
    done = imported(world, "older")
    assert (done.returncode, "1 imported" in done.stdout) == (0, True), done.stdout + done.stderr
    world.look_for_secrets(done.stdout + done.stderr)
    assert world.writes() == []
    world.up()  # records the program's outputs
    world.nothing_changes()
    assert world.writes() == []

    world.program(PROGRAM.format(active=False))
    assert world.up().steps("update") == ["Environment older"]
    assert not world.management.environment("older").is_active
    assert any("protect" in error for error in world.run("destroy", code=1).errors)
