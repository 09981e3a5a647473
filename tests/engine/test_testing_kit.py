"""The testing kit, as a project that uses it sees it: its example passes, and tests that must fail say why."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_embedded_engine.testing import Stack
from pulumi_workspace365_sandbox import workspace365
from tests import fork_server, project
from tests.docs import pages

ROOT = Path(__file__).parents[2]

PROGRAM = """
import os, pathlib, subprocess
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

config = pulumi.Config()


class Items(ResourceProvider):
    def create(self, props):
        if props["kind"] == "forker":
            subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        if props["kind"] == "broken":
            raise Exception("there is no such shelf")
        shown = os.urandom(4).hex() if props["kind"] == "restless" else ""
        copied = props.get("token") if props["kind"] == "careless" else None
        return CreateResult("item-1", {**props, "copied": copied, "shown": shown})


class Item(Resource):
    def __init__(self, name, **props):
        super().__init__(Items(), name, {"copied": None, "shown": None, **props})


kind = config.require("kind")
made_up = {"salt": os.urandom(4).hex()} if kind == "restless" else {}
if kind == "talkative":
    print("the token is", os.environ["TOLD"])
token = config.get("token") if kind == "exposed" else config.get_secret("token")
Item("one", kind=kind, token=token, **made_up)
"""

TESTS = """
import socket
import pytest

@pytest.fixture
def pulumi_config(request):
    return {"kind": request.node.name.removeprefix("test_")}


def test_broken(pulumi_up):
    pulumi_up()


def test_fine(pulumi_up):
    pulumi_up(fails=True)


def test_restless(pulumi_up):
    pulumi_up()


def test_restful(pulumi_up, pulumi_stack):
    pulumi_stack.configure({"kind": "restless"})
    assert pulumi_up(again=False).did("create") == ["one", "shelf-test"]


def test_careless(pulumi_up, pulumi_stack):
    pulumi_stack.configure_secret("token")
    pulumi_up()


def test_talkative(pulumi_up, pulumi_stack, monkeypatch):
    monkeypatch.setenv("TOLD", pulumi_stack.sentinel())
    pulumi_up()


def test_forker(pulumi_up):
    pulumi_up()


def test_unmet(pulumi_up, pulumi_stack):
    with pulumi_stack.fail("update", "one"):
        pulumi_up()


def test_unknown(pulumi_stack):
    pulumi_stack.resource("two")


async def operate(up):
    return up(again=False)


def test_within_an_event_loop(pulumi_up, pulumi_destroy):
    import asyncio

    assert asyncio.run(operate(pulumi_up)).ok
    assert pulumi_destroy().did("delete") == ["one", "shelf-test"]


def test_exposed(pulumi_preview, pulumi_stack, pulumi_plan_snapshot):
    pulumi_stack.configure_secret("token")
    pulumi_plan_snapshot(pulumi_preview())


def test_unseen(pulumi_preview, pulumi_plan_snapshot):
    pulumi_plan_snapshot(pulumi_preview())


def test_incomplete(pulumi_up, pulumi_stack, pulumi_plan_snapshot):
    pulumi_stack.configure({"kind": "broken"})
    pulumi_plan_snapshot(pulumi_up(fails=True))


@pytest.mark.pulumi(project="nowhere")
def test_without_a_project(pulumi_stack):
    pass
"""

EXPECTED = {
    "broken": "up of stack 'test' failed at create one: Exception: there is no such shelf",
    "fine": "up of stack 'test' was expected to fail, but succeeded: create one, create shelf-test",
    "restless": "the second up of stack 'test' changed something, though the program is the same: update one",
    "careless": r"up of stack 'test' left a secret in clear in .*\(one.outputs.copied\)",
    "talkative": "up of stack 'test' showed a secret in clear",
    "forker": r"up of stack 'test' left processes running \(now ended\): sleep 60",
    "unmet": "a failure of update 'one' was injected, but no operation called that update",
    "unknown": "stack 'test' has 0 resources of the name 'two' in state; its resources: none",
    "exposed": "a secret stands in the plan in clear, so that there is no snapshot of it",
    "unseen": r"there is no snapshot .*test_unseen.txt: (?s:.*)kind: \"unseen\"",
    "incomplete": "the operation failed, so that its plan is not complete",
    "without_a_project": "the project's folder .*nowhere does not exist",
}


def run_pytest(folder: Path, *arguments: str, python: str = sys.executable) -> str:
    command = [python, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_tests_that_must_fail_say_why_and_no_others_fail(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shelf\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "test_shelf.py").write_text(TESTS)
    output = run_pytest(tmp_path, "--tb=short", "--strict-markers", "-p", "no:warnings", python=str(fork_server.python()))
    titled = re.split(r"^_+ (?:ERROR at setup of )?test_(\w+) _+$", output, flags=re.MULTILINE)
    reports = dict(zip(titled[1::2], titled[2::2], strict=True))
    assert reports.keys() == EXPECTED.keys(), output
    assert {name: report for name, report in reports.items() if not re.search(EXPECTED[name], report)} == {}
    assert f"{len(EXPECTED) - 1} failed, 2 passed, 1 error in" in output
    assert "sentinel-" not in output
    assert not (tmp_path / "pulumi_snapshots").exists()
    assert "testing/stack.py" not in output, "what matters is the line of the test"


@pytest.mark.slow
@pytest.mark.parametrize(("example", "counted"), [("testing-kit", "6 passed"), ("one-environment", "2 passed")])
def test_the_examples_pass(example: str, counted: str, tmp_path: Path) -> None:
    folder = copied(example, tmp_path)
    told = run_pytest(folder, "-c", "/dev/null", "--rootdir", ".", python=str(fork_server.python()))
    assert counted in told, told
    assert "snapshot" not in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "example", "counted"), [("kit", "testing-kit", "5 passed"), ("servers", "one-environment", "2 passed")]
)
def test_the_code_of_the_page_passes(kind: str, example: str, counted: str, tmp_path: Path) -> None:
    page = ROOT / "docs" / "testing.md"
    blocks = [block.text for block in pages.blocks(page) if (block.language, block.kind) == ("python", kind)]
    folder = copied(example, tmp_path)
    for test in (folder / "tests").glob("test_*.py"):
        test.unlink()
    (folder / "tests" / "test_page.py").write_text("\n\n".join(blocks))
    options = ["-c", "/dev/null", "--rootdir", ".", "--pulumi-update-snapshots"]
    told = run_pytest(folder, *options, python=str(fork_server.python()))
    assert counted in told, told


def test_each_block_of_the_page_is_run() -> None:
    kinds = [(block.language, block.kind) for block in pages.blocks(ROOT / "docs" / "testing.md")]
    assert set(kinds) == {("python", "kit"), ("python", "servers")}


def copied(example: str, folder: Path) -> Path:
    """A copy of an example, in a folder with a space in its name."""
    copy = folder / "an example"
    shutil.copytree(ROOT / "examples" / example, copy, ignore=shutil.ignore_patterns("__pycache__"))
    if "plugins" in (copy / "Pulumi.yaml").read_text():
        project.prepare(copy)
    return copy


def test_no_fixture_has_a_name_that_a_suite_may_use_itself(tmp_path: Path) -> None:
    listed = run_pytest(tmp_path, "--fixtures")
    [_, ours] = re.split(r"-+ fixtures defined from pulumi_embedded_engine\.pytest_plugin -+\n", listed)
    names = set(re.findall(r"^(\w+)(?= .*-- | -- )", ours.partition("\n---")[0], re.MULTILINE))
    operations = {"pulumi_up", "pulumi_preview", "pulumi_refresh", "pulumi_destroy", "pulumi_import"}
    assert names == {"pulumi_stack", "pulumi_project", "pulumi_config", "pulumi_engine", "pulumi_plan_snapshot", *operations}


@pytest.mark.slow
def test_a_project_that_only_has_it_installed_loads_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import sys\n\n\ndef test_own():\n    loaded = {name for name in sys.modules if name.startswith('pulumi')}\n"
        "    packages = {'pulumi_embedded_engine', 'pulumi_workspace365_sandbox'}\n"
        "    assert loaded == packages | {f'{package}.pytest_plugin' for package in packages}\n"
    )
    assert "1 passed" in run_pytest(tmp_path)


def test_what_exists_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace365.running() as server:
        server.management.seed("contoso", is_active=True)
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        with Stack(ROOT / "examples" / "one-environment", tmp_path) as stack:
            imported = stack.import_("pulumi-python:dynamic/workspace365:Environment", "contoso", "contoso", protect=True)
    assert imported.did("import") == ["contoso"]
    assert stack.resource("contoso").protect
