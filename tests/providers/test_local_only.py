"""Where the embedded engine allows servers of this machine only, the product's clients connect to no others."""

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine.providers import environment
from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration, http_connection, local_only, oauth2
from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.http_client import HttpClient
from pulumi_workspace365.api.http_errors import RequestNotSent
from pulumi_workspace365.api.transport import Transport
from pulumi_workspace365.apim import arm_settings, credentials
from pulumi_workspace365.apim.client import ConnectivityClient
from pulumi_workspace365_components.validation import checks, runner
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.probes import network
from tests import fork_server

DEMANDED = {local_only.VARIABLE: "1"}
LOCAL = [
    "https://127.0.0.1:9",
    "http://localhost:9/x",
    "https://[::1]:9",
    "https://[::ffff:127.0.0.1]",
    "http://127.1",
    "https://0x7f000001",
    "https://2130706433",
    "https://twin.test",
]
REMOTE = {
    "https://192.0.2.1:9": "leads to 192.0.2.1",
    "https://127.0.0.1@192.0.2.1": "leads to 192.0.2.1",
    "https://user:pass@192.0.2.1": "leads to 192.0.2.1",
    "https://0.0.0.0": "leads to 0.0.0.0",
    "https://0": r"leads to 0 \(0.0.0.0\)",
    "https://[::]": "leads to ::",
    "https://[2001:db8::1]:443": "leads to 2001:db8::1",
    "https://[::ffff:192.0.2.1]": "leads to ::ffff:192.0.2.1",
    "https://0xc0000201": r"leads to 0xc0000201 \(192.0.2.1\)",
    "https://3221225985": r"leads to 3221225985 \(192.0.2.1\)",
    "https://far.test": r"leads to far.test \(192.0.2.7\)",
    "https://both.test": r"leads to both.test \(192.0.2.7\)",
    "https://localhost.far.test": "is not known to be this machine",
    "https://": "names no host",
    "https://[broken": "is not known to be this machine",
}
NAMES = {"twin.test": ["127.0.0.1", "::1"], "far.test": ["192.0.2.7"], "both.test": ["127.0.0.1", "192.0.2.7"]}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are known here, and no others: nothing is asked of a name server."""
    system = socket.getaddrinfo

    def resolve(host: Any, port: Any, *arguments: Any, **more: Any) -> Any:
        if host in NAMES:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0)) for address in NAMES[host]]
        if str(host).endswith(".test"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return system(host, port, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(local_only.VARIABLE, "1")


def test_the_engine_and_the_product_mean_the_same_variable() -> None:
    assert environment.LOCAL_ONLY == local_only.VARIABLE


@pytest.mark.parametrize("url", LOCAL)
def test_what_leads_to_this_machine_is_allowed(url: str) -> None:
    local_only.require_loopback(url, "base_url", DEMANDED)


@pytest.mark.parametrize("url", REMOTE)
def test_what_leads_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=REMOTE[url]) as refused:
        local_only.require_loopback(url, "base_url", DEMANDED)
    assert "pass" not in str(refused.value).replace("pass --allow-remote", "")
    local_only.require_loopback(url, "base_url", {})
    local_only.require_loopback(url, "base_url", {local_only.VARIABLE: "0"})


def settings(**more: str) -> configuration.Settings:
    return configuration.read({"w365:provisioningKey": "key-123456", **more}.get, {})


@pytest.mark.usefixtures("demanded")
def test_no_client_of_another_machine_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.ConfigurationError, match="w365:baseUrl leads to 192.0.2.1"):
        Transport(settings(**{"w365:baseUrl": "https://192.0.2.1:9"}))
    with pytest.raises(errors.ConfigurationError, match="apim:armEndpoint .* leads to 192.0.2.1"):
        ConnectivityClient("https://192.0.2.1:9", lambda: "token")
    local = settings(**{"w365:baseUrl": "https://127.0.0.1:9"})
    with pytest.raises(errors.ConfigurationError, match="authority leads to 192.0.2.1"):
        oauth2.verify_credentials(local, "https://192.0.2.1/tenant", "client", "key-123456")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert http_connection.proxy_for("https://twin.test:9") is None  # a proxy would resolve the name itself
    monkeypatch.delenv(local_only.VARIABLE)
    assert http_connection.proxy_for("https://twin.test:9") == "http://127.0.0.1:1"


def test_what_is_called_this_machine_and_is_another_gets_no_key_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, "w365.localhost", ["192.0.2.7"])
    local = settings(**{"w365:baseUrl": "http://w365.localhost:9", "w365:requestTimeout": "5", "w365:maxRetries": "0"})
    with pytest.raises(errors.Unavailable, match=r"Nothing was sent\."):
        Client(local).list_environments()


def test_a_check_of_what_is_called_this_machine_and_is_another_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair()
    monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.7", 9))
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: here)
    with there, pytest.raises(network.ConnectError):
        network.open_socket("w365.localhost", 9, 5)
    assert here.fileno() == -1


@pytest.mark.usefixtures("demanded")
def test_a_name_that_leads_elsewhere_by_now_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    client = HttpClient("http://twin.test:9")
    monkeypatch.setitem(NAMES, "twin.test", ["127.0.0.1", "192.0.2.7"])
    with pytest.raises(RequestNotSent, match="no connection"):
        client.send("GET", "http://twin.test:9/", headers={}, seconds=5)


@pytest.mark.usefixtures("demanded")
@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"ARM_CLIENT_SECRET": "s", "AZURE_AUTHORITY_HOST": "far.test"}, "leads to far.test"),
        ({"ARM_USE_MSI": "true"}, "is not known to be|leads to login.microsoftonline.com"),
        ({}, "is not known to be|leads to login.microsoftonline.com"),
    ],
)
def test_nobody_signs_in_elsewhere(variables: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_AUTHORITY", "https://login.test")
    found = arm_settings.read(lambda _: None, {"ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c", **variables})
    with pytest.raises(errors.ConfigurationError, match=reason):
        credentials.token_source(found)()


@pytest.mark.usefixtures("demanded")
@pytest.mark.parametrize(
    "check", [{"kind": "http", "url": "https://far.test/"}, {"kind": "websocket", "url": "wss://192.0.2.1/"}]
)
def test_no_probe_leaves_this_machine(check: dict[str, str]) -> None:
    def never() -> Any:
        raise AssertionError

    (verdict,) = runner.run([checks.parse_check({"name": "c", **check})], Clients(never, never))
    assert verdict.state == "not verifiable"
    assert "which is not this machine" in verdict.message


# On the engine.


PROGRAM = """
import pulumi
from pulumi_workspace365 import Environment, Instance

target = pulumi.Config().get("target") or "https://192.0.2.1:9"
far = Instance("far", base_url=target, provisioning_key="key-123456")
admin = {"admin_email": "a@b.example", "admin_first_name": "Carla", "admin_last_name": "Conti"}
Environment("contoso", environment_name="contoso", **admin, opts=pulumi.ResourceOptions(provider=far))
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "W365_JOURNAL": str(folder / "journal"),
    }
    return subprocess.run(
        [str(fork_server.python()), "-m", "pulumi_embedded_engine", *arguments, "--stack", "dev"],
        cwd=folder,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("W365")}, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("target", ["", "https://192.0.2.2:9", "https://127.0.0.1@192.0.2.2:9"])
def test_an_address_that_only_the_program_knows_is_refused_at_preview(target: str, tmp_path: Path) -> None:
    plugins = {"providers": [{"name": "pulumi-python", "path": str(fork_server.host())}]}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "p", "runtime": "python", "plugins": plugins}))
    (tmp_path / "__main__.py").write_text(PROGRAM)
    assert run(tmp_path, "stack", "init").returncode == 0
    if target:
        assert run(tmp_path, "config", "set", "p:target", target).returncode == 0
    refused = run(tmp_path, "preview")
    assert refused.returncode == 1, refused.stdout
    told = "without user name" if "@" in target else "which is not this machine: the embedded engine acts on local servers only"
    assert told in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    if "@" not in target:
        assert run(tmp_path, "preview", "--allow-remote").returncode == 0
