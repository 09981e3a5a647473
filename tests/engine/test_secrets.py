"""The passphrase provider."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_embedded_engine.errors import NeedsPulumiCLI, SecretsError
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt, passphrase_from_environment
from tests.engine.cli import PASSPHRASE, RECORDED
from tests.engine.conftest import RECORDED_CONFIG, SALT

CIPHERTEXT: str = RECORDED_CONFIG["config"]["interchange:password"]["secure"]
"""The CLI's encryption of ``hunter2 "ü"``."""


def ciphertexts(value: Any) -> list[str]:
    if isinstance(value, dict):
        found = [value["ciphertext"]] if "ciphertext" in value else []
        return found + [text for item in value.values() for text in ciphertexts(item)]
    return [text for item in value for text in ciphertexts(item)] if isinstance(value, list) else []


def test_what_the_cli_encrypted_is_decrypted(secrets: PassphraseSecrets) -> None:
    assert secrets.decrypt(CIPHERTEXT) == 'hunter2 "ü"'


def test_every_secret_of_a_recorded_state_is_decrypted(secrets: PassphraseSecrets) -> None:
    document = json.loads((RECORDED / "interchange/export.json").read_text(encoding="utf-8"))
    plaintexts = [json.loads(secrets.decrypt(text)) for text in ciphertexts(document)]
    assert "token of group-first" in plaintexts
    assert {"deep": ["hush", None]} in plaintexts


@given(st.text(max_size=50))
def test_what_was_encrypted_is_decrypted(text: str) -> None:
    secrets = PassphraseSecrets(PASSPHRASE, SALT)
    assert secrets.decrypt(secrets.encrypt(text)) == text


def test_the_same_text_is_never_encrypted_the_same(secrets: PassphraseSecrets) -> None:
    assert secrets.encrypt("x") != secrets.encrypt("x")


def test_a_wrong_passphrase_names_the_variable() -> None:
    with pytest.raises(SecretsError, match="incorrect passphrase.*PULUMI_CONFIG_PASSPHRASE"):
        PassphraseSecrets("battery staple", SALT)


@pytest.mark.parametrize("phrase", ["", "grün", "with\ttab"])
def test_a_new_salt_serves_its_passphrase(phrase: str) -> None:
    secrets = PassphraseSecrets(phrase, new_salt(phrase))
    assert secrets.decrypt(secrets.encrypt("x")) == "x"
    assert secrets.state() == {"type": "passphrase", "state": {"salt": secrets.encryption_salt}}


def test_another_salt_keeps_the_passphrase(secrets: PassphraseSecrets) -> None:
    assert secrets.with_salt(SALT) is secrets
    other = secrets.with_salt(new_salt(PASSPHRASE))
    with pytest.raises(SecretsError, match="cannot be decrypted"):
        other.decrypt(CIPHERTEXT)


@pytest.mark.parametrize("damaged", ["", "v1:a", "v1:?:?", CIPHERTEXT[:-4] + "AAA=", "v1:AAAA:" + CIPHERTEXT.split(":")[2]])
def test_a_damaged_secret_is_refused_without_showing_anything(damaged: str, secrets: PassphraseSecrets) -> None:
    with pytest.raises(SecretsError, match=r"secret (cannot be decrypted|is malformed)") as refusal:
        secrets.decrypt(damaged)
    assert not damaged or damaged not in str(refusal.value)


@pytest.mark.parametrize("salt", ["nonsense", "v1:salt", "v1:?:v1:a:b"])
def test_a_malformed_salt_is_refused(salt: str) -> None:
    with pytest.raises(SecretsError, match="encryptionsalt is malformed"):
        PassphraseSecrets(PASSPHRASE, salt)


def test_a_salt_or_secret_of_a_later_version_needs_the_cli(secrets: PassphraseSecrets) -> None:
    with pytest.raises(NeedsPulumiCLI, match="version 'v2'"):
        PassphraseSecrets(PASSPHRASE, SALT.replace("v1:", "v2:", 1))
    with pytest.raises(NeedsPulumiCLI, match="version 'v2'"):
        secrets.decrypt(CIPHERTEXT.replace("v1", "v2"))


def test_the_passphrase_comes_from_the_variable_else_the_file(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("  from file\n")
    environment = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    assert passphrase_from_environment(environment) == "from file"
    assert passphrase_from_environment(environment | {"PULUMI_CONFIG_PASSPHRASE": ""}) == ""


def test_a_missing_passphrase_names_both_variables(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE"):
        passphrase_from_environment({})
    with pytest.raises(SecretsError, match="PULUMI_CONFIG_PASSPHRASE_FILE=.*gone cannot be read"):
        passphrase_from_environment({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "gone")})


def test_no_passphrase_shows_in_a_representation(secrets: PassphraseSecrets) -> None:
    assert PASSPHRASE not in repr(secrets)
