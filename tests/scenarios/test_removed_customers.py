"""Customers that vanish: from the files, from the instance. What is said of it, on each engine."""

import json
import re
import subprocess
from typing import Any

import pytest

from pulumi_workspace365_cli.commands import plan
from pulumi_workspace365_cli.planning import budgets, preview
from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.world import STACK, World

pytestmark = pytest.mark.slow
CONFIG = {"workspace365:customers": "customers", "workspace365:rings": ["canary"]}


@pytest.fixture(params=ENGINES)
def world(make_world: MakeWorld, request: pytest.FixtureRequest) -> World:
    world = make_world(request.param)
    world.stacks()
    world.configure(CONFIG)
    return world


def text(messages: list[str] | str) -> str:
    return re.sub(r"\s+", " ", messages if isinstance(messages, str) else " ".join(messages))


def previewed(world: World) -> preview.Preview:
    """The JSON of a preview, as a person pipes it to `w365 plan`."""
    line = [*world.engine.command, "preview", "--json", "--stack", STACK, "--non-interactive"]
    done = subprocess.run(line, cwd=world.folder, env=world.environment({}), capture_output=True, check=False)
    return preview.read(done.stdout, "it")


def test_w365_plan_advises_on_a_protected_customer_without_a_file_or_in_another_ring(world: World) -> None:
    for key in ("contoso", "fabrikam", "northwind"):
        world.customer(key, ring="canary")
    world.up()
    world.customer("contoso", ring="early")
    (world.folder / "stacks/customers/customers/fabrikam.yaml").unlink()
    judged = plan.report(previewed(world), budgets.DEFAULTS)
    remedies = {check.remedy for check in judged.checks}
    assert judged.exit_code == 1
    assert any("lifecycle: retired" in remedy and "restore the ring" in remedy for remedy in remedies)
    assert not any("state unprotect" in remedy and "do not" not in remedy.casefold() for remedy in remedies)


def test_destroy_needs_an_up_that_lifts_the_protection(world: World) -> None:
    world.customer("contoso", ring="canary")
    world.up()
    assert "protect" in text(world.run("destroy", code=1, W365_ALLOW_DELETE="contoso").errors)
    world.up(W365_ALLOW_DELETE="contoso")
    world.run("destroy", W365_ALLOW_DELETE="contoso")
    assert world.management.environments() == {}


def test_what_vanished_is_explained_once_and_created_anew_only_on_purpose(world: World) -> None:
    keys = ("contoso", "fabrikam", "northwind")
    for key in keys:
        world.customer(key, ring="canary", exchange={"server_type": "Office365"})
    world.up()
    for key in keys:
        world.management.delete(key)
    refused = world.run("refresh", code=1)
    assert sum("A truncated list" in error for error in refused.errors) == 1
    assert text(refused.errors).count("3 so far: contoso, fabrikam, northwind") >= 1
    world.run("refresh", W365_ALLOW_VANISHED="3")
    judged = plan.report(previewed(world), budgets.DEFAULTS)
    found: dict[str, Any] = {item["risk"]: item["found"] for item in judged.data["budgets"] if item["found"]}
    assert (judged.exit_code, found["recreates"]) == (3, 3)
    assert "created anew, empty" in judged.summary


def test_outputs_of_many_customers_are_a_summary(world: World) -> None:
    for number in range(11):
        world.customer(f"customer{number}", ring="canary", lifecycle="suspended" if number == 0 else "active")
    made = world.up()
    assert made.outputs["customers"] == {"active": 10, "suspended": 1}
    assert "environments" not in made.outputs
    world.configure({**CONFIG, "workspace365:outputs": "details"})
    assert len(world.up().outputs["environments"]) == 11
    world.configure({**CONFIG, "workspace365:outputs": "detials"})
    assert "workspace365:outputs: Input should be 'details' or 'summary'" in text(world.run("preview", code=1).errors)
    assert json.dumps(made.outputs)
