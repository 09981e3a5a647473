"""One plugin that somebody started, attached to several runs of an engine, one after the other and at once."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import fork_server
from tests.scenarios.conftest import ENGINES, MakeServer, MakeWorld
from tests.scenarios.world import World, secure

PROGRAM = """
first = w365.Environment("contoso", environment_name="contoso", admin_email="a@contoso.example", admin_first_name="Carla",
    admin_last_name="Conti", deletion_protection=False)
pulumi.export("active", first.is_active)
"""
ELSEWHERE = """
elsewhere = w365.Instance("elsewhere", base_url={url!r}, provisioning_key=Output.secret({key!r}))
second = w365.Environment("fabrikam", environment_name="fabrikam", admin_email="b@fabrikam.example", admin_first_name="Fred",
    admin_last_name="Fisher", deletion_protection=False, opts=ResourceOptions(provider=elsewhere))
"""


def configure_key(world: World) -> None:
    world.configure({"workspace365:provisioningKey": secure(world.secrets["provisioning key"])})


@contextmanager
def attached(world: World, *arguments: str) -> Iterator[None]:
    """The plugin, as somebody starts it in a shell."""
    process = subprocess.Popen(
        [str(fork_server.prefix() / "bin/pulumi-resource-workspace365"), *arguments],
        cwd=world.folder,
        env=world.environment({"W365_PROVISIONING_KEY": None}),  # which would win over what each run configures
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    world.variables["PULUMI_DEBUG_PROVIDERS"] = f"workspace365:{int(process.stdout.readline())}"
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.slow
def test_each_run_sees_what_changed_since_the_one_before(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine, "native")
    world.program(PROGRAM)
    configure_key(world)
    with attached(world):
        world.up()
        world.management.change("contoso", is_active=False)
        assert world.run("refresh").keys("Environment contoso") == ("active", "isActive")
        world.up()
        assert world.management.environment("contoso").is_active
        world.rotate("another-provisioning-key")
        configure_key(world)
        world.program(PROGRAM.replace("False)", "False, active=False)"))
        world.up()
        assert not world.management.environment("contoso").is_active
        world.run("destroy")
    assert not world.management.environments()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.slow
def test_two_providers_of_one_run_are_kept_apart(make_world: MakeWorld, make_server: MakeServer, engine: str) -> None:
    with make_server() as other:
        world = make_world(engine, "native")
        key = other.management.state().keys.provisioning_key
        configure_key(world)
        world.program(PROGRAM + ELSEWHERE.format(url=other.base_url, key=key))
        with attached(world):
            world.up()
            assert [list(one.management.environments()) for one in (world.server, other)] == [["contoso"], ["fabrikam"]]
            world.nothing_changes()
            other.management.change("fabrikam", is_active=False)
            assert world.run("refresh").keys("Environment fabrikam") == ("active", "isActive")
            world.run("destroy")
            assert [list(one.management.environments()) for one in (world.server, other)] == [[], []]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_plugin_that_an_engine_has_started_serves_no_other(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine, "native")
    world.program(PROGRAM)
    with attached(world, "127.0.0.1:1"):
        refused = world.up(code=1)
    told = "\n".join([*refused.errors, refused.stderr])
    assert (
        "this process belongs to the engine at 127.0.0.1:1 and serves no other: to attach it to engines, start it without" in told
    )
