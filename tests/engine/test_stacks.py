"""Stacks are listed, selected, renamed and tagged as the Pulumi CLI does it, in the files that it keeps."""

import json
import shutil
from pathlib import Path

import pytest

from pulumi_embedded_engine.store.backend import Backend
from tests.engine import cli
from tests.engine.stacks import CONFIGURATION, Stacks, deployment

needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
NO_STACK = "error: no stack selected; please use `pulumi stack select`"


@pytest.fixture(params=["embedded", pytest.param("pulumi", marks=needs_cli)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Stacks:
    return Stacks.make(tmp_path / "shop", request.param)


def other(project: Stacks) -> Stacks:
    """The other engine in the same folder; without a CLI, the same one."""
    engine = "embedded" if project.engine == "pulumi" or not cli.available() else "pulumi"
    return Stacks(project.directory, engine, project.variables)


def test_a_stack_is_selected_when_it_is_made_and_for_both_engines(project: Stacks) -> None:
    assert NO_STACK in project.ask("stack", "export")[1]
    project.done("stack", "init", "one")
    project.done("stack", "init", "two", "--no-select")
    for engine in (project, other(project)):
        assert json.loads(engine.done("stack", "ls", "--json"))[0] | {"lastUpdate": ""} == {
            "name": "one",
            "current": True,
            "lastUpdate": "",
            "resourceCount": 0,
        }
    project.done("stack", "select", "two")
    assert [line.split()[0] for line in other(project).done("stack", "ls").splitlines()[1:]] == ["one", "two*"]
    assert project.ask("stack", "select", "nope") == (6, "error: no stack named 'nope' found\n")
    assert project.ask("stack", "select") == (6, "error: no stack selected; specify a stack name with --stack\n")
    assert project.ask("stack", "select", "one", "--stack", "two")[0] == 1
    assert project.done("stack", "unselect") == "Stack was unselected\n"
    code, said = other(project).ask("config")
    assert (code, NO_STACK in said) == (1, True)


def test_a_selected_stack_that_is_gone_is_none(project: Stacks) -> None:
    project.done("stack", "init", "one")
    shutil.rmtree(project.directory / "state/.pulumi/stacks/shop")
    code, said = project.ask("stack", "export")
    assert (code, NO_STACK in said) == (1, True)


def test_the_variable_stands_above_the_selection_and_an_empty_one_selects_none(project: Stacks) -> None:
    project.done("stack", "init", "one")
    project.done("stack", "init", "two")
    project.variables["PULUMI_STACK"] = "one"
    project.done("stack", "tag", "set", "which", "one")
    project.variables["PULUMI_STACK"] = ""
    code, said = project.ask("stack", "tag", "get", "which")
    assert (code, NO_STACK in said) == (1, True)
    assert project.done("stack", "tag", "get", "which", "--stack", "one") == "one\n"


def test_stacks_are_listed_by_project_and_tag(project: Stacks) -> None:
    project.create()
    project.done("stack", "init", "two")
    store = project.store("far", "elsewhere")
    store.path.parent.mkdir(parents=True)
    shutil.copy(project.store().path, store.path)
    project.done("stack", "tag", "set", "kind", "x", "--stack", "dev")

    def listed(*flags: str) -> list[str]:
        return [item["name"] for item in json.loads(project.done("stack", "ls", "--output", "json", *flags))]

    assert listed() == ["dev", "two"]
    assert listed("--all") == ["dev", "organization/elsewhere/far", "two"]
    assert listed("--project", "elsewhere") == ["organization/elsewhere/far"]
    assert listed("--tag", "kind") == listed("--tag", "kind=x") == ["dev"]
    assert listed("--tag", "kind=y") == listed("--tag", "other") == []
    head, first, *_ = project.done("stack", "ls").splitlines()
    assert head.split("  ")[0] == "NAME"
    assert first.split()[-1] == "6"
    code, said = project.ask("stack", "ls", "--output", "yaml")
    assert (code, "valid values are: default or json" in said) == (1, True)


def test_tags_are_kept_where_the_other_engine_finds_them(project: Stacks) -> None:
    project.done("stack", "init", "dev")
    project.done("stack", "tag", "set", "b", "2")
    project.done("stack", "tag", "set", "a", "ä b")
    assert other(project).done("stack", "tag", "ls") == "NAME  VALUE\na     ä b\nb     2\n"
    assert json.loads(other(project).done("stack", "tag", "ls", "--json")) == {"a": "ä b", "b": "2"}
    other(project).done("stack", "tag", "rm", "a")
    assert project.ask("stack", "tag", "get", "a") == (1, "error: stack tag 'a' not found for stack 'dev'\n")
    project.done("stack", "tag", "rm", "b")
    project.done("stack", "tag", "rm", "b")
    assert not project.store().tags_path.exists()


def test_a_stack_is_renamed_with_all_that_it_has(project: Stacks) -> None:
    project.create(configuration=CONFIGURATION)
    before = project.resources()
    history = project.directory / "state/.pulumi/history/shop"
    (history / "dev").mkdir(parents=True)
    (history / "dev/dev-17.history.json").write_text("{}")
    assert project.done("stack", "rename", "prod") == "Renamed dev to prod\n"

    after = other(project).resources("prod")
    wanted = json.loads(json.dumps(before).replace("urn:pulumi:dev:", "urn:pulumi:prod:").replace("shop-dev", "shop-prod"))
    for name in ("urn", "id", "parent", "provider", "dependencies", "propertyDependencies", "deletedWith"):
        assert [item.get(name) for item in after] == [item.get(name) for item in wanted]
    assert after[2]["inputs"]["password"]["plaintext"] == '"hush"'
    assert after[3]["inputs"]["a"]["urn"] == wanted[3]["inputs"]["a"]["urn"]
    assert (project.directory / "Pulumi.prod.yaml").read_text() == CONFIGURATION
    assert not (project.directory / "Pulumi.dev.yaml").exists()
    assert (history / "prod/prod-17.history.json").exists()
    assert project.ask("stack", "export", "--stack", "dev")[0] == 6
    assert json.loads(other(project).done("stack", "ls", "--json"))[0]["name"] == "prod"
    project.done("config", "get", "key")


def test_a_stack_is_renamed_to_another_project(project: Stacks) -> None:
    project.create()
    assert (
        project.done("stack", "rename", "organization/store/prod", "--stack", "dev") == "Renamed dev to organization/store/prod\n"
    )
    (project.directory / "Pulumi.yaml").write_text("name: store\nruntime: python\n")
    assert [item["urn"] for item in other(project).resources("prod")] == [
        item["urn"] for item in deployment("prod", "store")["deployment"]["resources"]
    ]


def test_a_stack_is_not_renamed_onto_another(project: Stacks) -> None:
    project.create()
    project.create("two")
    for taken in ("two", "dev"):
        assert project.ask("stack", "rename", taken, "--stack", "dev") == (1, f"error: a stack named {taken} already exists\n")
    assert project.ask("stack", "rename", "x", "--stack", "nope") == (6, "error: no stack named 'nope' found\n")
    assert project.ask("stack", "rename", "a/b/c/d", "--stack", "dev")[0] == 1
    assert {store.name for store in Backend.from_url(f"file://{project.directory / 'state'}").stacks()} == {"dev", "two"}
    assert len(project.resources()) == len(project.resources("two")) == 6


def test_a_stack_is_made_where_no_selection_can_be_kept(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    (tmp_path / "file").touch()
    project.variables["PULUMI_HOME"] = str(tmp_path / "file/home")
    code, said = project.ask("stack", "init", "dev")
    assert (code, "Created stack 'dev'" in said, "the selected stack cannot be noted" in said) == (0, True, True), said
    project.done("stack", "export", "--stack", "dev")
    code, said = project.ask("stack", "export")
    assert (code, NO_STACK in said) == (1, True), said


def test_a_damaged_selection_is_told(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.done("stack", "init", "dev")
    (kept,) = (project.directory / "home/workspaces").iterdir()
    for text in ("{", "[]", '{"stacks": 1}'):
        kept.write_text(text)
        code, said = project.ask("stack", "export")
        assert (code, "unable to read workspace settings" in said) == (1, True), said
