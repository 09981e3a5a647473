"""The local Azure as a process: it keeps what it is told to keep, and ends with its parent."""

import os
import ssl
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure import LocalAzure, ManagementError, StartError
from pulumi_workspace365_sandbox.azure.identity import Identity
from pulumi_workspace365_sandbox.azure.process import Listener
from tests.waiting import wait_until_gone


def get(cloud: LocalAzure, path: str, token: str) -> httpx.Response:
    url = f"{cloud.arm_endpoint}{cloud.service_id}{path}?api-version=2024-05-01"
    context = ssl.create_default_context(cafile=cloud.ca_file)
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, verify=context, trust_env=False)


def test_resources_keys_and_certificates_survive_a_kill(tmp_path: Path) -> None:
    with azure.running(tmp_path) as first:
        token = first.management.token(aud="https://management.azure.com")
        ports: dict[Listener, int] = {
            "arm": urlsplit(first.arm_endpoint).port or 0,
            "login": urlsplit(first.authority_host).port or 0,
        }
        first.management.change(f"{first.service_id}/loggers/azuremonitor", description="kept")
        secrets, etag = first.client_secret, get(first, "/loggers/azuremonitor", token).headers["ETag"]
        authority = Path(first.ca_file).read_bytes()
        assert first.process is not None
        first.process.kill()
    with azure.running(tmp_path, ports=ports) as second:
        assert (second.client_secret, second.arm_endpoint) == (secrets, first.arm_endpoint)
        assert Path(second.ca_file).read_bytes() == authority
        read = get(second, "/loggers/azuremonitor", token)
        assert (read.json()["properties"]["description"], read.headers["ETag"]) == ("kept", etag)
        assert get(second, "", token).json()["properties"]["gatewayUrl"] == second.gateway_url
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert {name for name, mode in modes.items() if mode & 0o077} <= {"resources.json"}


def test_programs_that_use_its_variables_trust_what_they_trusted_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authorities = {}
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        identity = Identity(tmp_path / name)
        identity.folder.mkdir()
        monkeypatch.setenv(name, str(identity.ca_file))
        authorities[name] = identity.ca_file.read_text()
    with azure.running(tmp_path / "data") as one:
        files = {one.variables["SSL_CERT_FILE"], one.variables["REQUESTS_CA_BUNDLE"]}
        assert files == {one.bundle_file}
        bundle = Path(one.bundle_file).read_text()
        assert all(text in bundle for text in (Path(one.ca_file).read_text(), *authorities.values()))
        trusted = ssl.create_default_context(cafile=one.bundle_file)
        assert httpx.get(one.openid_config, verify=trusted, trust_env=False).status_code == 200
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    with azure.running() as other:
        assert Path(other.bundle_file).read_text().count("BEGIN CERTIFICATE") > 50, "those of certifi"


def test_a_taken_port_is_told(cloud: LocalAzure) -> None:
    taken = urlsplit(cloud.management_url).port or 0
    with pytest.raises(StartError, match=r"sandbox\.azure did not start: .*in use"), azure.running(ports={"arm": taken}):
        pass


def test_it_ends_when_its_parent_does() -> None:
    code = (
        "import json, os, sys\nfrom pulumi_workspace365_sandbox import azure\n"
        "with azure.running() as cloud:\n    print(cloud.process.pid, flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False, env=os.environ | {"PYTHONPATH": "."}
    )
    wait_until_gone(int(parent.stdout))  # its standard input ends with the parent


def test_wrong_use_of_the_management_interface_is_told(cloud: LocalAzure) -> None:
    with pytest.raises(ManagementError, match="there is no resource '/none'"):
        cloud.management.delete("/none")
    with pytest.raises(ManagementError, match="speed"):
        cloud.management.set_options(speed=1)
    assert "client_secret" not in repr(cloud)
    assert cloud.client_secret not in repr(cloud)
