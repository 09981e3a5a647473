"""The project's own sandbox, deployed to by the embedded engine; the command on it, and the page about the command."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_cli import app
from pulumi_workspace365_sandbox.runner import servers
from pulumi_workspace365_sandbox.workspace365 import Server
from tests import fork_server
from tests.docs import pages, parsing

from .conftest import Command

PAGE = pages.ROOT / "docs" / "w365.md"
CONFORMANCE = pages.ROOT / "docs" / "guides" / "conformance.md"
_PROGRAM = """
from pulumi_workspace365 import Environment, OAuth2SignOn

contoso = Environment(
    "contoso", environment_name="contoso", admin_email="a@contoso.example", admin_first_name="Ada", admin_last_name="-"
)
OAuth2SignOn(
    "contoso", environment=contoso, authority="https://login.example/contoso", client_id="app", key="key-that-nobody-sees",
    key_expires="2020-01-31",
)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `python -m sandbox` keeps one: `.sandbox/` beside Pulumi.yaml."""
    folder = tmp_path_factory.mktemp("project")
    (folder / ".sandbox").mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (folder / "__main__.py").write_text(_PROGRAM, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def served(project: Path) -> Iterator[Server]:
    """What `python -m sandbox serve` runs, and the stack that `python -m sandbox up` would make there."""
    with servers.running(project / ".sandbox", "python -m sandbox serve") as running:
        own = {"PULUMI_BACKEND_URL": f"file://{project}/.sandbox/state", "PULUMI_CONFIG_PASSPHRASE": "sandbox"}
        variables = {**os.environ, **running.workspace365.variables, **own, "PULUMI_STACK": "sandbox", "W365_JOURNAL": "off"}
        for command in (("stack", "init", "sandbox"), ("up", "--yes", "--skip-preview")):
            engine = [str(fork_server.python()), "-m", "pulumi_embedded_engine", *command]
            subprocess.run(engine, cwd=project, env=variables, check=True, capture_output=True, timeout=60)
        yield running.workspace365


@pytest.fixture
def sandbox(served: Server, project: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Server:  # noqa: ARG001  bare clears variables
    monkeypatch.chdir(project)
    return served


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
def test_every_command_on_the_page_runs_as_it_stands_there(w365: Command, project: Path) -> None:
    blocks = [
        block for page in (PAGE, CONFORMANCE) for block in pages.blocks(page) if (block.language, block.kind) == ("sh", "w365")
    ]
    lines = [words for block in blocks for words in parsing.commands(block.text)]
    assert {words[1] for words in lines} >= {"doctor", "drift", "licensing", "export", "conformance"}
    for words in lines:
        ran = w365(*words[1:])
        assert ran.code in {0, 3, 4}, ran.err
    assert {path.name for path in project.iterdir()} >= {"licences.csv", "health.xml", "contoso.json", "drift.html"}


def test_every_command_is_in_the_page_s_table() -> None:
    told = set(re.findall(r"^\| `w365 (\w+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(app.COMMANDS) == told


@pytest.mark.slow
def test_the_state_of_a_real_deployment_is_understood(w365: Command, sandbox: Server) -> None:
    environments = w365("environments", "--sandbox", "--output", "json")
    assert environments.document["coverage"] == {"managed": 1, "total": 1, "percent": 100.0}
    in_sync = w365("drift", "--sandbox", "--output", "json")
    assert (in_sync.code, in_sync.document["counts"]["in sync"], in_sync.document["counts"]["not verifiable"]) == (0, 1, 1)
    expiry = w365("expiry", "--sandbox", "--output", "json")
    assert (expiry.code, expiry.document["keys"][0]["key_expires"]) == (3, "2020-01-31")
    doctor = w365("doctor", "--sandbox", "--output", "json")
    assert doctor.check("state")["detail"] == "1 environments, 1 settings of environments"
    sandbox.management.recreate("contoso")
    drifted = w365("drift", "--sandbox", "--output", "json")
    assert (drifted.code, drifted.document["counts"]["re-created"]) == (4, 2)
    for ran in (environments, in_sync, expiry, drifted, doctor):
        assert "key-that-nobody-sees" not in ran.out + ran.err


@pytest.mark.slow
def test_nothing_of_the_real_instance_s_settings_is_used(w365: Command, sandbox: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_BASE_URL", "https://real.example.com")
    monkeypatch.setenv("W365_PROVISIONING_KEY", "a-real-key-never-sent")
    monkeypatch.setenv("PULUMI_STACK", "prod")
    for command in (["environments"], ["licensing"], ["health"]):
        ran = w365(*command, "--sandbox", "--output", "json")
        assert (ran.code, ran.document["facts"]["instance"]) == (0, sandbox.base_url)


def test_without_a_running_sandbox_the_command_that_starts_one_is_told(w365: Command, bare: Path) -> None:
    absent = w365("health", "--sandbox")
    assert absent.code == 1
    assert "run `python -m sandbox serve`" in absent.error
    (bare / ".sandbox").mkdir()
    ports = bare / ".sandbox" / "ports.json"
    ports.write_text('{"workspace365": {"port": 1, "management_port": 1}}', encoding="utf-8")
    silent = w365("health", "--sandbox")
    assert "do not answer on 127.0.0.1:1: run `python -m sandbox serve`" in silent.error
    ports.write_text("{}", encoding="utf-8")
    assert "cannot be read" in w365("health", "--sandbox").error
