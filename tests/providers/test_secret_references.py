"""``keyvault:VAULT/SECRET[/VERSION]``, read without a network."""

import re

import pytest

from pulumi_workspace365.api import secret_references
from pulumi_workspace365.api.secret_references import SecretReference

VERSION = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "host", "name", "version", "written"),
    [
        ("keyvault:contoso-vault/key", "contoso-vault.vault.azure.net", "key", None, None),
        ("keyvault:Contoso-Vault/Key-1", "contoso-vault.vault.azure.net", "Key-1", None, "keyvault:contoso-vault/Key-1"),
        (f"keyvault:abc/k/{VERSION}", "abc.vault.azure.net", "k", VERSION, None),
        ("keyvault:abc.vault.azure.net/k", "abc.vault.azure.net", "k", None, "keyvault:abc/k"),
        ("keyvault:abc.vault.usgovcloudapi.net/k", "abc.vault.usgovcloudapi.net", "k", None, None),
        ("keyvault:abc.vault.azure.cn/k", "abc.vault.azure.cn", "k", None, None),
    ],
)
def test_a_reference_is_read_and_written(text: str, host: str, name: str, version: str | None, written: str | None) -> None:
    reference = SecretReference.parse(text)
    assert (reference.host, reference.name, reference.version) == (host, name, version)
    assert str(reference) == (written or text)
    assert reference.vault_url == f"https://{host}"
    assert re.fullmatch(secret_references.PATTERN, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("keyvault:", "it must be keyvault:VAULT/SECRET or"),
        ("keyvault:contoso", "it must be keyvault:VAULT/SECRET or"),
        (f"keyvault:contoso/a/{VERSION}/b", "it must be keyvault:VAULT/SECRET or"),
        ("env:KEY", "it must be keyvault:VAULT/SECRET or"),
        ("keyvault:https://contoso.vault.azure.net/secrets/a", "it must be keyvault:VAULT/SECRET or"),
        ("keyvault:a/k", "the vault must be its name"),
        ("keyvault:1abc/k", "the vault must be its name"),
        ("keyvault:a--b-c/k", "the vault must be its name"),
        (f"keyvault:{'a' * 25}/k", "the vault must be its name"),
        ("keyvault:user@evil.example/k", "the vault must be its name"),
        ("keyvault:abc.vault.azure.net:8443/k", "the vault must be its name"),
        ("keyvault:127.0.0.1/k", "the vault must be its name"),
        ("keyvault:abc/", "the secret's name"),
        ("keyvault:abc/a_b", "the secret's name"),
        (f"keyvault:abc/{'a' * 128}", "the secret's name"),
        ("keyvault:abc/k/", "the version in"),
        ("keyvault:abc/k/latest", "the version in"),
        (f"keyvault:abc/k/{VERSION.upper()}", "the version in"),
        ("keyvault:abc/k\n", "the secret's name"),
    ],
)
def test_another_form_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        SecretReference.parse(text)
    assert not re.fullmatch(secret_references.PATTERN, text)
