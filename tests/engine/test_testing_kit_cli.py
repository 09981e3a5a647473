"""Tests of a user's suite on the Pulumi CLI: the same interface, the user's account out of reach, and what it cannot do in a sentence."""

import shutil
from pathlib import Path

import pytest

from tests.engine.test_testing_kit import run_pytest

CLI = pytest.mark.skipif(not shutil.which("pulumi"), reason="no Pulumi CLI on PATH")
PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider


class Items(ResourceProvider):
    def create(self, props):
        if props["size"] < 0:
            raise Exception("there is no such shelf")
        return CreateResult("item-1", props)

    def read(self, id_, props):
        return ReadResult(id_, props)


class Item(Resource):
    def __init__(self, name, **props):
        super().__init__(Items(), name, props)


config = pulumi.Config()
Item("one", size=config.get_int("size", 1), token=config.get_secret("token"))
pulumi.export("size", config.get_int("size", 1))
"""
TESTS = """
import json, os, pathlib
import pytest

pytestmark = pytest.mark.pulumi(engine="cli")


def test_life(pulumi_stack, pulumi_engine, pulumi_up, pulumi_preview, pulumi_destroy):
    token = pulumi_stack.configure_secret("token")
    assert pulumi_engine == "cli"
    assert pulumi_preview().changes == {"create": 2}
    assert pulumi_stack.resources == []
    done = pulumi_up(parallel=2)
    assert done.did("create") == ["one", "shelf-test"]
    assert pulumi_stack.outputs == {"size": 1}
    assert pulumi_stack.resource("one").inputs["token"] == token
    assert "token" in pulumi_stack.resource("one").secrets
    assert pulumi_up(replace=["one"], again=False).did("replace") == ["one"]
    pulumi_destroy()
    assert pulumi_stack.resources == []


def test_a_failure_has_its_reason(pulumi_stack, pulumi_up):
    pulumi_stack.configure({"size": -1})
    failed = pulumi_up(fails=True)
    assert not failed.ok and "there is no such shelf" in failed.errors[0], failed.errors
    with pytest.raises(AssertionError, match="up of stack 'test' failed at create one: .*there is no such shelf"):
        pulumi_up()


def test_own_home(pulumi_stack, pulumi_preview, tmp_path):
    pulumi_preview()
    assert (tmp_path / "pulumi/home").is_dir()
    assert not pathlib.Path(os.environ["HOME"], ".pulumi").exists()


@pytest.mark.pulumi(engine="both")
def test_another_machine(pulumi_stack, pulumi_up, monkeypatch):
    pulumi_stack.configure({"baseUrl": "https://shelves.example.com"})
    [reason] = pulumi_up(fails=True).errors
    assert "the configuration value shelf:baseUrl names shelves.example.com, which is not this machine: " in reason
    pulumi_stack.configure({"baseUrl": "http://127.0.0.1:1"})
    monkeypatch.setenv("W365_BASE_URL", "https://real.example.com")
    assert "W365_BASE_URL names real.example.com" in pulumi_up(fails=True).errors[0]


def test_a_fault(pulumi_stack):
    pulumi_stack.lose_answer("create", "one")


def test_protected(pulumi_up):
    pulumi_up(ignore_protect=True)


@pytest.mark.pulumi(engine="both")
def test_a_fault_on_both(pulumi_stack, pulumi_up):
    with pulumi_stack.fail("create", "one"):
        pulumi_up(fails=True)
"""
SMALL = """
import pytest


def test_plain(pulumi_engine):
    assert pulumi_engine == "embedded"


@pytest.mark.pulumi(engine="both")
def test_both(pulumi_stack, pulumi_engine):
    assert pulumi_engine == "embedded"


@pytest.mark.pulumi(engine="embedded")
def test_embedded(pulumi_engine):
    assert pulumi_engine == "embedded"


@pytest.mark.parametrize("pulumi_engine", ["embedded"], indirect=True)
@pytest.mark.pulumi(engine="both")
def test_own_choice(pulumi_engine):
    assert pulumi_engine == "embedded"
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shelf\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


@CLI
@pytest.mark.slow
def test_a_suite_runs_on_the_cli_without_the_users_account(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shelf / "test_shelf.py").write_text(TESTS)
    (tmp_path / "home").mkdir()
    account = {
        "HOME": str(tmp_path / "home"),
        "PULUMI_ACCESS_TOKEN": "pul-0123456789",
        "PULUMI_BACKEND_URL": "https://127.0.0.1:9",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "none",
        "PULUMI_STACK": "production",
        "PULUMI_PREFER_YARN": "true",
    }
    for name, value in account.items():
        monkeypatch.setenv(name, value)
    told = run_pytest(shelf, "--tb=short", "-rs")
    assert "2 failed, 6 passed, 1 skipped in" in told, told
    assert told.count("which the Pulumi CLI does not allow: let the test server fail instead") == 2
    assert "ignore_protect: the Pulumi CLI has no such flag for this operation" in told
    assert sorted(path.name for path in shelf.iterdir() if path.name != "__pycache__") == [
        "Pulumi.yaml",
        "__main__.py",
        "test_shelf.py",
    ]


@pytest.mark.slow
def test_the_engine_is_that_of_the_marker_else_of_the_option(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shelf / "test_shelf.py").write_text(SMALL)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    told = run_pytest(shelf, "-rs", "--strict-markers")
    assert "4 passed, 1 skipped in" in told, told
    assert "there is no pulumi on PATH" in told
    assert "ERROR: --pulumi-engine cli: there is no pulumi on PATH" in run_pytest(shelf, "--pulumi-engine", "cli")
    (shelf / "test_shelf.py").write_text(SMALL.replace('engine="embedded"', 'engine="other"'))
    assert "pulumi(engine='other'): expected one of embedded, cli, both" in run_pytest(shelf)
