"""Folders, variables and entry points that projects name already go on working."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pulumi_workspace365.host
from pulumi_dynamic_host import context, registry, variables

from .conftest import LAUNCHER, ROOT

FORWARDS = ROOT / "providers/pulumi_workspace365/host"


def forwarding(installation: Path) -> Path:
    (installation / "pulumi_workspace365").mkdir(parents=True)
    return Path(shutil.copytree(FORWARDS, installation / "pulumi_workspace365/host")) / LAUNCHER.name


def test_the_earlier_folder_starts_the_host_that_is_installed_beside_it(tmp_path: Path) -> None:
    launcher = forwarding(tmp_path / "lib")
    beside = tmp_path / "lib/pulumi_dynamic_host" / LAUNCHER.name
    beside.parent.mkdir()
    beside.write_text('#!/bin/sh\necho "$0" "$@"\n')
    beside.chmod(0o755)
    done = subprocess.run([launcher, "engine"], capture_output=True, text=True, check=True)
    said, argument = done.stdout.split()
    assert (Path(said).resolve(), argument) == (beside, "engine")


def test_the_earlier_folder_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run([forwarding(tmp_path / "lib")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "install pulumi-dynamic-host in the same environment" in done.stderr


@pytest.mark.parametrize("command", [[FORWARDS / LAUNCHER.name], [sys.executable, "-u", FORWARDS]], ids=["launcher", "folder"])
def test_the_earlier_folder_of_a_checkout_starts_the_host(command: list[str | Path], tmp_path: Path) -> None:
    wrong = {"PATH": "/usr/bin:/bin", "W365_HOST_PARALLEL": "many"}
    done = subprocess.run(command, cwd=tmp_path, env=wrong, capture_output=True, text=True, check=False)
    assert (done.returncode, "PARALLEL is 'many'" in done.stderr) == (2, True), done.stderr


def test_the_earlier_package_is_the_same_context_and_registry() -> None:
    assert pulumi_workspace365.host.context is context
    assert pulumi_workspace365.host.registry is registry


def test_a_variable_counts_by_its_earlier_name_unless_it_is_set_by_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(registry.MODULES_VARIABLE, raising=False)
    monkeypatch.setenv("W365_HOST_MODULES", "shop")
    assert registry.named_modules() == ["shop"]
    monkeypatch.setenv(registry.MODULES_VARIABLE, "mine")
    assert (registry.named_modules(), variables.read("PULUMI_DYNAMIC_HOST_MODULES")) == (["mine"], "mine")


def test_an_entry_point_of_the_earlier_group_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    class Entry:
        def __init__(self, group: str) -> None:
            self.load = lambda: loaded.append(group)

    registry._import_modules.cache_clear()
    monkeypatch.setattr("importlib.metadata.entry_points", lambda *, group: [Entry(group)])
    monkeypatch.delenv("W365_HOST_MODULES", raising=False)
    registry.registrations()
    registry._import_modules.cache_clear()
    assert loaded == ["pulumi_dynamic_host", "pulumi_workspace365.host"]
