"""Where settings and state come from: variables, the project's files, the engine."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pulumi_embedded_engine.store import secrets
from pulumi_workspace365_sandbox.workspace365 import Server

from .conftest import Command

PASSPHRASE = "correct horse"
PULUMI = shutil.which("pulumi")
PROJECT = "name: shop\nruntime: python\n"


def _without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("W365_BASE_URL", "W365_PROVISIONING_KEY", "W365_HEALTH_API_KEY"):
        monkeypatch.delenv(name)


@pytest.fixture
def stack(server: Server, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one stack, whose configuration holds everything; the key encrypted."""
    _without_variables(monkeypatch)
    salt = secrets.new_salt(PASSPHRASE)
    sealed = secrets.PassphraseSecrets(PASSPHRASE, salt).encrypt(server.provisioning_key)
    (bare / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    file = bare / "Pulumi.dev.yaml"
    file.write_text(
        f"encryptionsalt: {salt}\nconfig:\n  w365:baseUrl: {server.base_url}/\n  w365:provisioningKey:\n    secure: {sealed}\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.usefixtures("stack")
def test_settings_come_from_the_only_stack_and_its_passphrase(
    w365: Command, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    server.management.seed("contoso")
    ran = w365("licensing", "--output", "json")
    assert ran.code == 0
    assert ran.document["instance"] == server.base_url


@pytest.mark.usefixtures("stack")
def test_a_missing_and_a_wrong_passphrase_are_one_line(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = w365("licensing")
    assert ran.code == 1
    assert "set PULUMI_CONFIG_PASSPHRASE" in ran.error
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    assert "passphrase" in w365("licensing").error


@pytest.mark.usefixtures("stack")
def test_a_key_that_is_not_needed_is_not_decrypted(w365: Command, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_HEALTH_API_KEY", server.health_api_key)
    assert w365("health").code == 0


def test_variables_win_over_the_stack(w365: Command, server: Server, stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.write_text(stack.read_text(encoding="utf-8").replace(server.base_url, "https://elsewhere.example"), encoding="utf-8")
    monkeypatch.setenv("W365_BASE_URL", server.base_url)
    monkeypatch.setenv("W365_PROVISIONING_KEY", server.provisioning_key)
    assert w365("licensing").code == 0


def test_of_several_stacks_one_must_be_named(w365: Command, stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    (stack.parent / "Pulumi.prod.yaml").write_text("config: {}\n", encoding="utf-8")
    ran = w365("licensing")
    assert ran.code == 1
    assert "has several stacks (dev, prod): say which with --stack NAME or PULUMI_STACK." in ran.error
    assert w365("licensing", "--stack", "dev").code == 0
    monkeypatch.setenv("PULUMI_STACK", "prod")
    assert "No Workspace 365 instance is configured" in w365("licensing").error


def test_several_stacks_do_not_matter_when_variables_say_everything(
    w365: Command, server: Server, stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stack.parent / "Pulumi.prod.yaml").touch()
    monkeypatch.setenv("W365_BASE_URL", server.base_url)
    monkeypatch.setenv("W365_PROVISIONING_KEY", server.provisioning_key)
    assert w365("licensing").code == 0


def test_a_malformed_stack_file_is_told_with_its_line(w365: Command, stack: Path) -> None:
    stack.write_text("config:\n  a: [\n", encoding="utf-8")
    ran = w365("licensing")
    assert ran.code == 1
    assert "Pulumi.dev.yaml:" in ran.error


def test_a_project_in_a_folder_above_is_found(w365: Command, stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    (stack.parent / "deeper").mkdir()
    monkeypatch.chdir(stack.parent / "deeper")
    assert w365("licensing").code == 0


@pytest.mark.usefixtures("server")
def test_a_stack_that_does_not_exist_is_one_line(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{bare}")
    ran = w365("drift", "--stack", "nowhere")
    assert ran.code == 1
    assert ran.error.startswith("Could not read the state of stack nowhere: ")


@pytest.mark.skipif(PULUMI is None, reason="needs the Pulumi CLI on PATH")
def test_what_only_the_cli_can_read_is_read_by_it(
    w365: Command, server: Server, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_variables(monkeypatch)
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n", encoding="utf-8")
    without = w365("environments")
    assert (without.code, "needs the Pulumi CLI" in without.error) == (1, True)
    monkeypatch.setenv("PATH", f"{Path(str(PULUMI)).parent}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{bare}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("PULUMI_HOME", str(bare / "home"))
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    settings = (["w365:baseUrl", server.base_url], ["--secret", "w365:provisioningKey", server.provisioning_key])
    for arguments in (["stack", "init", "dev"], *(["config", "set", *setting] for setting in settings)):
        subprocess.run([str(PULUMI), *arguments], check=True, capture_output=True, timeout=60)
    ran = w365("environments", "--output", "json")
    assert (ran.code, ran.document["coverage"]["managed"]) == (0, 0)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    assert "incorrect passphrase" in w365("environments").error
