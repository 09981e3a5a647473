"""`--target` and `--exclude` limit an operation as on the Pulumi CLI; what is out of limits is neither changed, deleted nor forgotten."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine import cli
from tests.engine.world_strategies import Ran, World

needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
STACK = "urn:pulumi:dev::world::"
THING = f"{STACK}pulumi-python:dynamic/world:Thing::"
A, B, C, D = (f"{THING}{name}" for name in "abcd")
GROUP = f"{STACK}world:index:Group::g"
MEMBER = f"{STACK}world:index:Group$pulumi-python:dynamic/world:Thing::"

Json = dict[str, Any]


def thing(name: str, inputs: Json | None = None, **opts: Any) -> Json:
    return {"name": name, "inputs": inputs or {}, "opts": opts}


FIRST = [thing("a", {"size": 1}), thing("b", {"size": "$a.token", "n": 1}), thing("c", {"size": 1})]
CHANGED = [thing("a", {"size": 2}), thing("b", {"size": "$a.token", "n": 2}), thing("c", {"size": 2})]


@pytest.fixture(params=["embedded", pytest.param("pulumi", marks=[needs_cli, pytest.mark.slow])])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    made = World.make(tmp_path / "world", request.param)
    made.plan(FIRST)
    assert made.up().code == 0
    return made


def sizes(world: World) -> Json:
    """What of each thing there is on the server shows whether it was changed; what state says is the same."""
    there = {item["key"]: item.get("n", item.get("size")) for item in world.things().values()}
    known = [item for item in world.export()["deployment"].get("resources") or [] if item["type"].endswith(":Thing")]
    assert {item["inputs"]["key"]: item["inputs"].get("n", item["inputs"].get("size")) for item in known} == there
    return there


def failed(ran: Ran, *says: str) -> None:
    assert ran.code != 0, ran.output
    flat = " ".join(ran.output.split())
    assert [text for text in says if text not in flat] == [], ran.output


def done(ran: Ran) -> None:
    assert ran.code == 0, ran.output


# Updates.


def test_only_targets_are_updated_and_their_dependents_when_asked_to(world: World) -> None:
    world.plan(CHANGED)
    done(world.preview("--target", A))
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}
    done(world.up("--target", A))
    assert sizes(world) == {"a": 2, "b": 1, "c": 1}
    done(world.up("-t", A, "--target-dependents"))
    assert sizes(world) == {"a": 2, "b": 2, "c": 1}
    done(world.up("--target", f"{STACK}**::c"))
    assert sizes(world) == {"a": 2, "b": 2, "c": 2}
    assert world.up("--expect-no-changes").code == 0


@pytest.mark.slow
def test_a_target_that_needs_what_is_not_created_is_an_error(world: World) -> None:
    world.plan([*FIRST, thing("d"), thing("e", {"size": "$d.token"})])
    words = f"Resource '{THING}e' depends on '{D}' which was was not specified in --target list."
    failed(world.preview("--target", f"{THING}e"), words)
    failed(world.up("--target", f"{THING}e"), words)
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}
    done(world.up("--target", A))
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}
    done(world.up("--target", D, "--target", f"{THING}e"))
    assert sizes(world).keys() == {"a", "b", "c", "d", "e"}


@pytest.mark.slow
def test_what_the_program_lacks_is_deleted_only_if_it_and_all_that_needs_it_are_targets(world: World) -> None:
    world.plan([])
    words = f"Resource '{B}' will be destroyed but was not specified in --target list."
    failed(world.preview("--target", A), words)
    failed(world.up("--target", A), words)
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}
    done(world.up("--target", C))
    assert sizes(world) == {"a": 1, "b": 1}
    done(world.up("--target", A, "--target-dependents"))
    assert sizes(world) == {}


@pytest.mark.slow
def test_a_target_that_nobody_knows_is_an_error(world: World) -> None:
    world.plan(CHANGED)
    for operation in (world.preview, world.up):
        failed(
            operation("--target", f"{THING}x"), f"Target '{THING}x' could not be found in the stack. Did you forget to escape $"
        )
    for operation in (world.destroy, world.refresh):
        failed(operation("--target", f"{THING}x"), f"no resource named '{THING}x' found")
    failed(world.up("--target", f"{MEMBER}x"), f"Target '{MEMBER}x' could not be found in the stack.")
    failed(world.up("--replace", f"{THING}x"), f"Target '{THING}x' could not be found in the stack.")
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}


@pytest.mark.slow
def test_a_target_is_replaced_on_request(world: World) -> None:
    world.plan(CHANGED)
    ran = world.up("--target-replace", C)
    done(ran)
    assert {call for call in ran.methods() if call.split()[0] in {"Create", "Update", "Delete"}} == {"Create c", "Delete c"}
    assert {name: world.resource(name)["inputs"].get("n", 1) for name in "ab"} == {"a": 1, "b": 1}


@pytest.mark.slow
def test_excluded_resources_stay_and_their_dependents_when_asked_to(world: World) -> None:
    world.plan(CHANGED)
    done(world.up("--exclude", A, "--exclude-dependents"))
    assert sizes(world) == {"a": 1, "b": 1, "c": 2}
    done(world.up("--exclude", A))
    assert sizes(world) == {"a": 1, "b": 2, "c": 2}
    world.plan([])
    done(world.up("--exclude", B))
    assert sizes(world) == {"a": 1, "b": 2}


@pytest.mark.slow
def test_what_a_kept_resource_needs_stays_in_order(world: World) -> None:
    world.plan([thing("x"), *FIRST, thing("d", {"size": "$x.token"})])
    done(world.up())
    world.plan([*CHANGED, thing("d", {"size": 5})])
    done(world.up("--target", A))
    assert sizes(world).keys() == {"a", "b", "c", "d", "x"}
    done(world.up("--target", D))
    done(world.up("--target", f"{THING}x"))
    assert sizes(world) == {"a": 2, "b": 1, "c": 1, "d": 5}


@pytest.mark.slow
def test_a_renamed_resource_that_is_no_target_stays_what_it_was(world: World) -> None:
    world.plan([FIRST[0], thing("bb", {"key": "b", "size": "$a.token", "n": 2}, aliases=[{"name": "b"}]), CHANGED[2]])
    done(world.up("--target", C))
    assert sizes(world) == {"a": 1, "b": 1, "c": 2}
    assert world.resource("b")["urn"] == B
    done(world.up())
    assert world.resource("bb")["inputs"]["n"] == 2


@pytest.mark.slow
def test_a_component_is_a_target_apart_from_its_children(world: World) -> None:
    world.plan([*FIRST, {"name": "g", "members": [thing("m", {"size": 1}), thing("n", {"size": 1})]}])
    done(world.up())
    world.plan([*FIRST, {"name": "g", "members": [thing("m", {"size": 2}), thing("n", {"size": 2})]}])
    done(world.up("--target", GROUP))
    assert sizes(world) == {"a": 1, "b": 1, "c": 1, "m": 1, "n": 1}
    done(world.up("--target", f"{MEMBER}m"))
    assert sizes(world) == {"a": 1, "b": 1, "c": 1, "m": 2, "n": 1}
    failed(world.destroy("--target", GROUP), f"Resource '{MEMBER}m' will be destroyed but was not specified")
    done(world.destroy("--target", GROUP, "--target-dependents"))
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}


# Refreshes.


def test_only_targets_are_refreshed(world: World) -> None:
    for name in "abc":
        world.change(f"id-{name}", size=7)
    done(world.run("refresh", "--target", C, "--preview-only"))
    assert world.resource("c")["inputs"]["size"] == 1
    done(world.refresh("--target", C))
    assert {name: world.resource(name)["outputs"]["size"] for name in "abc"} == {"a": 1, "b": "token-a", "c": 7}
    done(world.refresh("-x", B))
    assert {name: world.resource(name)["outputs"]["size"] for name in "abc"} == {"a": 7, "b": "token-a", "c": 7}
    failed(world.refresh("--exclude", f"{THING}x"), f"no resource named '{THING}x' found")


def test_a_target_that_is_gone_is_forgotten_and_nothing_else(world: World) -> None:
    for name in "ac":
        world.remove(f"id-{name}")
    done(world.refresh("--target", A))
    assert {item["inputs"]["key"] for item in world.state() if item["type"].endswith(":Thing")} == {"b", "c"}
    assert "dependencies" not in world.resource("b")


# Destroys.


@pytest.mark.slow
def test_only_targets_are_destroyed(world: World) -> None:
    words = f"Resource '{B}' will be destroyed but was not specified in --target list."
    failed(world.destroy("--target", A), words)
    failed(world.run("destroy", "--target", A, "--preview-only"), words)
    failed(world.destroy("--target", A, "--preview-only"), "--skip-preview and --preview-only cannot be used together")
    failed(world.destroy("--run-program", "--target", A), words)
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}
    done(world.destroy("--target", B, "--remove"))
    assert sizes(world) == {"a": 1, "c": 1}
    done(world.destroy("--exclude", C))
    assert sizes(world) == {"c": 1}
    done(world.destroy("--run-program", "--target", C))
    assert sizes(world) == {}


def test_what_an_excluded_resource_needs_is_not_destroyed(world: World) -> None:
    done(world.destroy("-x", B))
    assert sizes(world) == {"a": 1, "b": 1}
    done(world.destroy("--exclude", B))
    assert sizes(world) == {"a": 1, "b": 1}


def test_protected_resources_are_left_out_when_asked_to(world: World) -> None:
    world.plan([thing("a", {"size": 1}), thing("b", {"size": "$a.token", "n": 1}, protect=True), thing("c", {"size": 1})])
    done(world.up())
    ran = world.destroy("--exclude-protected")
    done(ran)
    assert (
        "All unprotected resources were destroyed. There are still 4 protected resources associated with this stack."
        in ran.output
    )
    assert sizes(world) == {"a": 1, "b": 1}
    ran = world.destroy("--exclude-protected")
    done(ran)
    assert "There were no unprotected resources to destroy. There are still 4 protected resources" in ran.output


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            ["--target", A, "--exclude", B],
            "if any flags in the group [target exclude] are set none of the others can be; [exclude target] were all set",
        ),
        (["--target", A, "--exclude-protected"], "you cannot specify --target and --exclude-protected"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(world: World, flags: list[str], words: str) -> None:
    failed(world.destroy(*flags), words)
    assert sizes(world) == {"a": 1, "b": 1, "c": 1}


# Where the CLI would touch what is no target.


@pytest.fixture
def embedded(tmp_path: Path) -> World:
    return World.make(tmp_path / "world", "embedded")


def tied(size: int, n: int) -> list[Json]:
    """What depends on `a` is deleted with it."""
    solo = {"dbr": True, "forces": ["size"]}
    return [
        thing("a", {**solo, "size": size}),
        thing("b", {**solo, "size": "$a.token", "n": n}),
        thing("c", {"n": n}, deleted_with="a"),
    ]


@pytest.mark.slow
def test_what_is_no_target_does_not_go_with_one_that_is_replaced(embedded: World) -> None:
    embedded.plan(tied(1, 1))
    done(embedded.up())
    embedded.plan(tied(2, 2))
    failed(embedded.up("--target", A), "will be destroyed but was not specified in --target list")
    failed(embedded.up("--exclude", B, "--exclude", C), "will be destroyed but was excluded")
    assert {item["key"]: item["size"] for item in embedded.things().values() if item["key"] == "a"} == {"a": 1}
    assert sizes(embedded).keys() == {"a", "b", "c"}
    done(embedded.up("--target", A, "--target-dependents"))
    assert sizes(embedded) == {"a": 2, "b": 2, "c": 2}


@pytest.mark.slow
def test_what_needs_an_excluded_resource_that_is_not_there_is_not_created(embedded: World) -> None:
    embedded.plan([])
    done(embedded.up())
    embedded.plan(FIRST)
    failed(embedded.preview("--exclude", A), f"Resource '{B}' depends on '{A}' which is new and was excluded.")
    failed(embedded.up("--exclude", A), f"Resource '{B}' depends on '{A}' which is new and was excluded.")
    assert "b" not in sizes(embedded)
    done(embedded.up("--exclude", A, "--exclude-dependents"))
    assert sizes(embedded) == {"c": 1}
