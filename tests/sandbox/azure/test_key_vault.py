"""azure-keyvault-secrets, signed in through azure-identity, finds here what it knows from Azure."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure import LocalAzure, faults

LAST_DAY = datetime(2090, 6, 30, 12, tzinfo=UTC)


def signed_in(cloud: LocalAzure) -> SecretClient:
    credential = ClientSecretCredential(
        cloud.tenant_id,
        cloud.client_id,
        cloud.client_secret,
        authority=cloud.authority_host,
        disable_instance_discovery=True,
        connection_verify=cloud.ca_file,
    )
    return SecretClient(
        cloud.key_vault_url, credential, verify_challenge_resource=False, connection_verify=cloud.ca_file, retry_total=0
    )


@pytest.fixture
def vault(cloud: LocalAzure) -> Iterator[SecretClient]:
    with signed_in(cloud) as client:
        yield client


@pytest.fixture
def plain(cloud: LocalAzure) -> Iterator[httpx.Client]:
    trusted = ssl.create_default_context(cafile=cloud.ca_file)
    with httpx.Client(base_url=cloud.key_vault_url, verify=trusted, trust_env=False) as client:
        yield client


def token(cloud: LocalAzure, audience: str = "https://vault.azure.net") -> dict[str, str]:
    return {"Authorization": f"Bearer {cloud.management.token(aud=audience)}"}


def test_secrets_are_set_read_listed_changed_and_deleted(cloud: LocalAzure, vault: SecretClient) -> None:
    first = vault.set_secret("sign-on", "one", content_type="text/plain", tags={"customer": "contoso"})
    second = vault.set_secret("Sign-On", "two", expires_on=LAST_DAY)

    assert (vault.get_secret("sign-on").value, vault.get_secret("sign-on", first.properties.version).value) == ("two", "one")
    assert second.properties.expires_on == LAST_DAY
    assert (second.name, second.properties.vault_url) == ("sign-on", cloud.key_vault_url)
    assert (first.properties.tags, first.properties.content_type) == ({"customer": "contoso"}, "text/plain")
    listed = [item.version for item in vault.list_properties_of_secret_versions("sign-on", max_page_size=1)]
    assert listed == [first.properties.version, second.properties.version]
    assert [item.name for item in vault.list_properties_of_secrets()] == ["sign-on"]

    vault.update_secret_properties("sign-on", second.properties.version, enabled=False)
    with pytest.raises(HttpResponseError, match="not allowed on a disabled secret") as refused:
        vault.get_secret("sign-on")
    assert refused.value.status_code == 403

    vault.begin_delete_secret("sign-on")
    with pytest.raises(ResourceNotFoundError, match=r"\(SecretNotFound\) A secret with \(name/id\) sign-on was not found"):
        vault.get_secret("sign-on")
    assert cloud.management.requests(operation="GET secrets")


def test_an_expired_secret_is_given_out_as_azure_does(cloud: LocalAzure, vault: SecretClient) -> None:
    cloud.management.set_secret(f"{cloud.key_vault_url}/secrets/old", "value", exp=1, nbf=4_000_000_000)
    assert vault.get_secret("old").value == "value"


def test_a_request_without_a_token_is_challenged(cloud: LocalAzure, plain: httpx.Client) -> None:
    for headers, says in (
        ({}, "AKV10000"),
        ({"Authorization": "Bearer x"}, "AKV10032"),
        (token(cloud, "https://management.azure.com"), "AKV10022"),
    ):
        answer = plain.get("/secrets/a", params={"api-version": "7.4"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["message"][:8]) == (401, says)
        challenge = f'Bearer authorization="{cloud.authority_host}/{cloud.tenant_id}", resource="https://vault.azure.net"'
        assert answer.headers["WWW-Authenticate"] == challenge


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        (("GET", "/secrets/a", None), 400, "api-version query parameter"),
        (("GET", "/secrets/a?api-version=1.0", None), 400, "api-version query parameter"),
        (("GET", "/secrets/a?api-version=7.4&x=1", None), 400, "query parameter x is not known"),
        (("GET", "/secrets/a_b?api-version=7.4", None), 400, "invalid name"),
        (("GET", "/secrets/a?api-version=7.4", None), 404, "was not found in this key vault"),
        (("GET", "/secrets/a/versions?api-version=7.4&maxresults=26", None), 400, "maxresults"),
        (("GET", "/keys/a?api-version=7.4", None), 404, "not of this service"),
        (("POST", "/secrets/a?api-version=7.4", {}), 405, "POST is not allowed"),
        (("PUT", "/secrets/a?api-version=7.4", {}), 400, "Property value has invalid value"),
        (("PUT", "/secrets/a?api-version=7.4", {"value": 1}), 400, "Property value has invalid value"),
        (("PUT", "/secrets/a?api-version=7.4", {"value": "x" * 26_000}), 400, "Property value has invalid value"),
        (("PUT", "/secrets/a?api-version=7.4", {"value": "x", "attributes": {"exp": "soon"}}), 400, "Property attributes.exp"),
        (("PUT", "/secrets/a?api-version=7.4", {"value": "x", "expires": 1}), 400, "Property expires"),
    ],
)
def test_what_the_reference_does_not_allow_is_refused(
    cloud: LocalAzure, plain: httpx.Client, asked: tuple[str, str, object], status: int, says: str
) -> None:
    method, path, body = asked
    answer = plain.request(method, path, json=body, headers=token(cloud))
    assert (answer.status_code, says in answer.json()["error"]["message"]) == (status, True), answer.text


def test_a_vault_is_the_host_that_a_request_names(cloud: LocalAzure, plain: httpx.Client) -> None:
    cloud.management.set_secret("https://contoso.vault.azure.net/secrets/a", "of contoso")
    told = {}
    for host in ("contoso.vault.azure.net", "other.vault.azure.net", "contoso.example"):
        answer = plain.get("/secrets/a", params={"api-version": "7.4"}, headers={**token(cloud), "Host": host})
        told[host] = answer.status_code, answer.json().get("value")
    assert told == {
        "contoso.vault.azure.net": (200, "of contoso"),
        "other.vault.azure.net": (404, None),
        "contoso.example": (400, None),
    }


def test_faults_are_for_its_operations(cloud: LocalAzure, vault: SecretClient) -> None:
    vault.set_secret("a", "x")
    cloud.management.inject(faults.Status(status=429, operation="GET secrets", times=1, retry_after=3, code="Throttled"))
    with pytest.raises(HttpResponseError) as refused:
        vault.get_secret("a")
    assert (refused.value.status_code, getattr(refused.value.response, "headers", {})["Retry-After"]) == (429, "3")
    assert vault.get_secret("a").value == "x"


def test_secrets_survive_a_restart_in_a_file_for_their_owner_only(tmp_path: Path) -> None:
    with azure.running(tmp_path) as cloud:
        cloud.management.set_secret("https://contoso.vault.azure.net/secrets/a", "kept")
    assert ((tmp_path / "secrets.json").stat().st_mode & 0o777) == 0o600
    with azure.running(tmp_path) as cloud:
        trusted = ssl.create_default_context(cafile=cloud.ca_file)
        headers = {**token(cloud), "Host": "contoso.vault.azure.net"}
        address = f"{cloud.key_vault_url}/secrets/a?api-version=7.4"
        assert httpx.get(address, headers=headers, verify=trusted, trust_env=False).json()["value"] == "kept"
