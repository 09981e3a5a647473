"""What is wrong with a set-up is told in one clear message, and nothing is changed."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pulumi_workspace365_sandbox.workspace365 import faults
from tests import hostile
from tests.scenarios.world import World

ENVIRONMENT = """
w365.Environment("a", environment_name="contoso", admin_email="a@b.example", admin_first_name="A", admin_last_name="B")
"""
UNREACHABLE = "http://127.0.0.1:9"
SIGN_ON = {"authority": "https://login.example/contoso", "client_id": "one", "key_from": "config:contosoKey"}


def wrong_key(world: World) -> None:
    world.variables["W365_PROVISIONING_KEY"] = "not-the-key"


def no_key(world: World) -> None:
    del world.variables["W365_PROVISIONING_KEY"]


def unreachable(world: World) -> None:
    world.variables |= {"W365_BASE_URL": UNREACHABLE, "W365_MAX_RETRIES": "1"}


def redirecting(world: World) -> None:
    world.management.inject(faults.Redirect(location="https://elsewhere.example"))


def html(world: World) -> None:
    world.management.inject(faults.Html())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            wrong_key,
            "Could not list the environments on http://server: HTTP 403. The key in the header is not the one configured there",
        ),
        (no_key, "there is no provisioning key. Set W365_PROVISIONING_KEY"),
        (unreachable, "Could not list the environments on http://127.0.0.1:9: no connection (unknown name, refused or no route)"),
        (redirecting, "a redirect, which is never followed because the key would be sent along"),
        (html, "an HTML page"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_server_that_cannot_be_used(world: World, wrong: Callable[[World], None], told: str) -> None:
    world.program(ENVIRONMENT)
    wrong(world)
    failed = world.up(code=1)
    assert len(failed.errors) == 1
    if world.host == "ours":
        assert "\n" not in failed.errors[0]
    assert told in world.neutral(failed.errors[0])
    assert (world.state().keys() - {"Stack workspace365-dev", "pulumi-python default"}, world.writes()) == (set(), [])


def stack_file(world: World, text: str) -> None:
    (world.folder / "stacks/Pulumi.dev.yaml").write_text(text)


def customer_file(world: World, text: str) -> None:
    path = world.customer("contoso")
    path.write_text(path.read_text() + text)


@dataclass(frozen=True)
class Wrong:
    """Something wrong in the files of a stack, and what is told about it."""

    what: Callable[[World], object]
    told: str


WRONG = {
    "no_yaml": Wrong(lambda world: stack_file(world, "config:\n  workspace365:rings: [canary\n"), "YAML"),
    "rings_that_are_no_list": Wrong(
        lambda world: world.configure({"workspace365:customers": "customers", "workspace365:rings": "canary"}),
        "Pulumi.dev.yaml: workspace365:rings: it must be a list, such as [canary, broad].",
    ),
    "an_unknown_ring": Wrong(
        lambda world: world.configure({"workspace365:customers": "customers", "workspace365:rings": ["brod"]}),
        "workspace365:rings: no customer has the ring 'brod'; there are: broad.",
    ),
    "an_unknown_field": Wrong(
        lambda world: customer_file(world, "exchanges: {server_type: Office365}\n"),
        "stacks/customers/customers/contoso.yaml, line 8: exchanges: there is no such field; the nearest is 'exchange'.",
    ),
    "a_field_twice": Wrong(
        lambda world: customer_file(world, "ring: canary\nring: broad\n"),
        "contoso.yaml, line 9, column 1: the field 'ring' is given twice.",
    ),
    "a_pipe": Wrong(
        lambda world: os.mkfifo(world.customer("contoso").with_name("fabrikam.yaml")),
        "stacks/customers/customers/fabrikam.yaml: it is a pipe, where a file is expected.",
    ),
    "a_bomb": Wrong(
        lambda world: world.customer("fabrikam").write_bytes(hostile.YAML["alias bomb"]),
        "stacks/customers/customers/fabrikam.yaml, line 5, column 25: it holds more than 50000 values",
    ),
    "one_name_twice": Wrong(
        lambda world: world.customer("fabrikam", environment="Contoso"),
        "stacks/customers/customers/contoso.yaml and stacks/customers/customers/fabrikam.yaml: both have environment.name 'contoso'; "
        "each customer needs its own.",
    ),
    "one_key_twice": Wrong(
        lambda world: world.customer("fabrikam").write_text(world.customer("contoso").read_text()), "both have key 'contoso'"
    ),
    "a_missing_secret": Wrong(
        lambda world: world.customer("contoso", sign_on=SIGN_ON),
        "Customer 'contoso': sign_on.key_from: the stack has no secret 'contosoKey'; run `",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_stack_with_something_wrong_in_it(world_on_our_host: World, name: str) -> None:
    world = world_on_our_host
    world.stacks()
    world.customer("contoso")
    wrong = WRONG[name]
    wrong.what(world)
    failed = world.up(code=1)
    assert len(failed.errors) == 1
    assert wrong.told in failed.errors[0]
    assert "Traceback" not in failed.stdout + failed.stderr
    assert (world.state().keys() - {"Stack workspace365-dev"}, world.management.count()) == (set(), 0)
