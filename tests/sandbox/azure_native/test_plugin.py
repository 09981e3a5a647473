"""The real plugin takes the stand-in's place where it is asked for."""

import os
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox import azure_native
from pulumi_workspace365_sandbox.azure_native import StartError

NAME = "pulumi-resource-azure-native"


def installed(folder: Path, script: str) -> Path:
    """Something that is started as the plugin is."""
    folder.mkdir(parents=True)
    plugin = folder / NAME
    plugin.write_text(f"#!/bin/sh\n{script}\n")
    plugin.chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of the Pulumi CLI, and a PATH without plugins."""
    monkeypatch.setenv("W365_REAL_AZURE_NATIVE", "1")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return tmp_path / "home"


def test_the_one_on_path_is_started_with_the_variables_and_ends_with_the_block(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    noted = tmp_path / "noted"
    folder = installed(tmp_path / "bin", f'echo "$$ $ARM_TENANT_ID" > {noted}; echo 20001; echo more; exec sleep 600')
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    with azure_native.running({"ARM_TENANT_ID": "mine"}) as native:
        assert native.variables == {"PULUMI_DEBUG_PROVIDERS": "azure-native:20001"}
        number, tenant = noted.read_text().split()
        assert tenant == "mine"
        os.kill(int(number), 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)


def test_of_the_installed_ones_the_newest_is_started(home: Path) -> None:
    for version, port in (("v3.9.0", 1), ("v3.29.0", 2), ("v2.100.0", 3)):
        installed(home / f"plugins/resource-azure-native-{version}", f"echo {port}; exec sleep 600")
    with azure_native.running({}) as native:
        assert native.port == 2


@pytest.mark.parametrize("script", ["echo hello", "exit 3"])
def test_one_that_does_not_say_its_port_is_told(home: Path, script: str) -> None:
    installed(home / "plugins/resource-azure-native-v3.29.0", script)
    with pytest.raises(StartError, match="does not say its port"), azure_native.running({}):
        pass


def test_one_that_is_not_there_is_told(home: Path) -> None:
    with (
        pytest.raises(StartError, match=f"neither on PATH nor among the plugins in {home / 'plugins'}"),
        azure_native.running({}),
    ):
        pass
