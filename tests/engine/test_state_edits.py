"""Resources are renamed and moved between stacks as the Pulumi CLI does it; what cannot be done changes nothing."""

import json
from pathlib import Path

import pytest

from tests.engine import cli
from tests.engine.stacks import Json, Stacks, deployment, urn

needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
ROOT = "pulumi:pulumi:Stack"
PROVIDER = urn("default", "pulumi:providers:shop")
GROUP = urn("group", "shop:index:Group")
NECESSARY = (
    "If you go ahead with moving these dependencies, it will be necessary to create the appropriate inputs and outputs in the "
    "program for the stack the resources are moved to."
)
CHILD = urn("child", "shop:index:Group$shop:index:Thing")


@pytest.fixture(params=["embedded", pytest.param("pulumi", marks=needs_cli)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Stacks:
    made = Stacks.make(tmp_path / "shop", request.param)
    made.create()
    return made


def found(resources: list[Json], name: str) -> Json:
    (resource,) = [item for item in resources if item["urn"].rpartition("::")[2] == name]
    return resource


def refused(project: Stacks, *arguments: str, stacks: tuple[str, ...] = ("dev",)) -> str:
    """What a command says that must change nothing."""
    before = [project.resources(stack) for stack in stacks]
    code, said = project.ask(*arguments)
    assert code == 1, said
    assert [project.resources(stack) for stack in stacks] == before
    return said


# Names.


def test_a_resource_is_renamed_wherever_it_is_named(project: Stacks) -> None:
    assert project.done("state", "rename", urn("a"), "apple", "--yes", "--stack", "dev") == "Resource renamed\n"
    resources = project.resources()
    assert found(resources, "apple")["id"] == "id-a"
    dependent = found(resources, "b")
    assert dependent["dependencies"] == dependent["propertyDependencies"]["a"] == [urn("apple")]
    assert dependent["deletedWith"] == urn("apple")


def test_a_renamed_component_keeps_its_children(project: Stacks) -> None:
    project.done("state", "rename", GROUP, "team", "--yes", "--stack", "dev")
    assert found(project.resources(), "child")["parent"] == urn("team", "shop:index:Group")


def test_what_a_renamed_provider_serves_refers_to_it(project: Stacks) -> None:
    project.done("state", "rename", PROVIDER, "mine", "--yes", "--stack", "dev")
    reference = f"{urn('mine', 'pulumi:providers:shop')}::p-1"
    assert {item.get("provider") for item in project.resources()} == {None, reference}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([urn("nobody"), "x"], f'No such resource "{urn("nobody")}" exists in the current state'),
        ([urn("a"), "b"], "The chosen new urn for the state corresponds to an already existing resource"),
        (["a", "b"], "The provided input URN is not valid"),
        ([urn("a")], "Must supply <resource URN> and <new name> unless pulumi is run interactively"),
    ],
)
def test_a_name_that_cannot_be_is_refused(project: Stacks, arguments: list[str], says: str) -> None:
    assert says in refused(project, "state", "rename", *arguments, "--yes", "--stack", "dev")


# Moves.


def test_resources_are_moved_with_their_provider_and_what_is_below_them(project: Stacks) -> None:
    project.done("stack", "init", "prod")
    said = project.done("state", "move", "--source", "dev", "--dest", "prod", urn("a"), GROUP, urn("nobody"), "--yes")
    assert said.splitlines() == [
        f"warning: Resource {urn('nobody')} not found in source stack",
        "Planning to move the following resources from organization/shop/dev to organization/shop/prod:",
        "",
        f"  - {urn('a')}",
        f"  - {GROUP}",
        f"  - {CHILD}",
        "",
        "The following resources remaining in organization/shop/dev have dependencies on resources moved to organization/shop/prod:",
        "",
        f"  - {urn('b')} has a dependency on {urn('a')}",
        f"  - {urn('b')} (a) has a property dependency on {urn('a')}",
        f"  - {urn('b')} is marked as deleted with {urn('a')}",
        "",
        NECESSARY,
        "",
        "Successfully moved resources from organization/shop/dev to organization/shop/prod",
    ]
    left, moved = project.resources(), project.resources("prod")
    assert [item["urn"].rpartition("::")[2] for item in left] == ["shop-dev", "default", "b"]
    assert not {"dependencies", "deletedWith"} & {key for key, value in found(left, "b").items() if value}
    assert [item["urn"].rpartition("::")[2] for item in moved] == ["shop-prod", "default", "a", "group", "child"]
    wanted = {item["urn"]: item for item in deployment("prod")["deployment"]["resources"]}
    for item in moved:
        assert item["urn"] in wanted
        assert {key: item.get(key) for key in ("id", "parent", "provider", "inputs")} == {
            key: wanted[item["urn"]].get(key) for key in ("id", "parent", "provider", "inputs")
        }


def test_what_is_moved_back_is_where_it_was(project: Stacks) -> None:
    project.done("stack", "init", "prod")
    before = json.dumps(sorted(project.resources(), key=lambda item: str(item["urn"])))
    for source, dest in (("dev", "prod"), ("prod", "dev")):
        everything = [urn("a", stack=source), urn("b", stack=source), urn("group", "shop:index:Group", source)]
        project.done("state", "mv", "--source", source, "--dest", dest, *everything, "--yes")
    assert json.dumps(sorted(project.resources(), key=lambda item: str(item["urn"]))) == before


def test_a_child_is_moved_with_its_parents_only_when_asked_to(project: Stacks) -> None:
    project.done("stack", "init", "prod")
    project.done("stack", "init", "stage")
    project.done("state", "move", "--source", "dev", "--dest", "prod", "--include-parents", CHILD, "--yes")
    assert [item["urn"].rpartition("::")[2] for item in project.resources("prod")] == ["shop-prod", "default", "group", "child"]
    alone = urn("child", "shop:index:Group$shop:index:Thing", "prod")
    project.done("state", "move", "--source", "prod", "--dest", "stage", alone, "--yes")
    child = found(project.resources("stage"), "child")
    assert (child["urn"], child["parent"]) == (
        urn("child", stage := "shop:index:Thing", "stage"),
        urn("shop-stage", ROOT, "stage"),
    ), stage


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([urn("a")], "at least one of --source or --dest must be provided"),
        (["--source", "dev", "--dest", "prod", PROVIDER], "cannot move providers. Only resources can be moved"),
        (["--source", "dev", "--dest", "prod", urn("nobody")], "no resources found to move"),
        (
            ["--source", "dev", "--dest", "full", urn("a")],
            f"resource {urn('a', stack='full')} already exists in destination stack",
        ),
    ],
)
def test_a_move_that_cannot_be_is_refused(project: Stacks, arguments: list[str], says: str) -> None:
    project.done("stack", "init", "prod")
    project.create("full")
    assert says in refused(project, "state", "move", *arguments, "--yes", stacks=("dev", "prod", "full"))


def test_without_a_yes_nothing_is_moved(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.create()
    project.done("stack", "init", "prod")
    assert "--yes" in refused(project, "state", "move", "--source", "dev", "--dest", "prod", urn("a"), stacks=("dev", "prod"))


def test_secrets_are_encrypted_for_the_stack_that_has_them(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.create()
    project.done("stack", "init", "prod")  # with a salt of its own
    project.done("state", "move", "--source", "dev", "--dest", "prod", urn("a"), "--yes")
    assert found(project.resources("prod"), "a")["inputs"]["password"]["plaintext"] == '"hush"'
    assert "hush" not in project.store("prod").path.read_text()


def test_nothing_is_moved_from_a_stack_to_itself(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.create()
    assert "are the same stack" in refused(project, "state", "move", "--source", "dev", "--dest", "dev", urn("a"), "--yes")
