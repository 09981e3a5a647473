"""The passphrase of a stack is changed in its configuration and its state at once, and both engines read what comes of it."""

from pathlib import Path

import pytest

from pulumi_embedded_engine.errors import ProjectError
from pulumi_embedded_engine.workspace.config_edit import encrypted_anew
from tests.engine import cli
from tests.engine.stacks import CIPHERTEXT, CONFIGURATION, Stacks

needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
CHANGE = ("stack", "change-secrets-provider", "passphrase", "--stack", "dev")


@pytest.fixture(params=["embedded", pytest.param("pulumi", marks=needs_cli)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Stacks:
    made = Stacks.make(tmp_path / "shop", request.param)
    made.create(configuration=CONFIGURATION)
    return made


def with_passphrase(project: Stacks, passphrase: str, engine: str) -> Stacks:
    return Stacks(project.directory, engine, {"PULUMI_CONFIG_PASSPHRASE": passphrase})


def test_everything_is_encrypted_with_the_new_passphrase(project: Stacks) -> None:
    before = project.resources()
    said = project.done(*CHANGE, stdin="new phrase \nmore\n")
    assert said == "Migrating old configuration and state to new secrets provider\n"
    files = (project.directory / "Pulumi.dev.yaml").read_text() + project.store().path.read_text()
    assert CIPHERTEXT not in files
    assert "hush" not in files
    for engine in {"embedded", project.engine, *(["pulumi"] if cli.available() else [])}:
        now = with_passphrase(project, "new phrase", engine)
        assert now.resources() == before
        assert now.done("config", "get", "key", "--stack", "dev") == "hush\n"
        assert "hush" in now.done("config", "get", "list", "--stack", "dev")
        code, said = Stacks(project.directory, engine).ask("config", "get", "key", "--stack", "dev")
        assert (code, "incorrect passphrase" in said) == (1, True)


@pytest.mark.parametrize(
    ("provider", "says"),
    [
        (
            "foo",
            "unknown secrets provider type 'foo' (supported values: default,passphrase,awskms,azurekeyvault,gcpkms,hashivault)",
        ),
    ],
)
def test_an_unknown_provider_is_refused(project: Stacks, provider: str, says: str) -> None:
    code, said = project.ask("stack", "change-secrets-provider", provider, "--stack", "dev")
    assert (code, says in said) == (1, True)


def test_the_default_provider_is_the_passphrase_there_is(project: Stacks) -> None:
    before = project.resources()
    project.done("stack", "change-secrets-provider", "default", "--stack", "dev")
    assert project.resources() == before
    assert project.done("config", "get", "key", "--stack", "dev") == "hush\n"


def test_a_provider_in_the_cloud_needs_the_cli(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.create()
    code, said = project.ask("stack", "change-secrets-provider", "awskms://alias/x", "--stack", "dev")
    assert (code, "the secrets provider awskms needs the Pulumi CLI" in said) == (1, True)


def test_nothing_changes_without_a_new_or_with_the_wrong_old_passphrase(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.create(configuration=CONFIGURATION)
    files = [project.directory / "Pulumi.dev.yaml", project.store().path]
    before = [path.read_bytes() for path in files]
    code, said = project.ask(*CHANGE)
    assert (code, "the new passphrase is missing" in said) == (1, True)
    code, said = with_passphrase(project, "wrong", "embedded").ask(*CHANGE, stdin="new\n")
    assert (code, "incorrect passphrase" in said) == (1, True)
    assert [path.read_bytes() for path in files] == before


def test_a_secret_that_cannot_be_read_stops_the_change(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.create(configuration=CONFIGURATION)
    path = project.directory / "Pulumi.dev.yaml"
    path.write_text(CONFIGURATION.replace(CIPHERTEXT, f"{CIPHERTEXT[:-8]}AAAAAAA=", 1))
    before = project.store().path.read_bytes()
    code, said = project.ask(*CHANGE, stdin="new\n")
    assert (code, "a secret cannot be decrypted" in said) == (1, True)
    assert project.store().path.read_bytes() == before


def anew(text: str) -> str:
    return encrypted_anew(Path("Pulumi.dev.yaml"), text, "v1:salt", lambda secret: f"v1:{secret}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "encryptionsalt: v1:salt\n"),
        ("# only\n", "encryptionsalt: v1:salt\n# only\n"),
        ("encryptionsalt: x  # why\nconfig:\n  a: b\n", "encryptionsalt: v1:salt  # why\nconfig:\n  a: b\n"),
        ('config: {"a": {"secure": "x"}}\nencryptionsalt: "y"\n', 'config: {"a": {"secure": v1:x}}\nencryptionsalt: v1:salt\n'),
        (
            "encryptionsalt: y\nconfig:\n  a:\n    secure: x # c\n  secure:\n    secure: 1\n    n: {secure: 'z'}\n",
            "encryptionsalt: v1:salt\nconfig:\n  a:\n    secure: v1:x # c\n  secure:\n    secure: 1\n    n: {secure: v1:z}\n",
        ),
        (
            "encryptionsalt: y\nconfig:\n  a: &k {secure: x}\n  b: *k\n",
            "encryptionsalt: v1:salt\nconfig:\n  a: &k {secure: v1:x}\n  b: *k\n",
        ),
    ],
)
def test_nothing_but_salt_and_ciphertexts_changes_in_the_text(text: str, wanted: str) -> None:
    assert anew(text) == wanted


def test_a_secret_of_several_lines_is_left_to_a_person() -> None:
    with pytest.raises(ProjectError, match="write it in a plainer way"):
        anew("config:\n  a:\n    secure: |\n      x\n")
