"""Names of stacks and projects: taken apart once, as the CLI does it, and never a way out of a folder."""

import contextlib
import json
import shutil
from pathlib import Path

import pytest

from pulumi_embedded_engine.backend_stack import StackNotFound
from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import EngineError, InvalidName, ProjectError, StateError
from pulumi_embedded_engine.providers.plugins import PluginError, Plugins
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.names import StackName
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.store.stack_store import StackStore
from pulumi_embedded_engine.workspace.project import Project
from tests.engine import cli
from tests.engine.cli import PASSPHRASE
from tests.engine.world_strategies import World

ENGINES = ["embedded", pytest.param("pulumi", marks=pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH"))]
THING = {"name": "a", "inputs": {"size": 1}}
NOWHERE = ["..", ".", "organization/../dev", "organization/./dev", "organization/world/..", "organization/world/."]
"""What the CLI takes for names, too, and then looks for outside of the project's folder."""

REFUSED = {
    "other/dev": "organization name must be 'organization'",
    "other/world/dev": "organization name must be 'organization'",
    "dev/": "organization name must be 'organization'",
    "organization/": "a stack name may not be empty",
    "organization/world/": "a stack name may not be empty",
    "a/b/c/d": "a stack name may not be empty",
    "organization/world/dev/x": "a stack name may not be empty",
    "de v": "invalid character ' ' at position 2",
    "dev\n": r"invalid character '\n' at position 3",
    "de\\v": "invalid character",
    "x" * 101: "a stack name cannot exceed 100 characters",
    f"organization/{'x' * 101}/dev": "project names are limited to 100 characters",
    "organization/a b/dev": "project names may only contain alphanumerics, hyphens, underscores, and periods",
}


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A stack with one resource, deployed under its short name."""
    made = World.make(tmp_path / "world", request.param)
    made.plan([THING])
    return made


def named(world: World, stack: str, *arguments: str) -> tuple[int, str]:
    ran = world.run(*arguments, stack=stack, trace=False)
    return ran.code, ran.output


def test_every_form_of_a_name_is_the_same_stack(world: World) -> None:
    assert world.up().code == 0
    before = world.state()
    for form in ("organization/dev", "organization/world/dev", "/dev", "//dev"):
        code, output = named(world, form, "up", "--yes", "--skip-preview", "--expect-no-changes")
        assert (code, "Updating (dev):" in output) == (0, True), f"{form}: {output}"
    assert world.state() == before
    assert [item["urn"].split("::")[0] for item in before] == ["urn:pulumi:dev"] * len(before)


def test_the_variable_is_taken_apart_too(world: World) -> None:
    world.variables["PULUMI_STACK"] = "organization/world/dev"
    code, output = named(world, "", "up", "--yes", "--skip-preview")
    assert (code, "Updating (dev):" in output) == (0, True), output
    world.variables["PULUMI_STACK"] = "other/world/dev"
    assert named(world, "", "preview")[0] == 1


def test_a_stack_is_created_under_each_form_of_its_name(world: World) -> None:
    for form, short in (("organization/world/one", "one"), ("organization/two", "two")):
        code, output = named(world, "", "stack", "init", form)
        assert (code, f"Created stack '{short}'" in output) == (0, True), output
        assert (world.directory / f"state/.pulumi/stacks/world/{short}.json").exists()
    code, output = named(world, "", "stack", "init", "organization/world/dev")
    assert (code, "stack 'organization/world/dev' already exists" in output) == (1, True), output
    code, output = named(world, "", "stack", "init", "organization/other/three")
    expected = 'could not create stack: provided project name "other" doesn\'t match Pulumi.yaml'
    assert (code, expected in output) == (1, True), output
    code, output = named(world, "dev", "stack", "init", "four")
    assert (code, "only one of --stack or argument stack name may be specified, not both" in output) == (1, True), output
    assert sorted(path.name for path in (world.directory / "state/.pulumi/stacks").rglob("*.json")) == [
        "dev.json",
        "one.json",
        "two.json",
    ]


def test_what_is_no_name_is_refused(world: World) -> None:
    for name, reason in REFUSED.items():
        code, output = named(world, name, "preview")
        assert (code, reason in output) == (1, True), output


def test_a_stack_that_is_not_there_is_named_as_it_was_given(world: World) -> None:
    for name in ("nope", "Dev", "organization/world/nope", "organization/nope"):
        code, output = named(world, name, "up", "--yes")
        assert (code, f"error: no stack named '{name}' found" in output) == (6, True), output


def test_another_projects_stack_is_read_and_never_changed(world: World, tmp_path: Path) -> None:
    assert world.up().code == 0
    other = tmp_path / "other"
    shutil.copytree(world.directory, other, ignore=shutil.ignore_patterns("state", "world", "home"))
    project = other / "Pulumi.yaml"
    project.write_text(project.read_text().replace("name: world", "name: other"))
    (other / "Pulumi.dev.yaml").unlink()
    visitor = World(other, world.engine, {"PULUMI_BACKEND_URL": f"file://{world.directory / 'state'}"})
    foreign = "organization/world/dev"
    for operation in (["preview"], *([name, "--yes", "--skip-preview"] for name in ("up", "refresh", "destroy"))):
        code, output = named(visitor, foreign, *operation)
        expected = 'error: provided project name "world" doesn\'t match Pulumi.yaml'
        assert (code, expected in output) == (1, True), output
    code, output = named(visitor, foreign, "stack", "export")
    assert code == 0
    urns = [item["urn"] for item in json.loads(output)["deployment"]["resources"]]
    assert "urn:pulumi:dev::world::pulumi-python:dynamic/world:Thing::a" in urns
    assert named(visitor, foreign, "stack", "output")[0] == 0
    if world.engine == "embedded":  # the CLI notes a salt there before it refuses
        assert not (other / "Pulumi.dev.yaml").exists()


def test_another_stacks_deployment_is_not_taken_for_ones_own(world: World) -> None:
    assert world.up().code == 0
    exported = world.directory / "exported.json"
    exported.write_text(named(world, "dev", "stack", "export")[1])
    assert named(world, "", "stack", "init", "prod")[0] == 0
    code, output = named(world, "prod", "stack", "import", "--file", str(exported))
    assert (code != 0, "is from a different stack (dev != prod)" in output) == (True, True), output
    exported.write_text(exported.read_text().replace("pulumi:dev::world::", "pulumi:prod::other::"))
    if world.engine == "pulumi":  # it takes what it does not refuse; so it does a copied file
        return
    code, output = named(world, "prod", "stack", "import", "--file", str(exported))
    assert (code, "is from a different project (other != world)" in output) == (1, True), output
    stacks = world.directory / "state/.pulumi/stacks/world"
    shutil.copy(stacks / "dev.json", stacks / "prod.json")  # also what a file system finds to which Prod and prod are one name
    for operation in (["preview"], *([name, "--yes", "--skip-preview"] for name in ("up", "refresh", "destroy"))):
        code, output = named(world, "prod", *operation)
        assert (code, "is from a different stack (dev != prod)" in output) == (1, True), output
    assert named(world, "dev", "up", "--yes", "--skip-preview", "--expect-no-changes")[0] == 0


def test_a_reference_takes_every_form_of_a_name(world: World) -> None:
    world.plan([], outputs={"x": "of dev"})
    assert world.up().code == 0
    assert world.run("stack", "init", "user", stack="").code == 0
    forms = ["dev", "organization/dev", "organization/world/dev", "/dev"]
    world.plan([{"name": form, "stack": form} for form in forms])
    code, output = named(world, "user", "up", "--yes", "--skip-preview")
    assert code == 0, output
    world.plan([{"name": "far", "stack": "other/world/dev"}])
    code, output = named(world, "user", "preview")
    assert (code, "organization name must be 'organization'" in output) == (1, True), output


# Within one process.


@pytest.mark.parametrize("name", [*REFUSED, *NOWHERE, "", "dév", "dev\u2044x", "dev\0", "\ud800", "\uff0e\uff0e"])
def test_no_such_name_comes_through(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidName, match=REFUSED.get(name, ".").replace("\\", ".")):
        StackName.parse(name, "world")
    plain = name.rpartition("/")[2]
    if plain == name:
        with pytest.raises(InvalidName):
            Backend(tmp_path).stack("world", plain)
        with pytest.raises(InvalidName):
            Backend(tmp_path).stack(plain, "dev")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../x", "a b", "é", "", "x" * 101])
def test_a_project_whose_name_is_none_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": name, "runtime": "python"}))
    with pytest.raises(ProjectError, match=r"Pulumi.yaml"):
        Project.load(tmp_path)


def test_a_removed_stack_takes_no_neighbour_along(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    backend = Backend(tmp_path)
    for project, stack in (("one", "dev"), ("one", "prod"), ("two", "dev")):
        store = backend.stack(project, stack)
        store.init(secrets)
        store.add_history({"kind": "update"})
    backend.stack("one", "dev").remove()
    left = {str(path.relative_to(tmp_path / ".pulumi")) for path in (tmp_path / ".pulumi/history").glob("*/*")}
    assert left == {"history/one/prod", "history/two/dev"}
    assert {store.exists() for store in (backend.stack("one", "prod"), backend.stack("two", "dev"))} == {True}
    with pytest.raises(InvalidName):
        backend.stack("..", "stacks")


@pytest.mark.parametrize("linked", ["stacks/one", "embedded/one", "embedded/one/dev", "stacks"])
def test_a_link_out_of_the_folder_is_not_followed(linked: str, tmp_path: Path) -> None:
    outside, link = tmp_path / "outside", tmp_path / "state/.pulumi" / linked
    outside.mkdir()
    link.parent.mkdir(parents=True)
    link.symlink_to(outside, target_is_directory=True)
    with pytest.raises(StateError, match=r"which is outside of .*: replace the link by a folder"):
        Backend(tmp_path / "state").stack("one", "dev")


@pytest.mark.parametrize("linked", ["history/one", "history/one/dev", "history"])
def test_a_removed_stack_takes_nothing_behind_a_link(linked: str, tmp_path: Path, secrets: PassphraseSecrets) -> None:
    store = Backend(tmp_path / "state").stack("one", "dev")
    store.init(secrets)
    outside, link = tmp_path / "outside", tmp_path / "state/.pulumi" / linked
    kept = [outside / name / "kept" for name in (".", "dev", "one/dev")]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside, target_is_directory=True)
    with contextlib.suppress(StateError):
        store.remove()
    assert all(path.exists() for path in kept)


def test_a_backend_behind_a_link_is_a_backend(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    store: StackStore = Backend(tmp_path / "link").stack("one", "dev")
    store.init(secrets)
    assert (tmp_path / "real/.pulumi/stacks/one/dev.json").exists()


@pytest.mark.parametrize("package", ["../x", "a/b", "a\0b", "..", ""])
def test_a_plugin_is_not_looked_for_along_a_path(package: str) -> None:
    with pytest.raises(PluginError, match="cannot be the name of a plugin"):
        Plugins.__new__(Plugins)._command(package)


def test_a_plugins_name_in_the_project_is_plain(tmp_path: Path) -> None:
    content = {"name": "p", "runtime": "python", "plugins": {"providers": [{"name": "../x", "path": "."}]}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(content))
    with pytest.raises(ProjectError, match="cannot be the name of a plugin"):
        Project.load(tmp_path)


def test_the_engine_works_with_the_short_name(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "p", "runtime": "python"}))
    engine = Engine(tmp_path, "organization/p/dev", backend_url=f"file://{tmp_path}", passphrase=PASSPHRASE)
    assert (engine.stack, engine.display_name, str(engine.name)) == ("dev", "dev", "organization/p/dev")
    with pytest.raises(StackNotFound, match="no stack named 'organization/p/dev' found"):
        engine.load()
    other = Engine(tmp_path, "organization/q/dev", backend_url=f"file://{tmp_path}", passphrase=PASSPHRASE)
    assert other.display_name == "organization/q/dev"
    with pytest.raises(EngineError, match="doesn't match Pulumi.yaml"):
        other.create()
    assert not (tmp_path / "Pulumi.dev.yaml").exists()
