"""Signing in as azure-native would, with the real azure-identity against a login service of our own that trusts nobody by accident."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration
from pulumi_workspace365.apim import arm_settings, credentials
from pulumi_workspace365.apim.errors import NotSignedIn
from pulumi_workspace365_sandbox.azure.identity import Identity

TENANT, CLIENT, SECRET = "tenant-one", "client-one", "client-secret-very-secret"
ARM = "https://arm.local.example"


@dataclass
class Login:
    """What a login service was asked, and the claims of CI identity tokens that it would accept."""

    address: str = ""
    ca_file: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/.well-known/openid-configuration"):
            base = f"{self.address}/{TENANT}"
            return 200, {
                "issuer": f"{base}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            }
        if path == "/ci-token":
            return 200, {"value": "identity-token-of-the-ci"}
        self.forms.append(form)
        if form.get("client_secret") != SECRET and "identity-token" not in form.get("client_assertion", ""):
            return 401, {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret provided. Trace ID: x",
            }
        return 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": f"token-for-{form['scope'].split()[0]}"}


@pytest.fixture(scope="session")
def login_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    login = Login()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            login.asked.append((self.path, dict(self.headers)))
            status, document = login.answer(urlsplit(self.path).path, dict(parse_qsl(body)))
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  the server looks it up by this name

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    identity = Identity(tmp_path_factory.mktemp("identity"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = identity.server_side().wrap_socket(server.socket, server_side=True)
        login.address, login.ca_file = f"https://127.0.0.1:{server.server_port}", str(identity.ca_file)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield login
        server.shutdown()
        thread.join()


@pytest.fixture
def login(login_process: Login, monkeypatch: pytest.MonkeyPatch) -> Login:
    for name in list(os.environ):
        if name.startswith(("ARM_", "AZURE_", "ACTIONS_", "IDENTITY_", "MSI_")):
            monkeypatch.delenv(name)
    credentials.token_source.cache_clear()
    login_process.forms.clear()
    login_process.asked.clear()
    return login_process


def read(variables: Mapping[str, str], configured: Mapping[str, str] | None = None) -> arm_settings.ArmSettings:
    def get(key: str) -> object:
        return (configured or {}).get(key)

    return arm_settings.read(get, variables)


def token(login: Login, configured: Mapping[str, str] | None = None, **variables: str) -> str:
    environ = {"ARM_ENDPOINT": ARM, "AZURE_AUTHORITY_HOST": login.address, "W365_CA_FILE": login.ca_file, **variables}
    return credentials.token_source(read(environ, configured))()


def test_a_token_got_beforehand_is_used_as_it_is(login: Login) -> None:
    assert token(login, ARM_ACCESS_TOKEN=" Bearer abc.def ", ARM_CLIENT_SECRET=SECRET) == "abc.def"
    assert not login.asked


def test_the_whole_answer_of_az_is_no_token(login: Login) -> None:
    with pytest.raises(errors.ConfigurationError, match="--query accessToken"):
        token(login, ARM_ACCESS_TOKEN='{"accessToken": "abc", "expiresOn": "x"}')


@pytest.mark.parametrize(
    ("configured", "variables"),
    [
        ({}, {"ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": CLIENT, "ARM_CLIENT_SECRET": SECRET}),
        (
            {"azure-native:tenantId": TENANT, "azure-native:clientId": CLIENT, "azure-native:clientSecret": SECRET},
            {"ARM_CLIENT_SECRET": "another"},
        ),
    ],
    ids=["variables", "azure-native's configuration, which wins"],
)
def test_a_client_secret_signs_in_once_for_the_endpoint_alone(
    login: Login, configured: dict[str, str], variables: dict[str, str]
) -> None:
    assert token(login, configured, **variables) == f"token-for-{ARM}/.default"
    assert token(login, configured, **variables) == f"token-for-{ARM}/.default"
    assert [(form["client_id"], form["grant_type"]) for form in login.forms] == [(CLIENT, "client_credentials")]


def test_the_identity_token_of_a_ci_system_is_requested_with_its_audience(login: Login) -> None:
    found = token(
        login,
        ARM_USE_OIDC="true",
        ARM_TENANT_ID=TENANT,
        ARM_CLIENT_ID=CLIENT,
        ACTIONS_ID_TOKEN_REQUEST_URL=f"{login.address}/ci-token?api-version=2",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="request-token",
    )
    assert found == f"token-for-{ARM}/.default"
    asked = next((path, headers) for path, headers in login.asked if path.startswith("/ci-token"))
    assert asked[0] == "/ci-token?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange"
    assert asked[1]["Authorization"] == "Bearer request-token"
    assert login.forms[0]["client_assertion"] == "identity-token-of-the-ci"


def test_an_identity_token_in_a_file_is_read_when_it_is_needed(login: Login, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("identity-token-in-a-file\n")
    variables = {"ARM_USE_OIDC": "true", "ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": CLIENT, "ARM_OIDC_TOKEN_FILE_PATH": str(path)}
    assert token(login, None, **variables) == f"token-for-{ARM}/.default"
    assert login.forms[0]["client_assertion"] == "identity-token-in-a-file"


def test_without_settings_of_azure_native_azure_identity_looks_for_itself(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    assert token(login) == f"token-for-{ARM}/.default"


def test_a_refusal_is_told_in_one_line_without_the_secret(login: Login) -> None:
    with pytest.raises(NotSignedIn) as caught:
        token(login, ARM_TENANT_ID=TENANT, ARM_CLIENT_ID=CLIENT, ARM_CLIENT_SECRET="wrong-secret-very-secret")
    text = str(caught.value)
    assert "AADSTS7000215: Invalid client secret provided" in text
    assert "ARM_CLIENT_SECRET" in text
    assert "wrong-secret" not in text + repr(caught.value)
    assert text.isprintable()


EXPIRED = "AADSTS700024: Client assertion is not within its valid time range. Current time: then."


def az_that_says(text: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command az that fails, alone on PATH."""
    command = place / "az"
    command.write_text(f"#!/bin/sh\necho 'ERROR: {text}' >&2\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:/bin")


def test_an_assertion_of_a_long_job_that_expired_names_its_remedy(
    login: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    az_that_says(EXPIRED, tmp_path, monkeypatch)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    with pytest.raises(NotSignedIn) as caught:
        token(login)
    text = str(caught.value)
    assert "AzureCliCredential: AADSTS700024: Client assertion is not within its valid time range" in text
    assert "ARM_USE_OIDC=true" in text
    assert "right before the check (azure/login)" in text
    assert "run `az login`" not in text


def test_an_identity_token_that_expired_names_how_to_have_a_new_one(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = (401, {"error": "invalid_client", "error_description": EXPIRED})
    monkeypatch.setattr(login, "answer", lambda path, form: refusal if form else Login.answer(login, path, form))
    with pytest.raises(NotSignedIn, match="AADSTS700024.*ARM_OIDC_TOKEN.*ARM_OIDC_REQUEST_URL"):
        token(login, ARM_TENANT_ID=TENANT, ARM_CLIENT_ID=CLIENT, ARM_USE_OIDC="true", ARM_OIDC_TOKEN="identity-token-of-then")


def test_the_cause_of_each_way_to_sign_in_is_kept(login: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    az_that_says("Please run: az login. " + "More of it. " * 200, tmp_path, monkeypatch)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "dev")
    with pytest.raises(NotSignedIn) as caught:
        token(login)
    text = str(caught.value)
    tried = [part.split(": ", 1) for part in text.partition("DefaultAzureCredential: ")[2].partition(". Set ARM_")[0].split("; ")]
    assert {"AzureCliCredential", "AzurePowerShellCredential", "AzureDeveloperCliCredential"} <= {name for name, _ in tried}
    assert all(0 < len(cause) <= 120 for _, cause in tried)
    assert text.isprintable()


def test_a_login_service_with_an_unknown_certificate_is_not_trusted(login: Login) -> None:
    variables = {"ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": CLIENT, "ARM_CLIENT_SECRET": SECRET}
    with pytest.raises(NotSignedIn, match="CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
        token(login, None, **variables, W365_CA_FILE="")
    assert not login.forms


def test_what_is_missing_is_named(login: Login) -> None:
    with pytest.raises(errors.ConfigurationError, match="ARM_TENANT_ID"):
        token(login, ARM_CLIENT_ID=CLIENT, ARM_CLIENT_SECRET=SECRET)


@pytest.mark.parametrize(
    ("variables", "endpoint", "scope", "authority"),
    [
        (
            {"ARM_ENVIRONMENT": "AzureCloud"},
            "https://management.azure.com",
            "https://management.azure.com/.default",
            "https://login.microsoftonline.com",
        ),
        ({}, "https://management.azure.com", "https://management.azure.com/.default", "https://login.microsoftonline.com"),
        (
            {"ARM_ENVIRONMENT": "AzureUSGovernmentCloud"},
            "https://management.usgovcloudapi.net",
            "https://management.usgovcloudapi.net/.default",
            "https://login.microsoftonline.us",
        ),
        (
            {"ARM_ENDPOINT": "https://management.chinacloudapi.cn/"},
            "https://management.chinacloudapi.cn",
            "https://management.chinacloudapi.cn/.default",
            "https://login.chinacloudapi.cn",
        ),
        (
            {"ARM_ENDPOINT": "https://westeurope.management.azure.com"},
            "https://westeurope.management.azure.com",
            "https://management.azure.com/.default",
            "https://login.microsoftonline.com",
        ),
        ({"ARM_ENDPOINT": "https://management.azure.com.evil.example"}, "https://management.azure.com.evil.example", None, None),
    ],
)
def test_the_token_is_for_the_cloud_of_the_endpoint(
    variables: dict[str, str], endpoint: str, scope: str | None, authority: str | None
) -> None:
    found = read(variables)
    assert (found.arm_endpoint, found.scope) == (endpoint, scope or f"{endpoint}/.default")
    assert found.authority == authority


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"ARM_ENDPOINT": "http://management.azure.com"}, "in the clear"),
        ({"ARM_ENDPOINT": "management.azure.com"}, "must be the address of Resource Manager"),
        ({"ARM_SUBSCRIPTION_ID": "mine"}, "apim:subscriptionId"),
        ({"ARM_ENVIRONMENT": "mars"}, "public, usgovernment, china"),
    ],
)
def test_malformed_settings_are_told(variables: dict[str, str], told: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=told):
        read(variables)


def test_failed_checks_pass_only_when_it_says_so() -> None:
    assert [configuration.failed_checks_pass({"W365_CHECKS": mode}) for mode in ("", "enforce", "WARN")] == [False, False, True]
    with pytest.raises(errors.ConfigurationError, match="W365_CHECKS must be enforce or warn"):
        configuration.failed_checks_pass({"W365_CHECKS": "off"})


def test_nothing_secret_is_in_what_settings_show() -> None:
    shown = repr(read({"ARM_ACCESS_TOKEN": "abc.def", "ARM_CLIENT_SECRET": SECRET, "ARM_OIDC_TOKEN": "one-token"}))
    assert not [secret for secret in ("abc.def", SECRET, "one-token") if secret in shown]
