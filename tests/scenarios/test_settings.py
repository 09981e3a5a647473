"""Settings are strict: a key that nothing reads, and a ring that is not allowed, stop the preview. Nothing is sent."""

import re
import shutil
from collections.abc import Mapping

import pytest
import yaml

from pulumi_workspace365.api import configuration
from pulumi_workspace365.apim import arm_settings
from pulumi_workspace365.resource import config_keys
from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.world import STACK, World, secure

CUSTOMERS = {"workspace365:customers": "customers"}
ALLOWED = {"allowedRings": {"type": "array", "items": {"type": "string"}, "default": ["canary", "broad"]}}


@pytest.fixture(params=ENGINES)
def world(make_world: MakeWorld, request: pytest.FixtureRequest) -> World:
    world = make_world(request.param)
    world.stacks()
    world.customer("contoso", ring="canary")
    return world


def refused(world: World) -> str:
    """The one message of a preview that is refused, for which nothing was sent."""
    failed = world.run("preview", code=1)
    assert "Traceback" not in failed.stdout + failed.stderr
    assert world.management.count() == 0
    assert len(failed.errors) == 1
    return re.sub(r"\s+", " ", failed.errors[0])


def declare(world: World, config: Mapping[str, object], project: str = "workspace365") -> None:
    path = world.folder / "Pulumi.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "name": project, "config": config}))


def test_a_key_that_nothing_reads_is_refused_with_its_line_and_the_nearest_key(world: World) -> None:
    world.configure({**CUSTOMERS, "w365:backupdir": "/backup", "apim:subscriptionID": "x", "workspace365:rngs": ["canary"]})
    told = refused(world)
    assert f"stacks/Pulumi.{STACK}.yaml, line 3: w365:backupdir: nothing reads this setting; did you mean w365:backupDir?" in told
    assert (
        f"stacks/Pulumi.{STACK}.yaml, line 2: apim:subscriptionID: nothing reads this setting; did you mean apim:subscriptionId?"
        in told
    )
    assert "/backup" not in told


@pytest.mark.slow
def test_a_key_of_the_project_that_nothing_reads_is_refused_wherever_the_customers_are(world: World) -> None:
    world.configure({**CUSTOMERS, "workspace365:rngs": ["canary"], "workspace365:checks": [], "pulumi:tags": {"rngs": "a"}})
    assert "workspace365:rngs: nothing reads this setting; did you mean workspace365:rings?" in refused(world)
    world.configure({"workspace365:custmers": "customers"})
    assert "workspace365:custmers: nothing reads this setting; did you mean workspace365:customers?" in refused(world)


@pytest.mark.slow
def test_what_the_program_reads_or_the_project_declares_is_known(world: World) -> None:
    sign_on = {"authority": "https://login.example/contoso", "client_id": "one", "key_from": "config:contosoKey"}
    world.customer("contoso", ring="canary", sign_on=sign_on)
    secret = {"workspace365:contosoKey": secure("sentinel-of-contoso")}
    world.configure({**CUSTOMERS, **secret, "workspace365:own": "1"})
    assert "workspace365:own: nothing reads this setting. Remove it, or" in refused(world)
    declare(world, {"own": {"type": "string"}, "w365:own": {"value": "2"}})
    assert world.run("preview").planned("create")[0] == "CustomerEnvironment contoso"


def test_another_project_is_told_its_own_name_for_a_key_of_the_example(world: World) -> None:
    declare(world, {}, project="shop")
    stacks = world.folder / "state/.pulumi/stacks"
    shutil.copytree(stacks / "workspace365", stacks / "shop")
    world.configure({"shop:customers": "customers", "workspace365:rings": ["canary"]})
    assert "workspace365:rings: nothing reads this setting; did you mean shop:rings?" in refused(world)


def test_a_ring_that_is_not_allowed_is_refused_with_the_nearest(world: World) -> None:
    declare(world, ALLOWED)
    world.customer("fabrikam", ring="canari")
    assert (
        "stacks/customers/customers/fabrikam.yaml, line 8: ring: 'canari' is not an allowed ring (canary, broad); the nearest is 'canary'."
    ) in refused(world)


@pytest.mark.slow
def test_the_rings_of_a_stack_are_allowed_ones(world: World) -> None:
    declare(world, ALLOWED)
    world.configure({**CUSTOMERS, "workspace365:rings": ["brod"]})
    assert "workspace365:rings: 'brod' is not an allowed ring (canary, broad); the nearest is 'broad'." in refused(world)
    world.configure({**CUSTOMERS, "workspace365:allowedRings": ["early"]})
    assert "ring: 'canary' is not an allowed ring (early)" in refused(world)


@pytest.mark.slow
def test_a_program_without_files_is_refused_too_but_for_its_own_keys(world: World) -> None:
    world.program('w365.Environment("a", environment_name="contoso", adopt_existing=True)')
    (world.folder / "stacks").rename(world.folder / "former")
    world.configure({"w365:maxRetrys": "1", "workspace365:own": "1"})
    assert f"Pulumi.{STACK}.yaml, line 2: w365:maxRetrys: nothing reads this setting; did you mean w365:maxRetries?" in refused(
        world
    )
    world.configure({"workspace365:own": "1"})
    assert world.run("preview").planned("create") == ["Environment a"]


def test_the_keys_that_are_known_are_those_that_are_read() -> None:
    asked: set[str] = set()

    def get(key: str) -> str | None:
        asked.add(key)
        return "https://portal.example" if key == "w365:baseUrl" else None

    configuration.read(get, {})
    arm_settings.read(get, {})
    read = {key for key in asked if not key.startswith("azure-native:")}
    assert read == {f"{namespace}:{name}" for namespace, names in config_keys.PACKAGES.items() for name in names}
