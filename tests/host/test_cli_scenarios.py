"""The host under a real Pulumi CLI, where one is on PATH. Each advantage is also seen to be missing on the SDK's own host."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import program_files
from tests.host.conftest import LAUNCHER
from tests.host.test_foreign_programs import PROGRAMS
from tests.waiting import wait_for, wait_until_gone

pytestmark = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")

HERE = Path(__file__).parent
TYPE = "pulumi-python:dynamic/sample_providers:Tree"
UNCOMPARED = {"created", "modified", "sourcePosition", "stackTrace", "provider", "id"}


@dataclass
class Project:
    """A Pulumi project in a folder of its own, with the host it is told to use."""

    folder: Path
    home: Path

    def host(self, name: str) -> None:
        settings: dict[str, Any] = {
            "name": "foreign",
            "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            "config": {"region": {"default": "north"}},
        }
        if name == "ours":
            settings["plugins"] = {"providers": [{"name": "pulumi-python", "path": str(LAUNCHER.parent)}]}
        (self.folder / "Pulumi.yaml").write_text(json.dumps(settings))  # which is YAML too

    def program(self, text: str) -> None:
        head = "import os, pulumi, sample_providers\nfrom pulumi import ResourceOptions\nTree = sample_providers.Tree\n"
        program_files.write(self.folder / "__main__.py", head + textwrap.dedent(text))

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": f"file://{self.folder}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "W365_HOST_MODULES": "sample_providers",
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *command, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, code: int = 0) -> str:
        process = self.start(*command)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == code, output
        return output

    def up(self, code: int = 0) -> str:
        return self.run("up", "--yes", "--skip-preview", code=code)

    def state(self) -> dict[str, dict[str, Any]]:
        deployment = json.loads(self.run("stack", "export", "--show-secrets"))["deployment"]
        return {resource["urn"].rpartition("::")[2]: resource for resource in deployment.get("resources", [])}

    def preview(self) -> dict[str, str]:
        steps = json.loads(self.run("preview", "--json"))["steps"]
        return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] != "same"}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pulumi")


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Project:
    shutil.copy(HERE / "sample_providers.py", tmp_path)
    made = Project(tmp_path, home)
    made.host("ours")
    made.run("stack", "init", "dev")
    return made


def comparable(state: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value for key, value in resource.items() if key not in UNCOMPARED} for name, resource in state.items()}


@pytest.mark.parametrize("name", PROGRAMS)
def test_states_of_both_hosts_are_alike_and_change_hands(project: Project, name: str) -> None:
    shutil.copytree(HERE / "programs" / name, project.folder, dirs_exist_ok=True)
    states = []
    for host, other in (("stock", "ours"), ("ours", "stock")):
        project.host(host)
        project.up()
        states.append(comparable(project.state()))
        project.host(other)
        project.run("preview", "--expect-no-changes")
        project.run("destroy", "--yes", "--skip-preview")
    assert states[0] == states[1]


def test_dependents_of_an_updated_resource_stay_unchanged_in_a_preview(project: Project) -> None:
    program = """
        a = Tree("a", {{"size": {size}, "foreseeing": True}})
        Tree("b", {{"size": 1, "kind": a.root}})
    """
    project.program(program.format(size=1))
    project.up()
    project.program(program.format(size=2))
    assert project.preview() == {"a": "update"}
    project.host("stock")
    assert project.preview() == {"a": "update", "b": "replace"}  # for a kind that is not known


def test_errors_are_one_line_each(project: Project) -> None:
    project.program('Tree("a", {"size": 1, "do": "frost", "pin": pulumi.Output.secret("hunter2-pin")})')
    output = project.up(code=1)
    assert "error: it froze while pin was [secret]" in output
    assert ("hunter2-pin" in output, "sample_providers.py" in output) == (False, False)
    project.host("stock")
    output = project.up(code=1)
    assert ("hunter2-pin" in output, "sample_providers.py" in output) == (True, True)


def test_a_half_done_create_is_kept_and_completed_by_the_next_up(project: Project) -> None:
    project.program('Tree("a", {"size": 1, "do": "half"})')
    assert "no leaves yet" in project.up(code=1)
    kept = project.state()["a"]
    assert (kept["id"], kept["outputs"]["root"], len(kept["initErrors"])) == ("tree-1", "deep", 2)
    assert "~ 1 updated" in project.up()
    assert "initErrors" not in project.state()["a"]


def test_an_object_is_imported_by_command_and_by_program(project: Project) -> None:
    project.program("")
    output = project.run("import", TYPE, "byCommand", "tree-7", "--yes", "--protect=false")
    assert 'by_command = pulumi_python.Tree("byCommand"' in output.replace("byCommand =", "by_command =")
    assert "'felled' does not exist" in project.run("import", TYPE, "no", "felled", "--yes", code=1)
    program = 'Tree("byCommand", {"size": 1})\nTree("by program", {"size": 1}, ResourceOptions(import_="tree-8"))\n'
    project.program(program)
    project.up()
    project.run("preview", "--expect-no-changes")
    assert {name: resource["id"] for name, resource in project.state().items() if " " in name} == {"by program": "tree-8"}
    project.host("stock")
    assert "KeyError" in project.run("import", TYPE, "another", "tree-9", "--yes", code=1)


def test_a_warning_is_shown_beside_its_resource(project: Project) -> None:
    project.program('Tree("a", {"size": 1, "do": "talk", "pin": pulumi.Output.secret("hunter3-pin")})')
    output = project.up()
    assert f"{TYPE} (a):" in output
    assert "warning: dry soil" in output
    assert "hunter3-pin" not in output


def test_creates_run_as_wide_as_the_engine_is_told_to(project: Project) -> None:
    project.program('for i in range(20):\n    Tree(f"t{i}", {"size": 1, "do": "together", "seconds": 20})')
    assert "+ 21 created" in project.run("up", "--yes", "--skip-preview", "--parallel", "20")


def sleeper(project: Project, seconds: float) -> Callable[[], bool]:
    """A program whose create takes its time; whether it has begun."""
    props = {"size": 1, "do": "sleep", "folder": str(project.folder), "mark": "a", "seconds": seconds}
    project.program(f'Tree("a", {props!r})')
    return (project.folder / "a.started").exists


def test_an_interrupt_in_a_create_records_it(project: Project) -> None:
    begun = sleeper(project, 2)
    process = project.start("up", "--yes", "--skip-preview")
    wait_for(begun)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    state = project.state()
    assert state["a"]["id"] == "tree-1"


def test_nothing_is_left_of_a_killed_engine(project: Project) -> None:
    begun = sleeper(project, 600)
    process = project.start("up", "--yes", "--skip-preview")
    wait_for(begun)
    host = int((project.folder / "a.started").read_text())
    process.kill()
    wait_until_gone(host)
    process.communicate()


def test_a_failed_check_shows_its_message_alone(project: Project) -> None:
    project.program('Tree("a", {"size": 1, "do": "fail check", "pin": "short"})\n')
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        output = project.run(*command, code=1)
        assert "short is too short" in output
        assert not [text for text in ("KeyboardInterrupt", "Traceback", "monitor has terminated") if text in output], output


@pytest.mark.parametrize("do", ["id: uuid", "result: dict of a result", "value: unknown"])
def test_what_is_created_is_recorded_whatever_the_form_of_the_answer(project: Project, do: str) -> None:
    shutil.copy(HERE / "workshop.py", project.folder)
    project.program(f"""
        import workshop
        from pulumi.dynamic import Resource
        class Thing(Resource, module="workshop", name="Thing"):
            pass
        Thing(workshop.Bench(), "a", {{"do": {do!r}}})
    """)
    kept = do.startswith("id")
    output = project.up(code=0 if kept else 1)
    assert project.state()["a"]["id"], output
    assert ("initErrors" in project.state()["a"]) == (not kept)
    project.run("destroy", "--yes", "--skip-preview")
    project.host("stock")
    project.up(code=1)
    assert "a" not in project.state()


def test_a_provider_that_leaves_the_process_fails_one_call_and_not_the_host(project: Project) -> None:
    shutil.copy(HERE / "workshop.py", project.folder)
    project.program("""
        import workshop
        from pulumi.dynamic import Resource
        class Thing(Resource, module="workshop", name="Thing"):
            pass
        Thing(workshop.Bench(), "leaves", {"do": "leave"})
        Thing(workshop.Bench(), "stays", {"do": "id: int"})
    """)
    output = project.run("up", "--yes", "--skip-preview", "--continue-on-error", code=1)
    assert "the provider's process ended with code 10" in output
    assert project.state()["stays"]["id"] == "7"


def test_a_resource_with_an_asset_lives_on(project: Project) -> None:
    shutil.copy(HERE / "workshop.py", project.folder)
    program = """
        import workshop
        from pulumi.dynamic import Resource
        class Thing(Resource, module="workshop", name="Thing"):
            size: pulumi.Output[int]
        it = Thing(workshop.Pictures(), "a", {{"picture": pulumi.StringAsset("{text}"), "size": None}})
        Thing(workshop.Bench(), "b", {{"do": "keep", "held": [pulumi.AssetArchive({{"x": pulumi.StringAsset("x")}}), it.size]}})
    """
    project.program(program.format(text="plum"))
    project.up()
    created = comparable(project.state())
    project.run("preview", "--expect-no-changes")
    project.run("refresh", "--yes", "--skip-preview")
    refreshed = comparable(project.state())
    assert refreshed["a"]["inputs"] == created["a"]["inputs"]
    assert refreshed["b"]["inputs"] == created["b"]["inputs"]
    project.program(program.format(text="damson"))
    assert project.preview() == {"a": "update", "b": "update"}  # for a size that is not known
    project.up()
    outputs = project.state()["a"]["outputs"]
    assert (outputs["picture"]["text"], outputs["label"]["text"]) == ("damson", "label of plum")
    project.host("stock")
    assert "Invalid asset encountered" in project.run("preview", code=1)
    project.host("ours")
    project.program("")
    project.up(code=1)  # whose delete reads the content, as people do
    assert set(project.state()) >= {"a"}
