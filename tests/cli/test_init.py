import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365_cli import plugin_entry, project_file
from pulumi_workspace365_cli.errors import CommandError

from .conftest import Command

ENTRY = {"name": "pulumi-python", "path": ".pulumi-host"}
HEAD = "# ours\nname: shop  # the shop\nruntime:\n  name: python # 3.12\n"


def _init(w365: Command, folder: Path, text: str) -> str:
    file = folder / "Pulumi.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    ran = w365("init")
    assert ran.code == 0, ran.err
    with file.open(encoding="utf-8", newline="") as opened:
        return opened.read()


@pytest.mark.parametrize(
    ("rest", "wanted"),
    [
        ("", "plugins:\n  providers:\n    - name: pulumi-python\n      path: .pulumi-host\n"),
        ("plugins:\n", "plugins:\n  providers:\n    - name: pulumi-python\n      path: .pulumi-host\n"),
        (
            "plugins:\n    # why\n    languages:\n        - name: x\n          path: y\n",
            (
                "plugins:\n    # why\n    providers:\n      - name: pulumi-python\n        path: .pulumi-host\n    languages:\n"
                "        - name: x\n          path: y\n"
            ),
        ),
        (
            "plugins:\n  providers:\n  # mine\n  - name: x # first\n    path: y\nmain: stacks\n",
            (
                "plugins:\n  providers:\n  # mine\n  - name: pulumi-python\n    path: .pulumi-host\n  - name: x # first\n    path: y\n"
                "main: stacks\n"
            ),
        ),
        (
            "plugins:\n  providers:\nmain: stacks\n",
            "plugins:\n  providers:\n    - name: pulumi-python\n      path: .pulumi-host\nmain: stacks\n",
        ),
    ],
)
def test_the_entry_is_put_in_and_every_other_character_stays(w365: Command, bare: Path, rest: str, wanted: str) -> None:
    assert _init(w365, bare, HEAD + rest) == HEAD + wanted


def test_a_last_line_without_end_and_foreign_line_ends_are_kept_apart(w365: Command, bare: Path) -> None:
    text = _init(w365, bare, "name: shop\r\nruntime: python")
    assert (
        text
        == "name: shop\r\nruntime: python\r\nplugins:\r\n  providers:\r\n    - name: pulumi-python\r\n      path: .pulumi-host\r\n"
    )


def test_a_second_run_changes_nothing(w365: Command, bare: Path) -> None:
    once = _init(w365, bare, HEAD)
    before = {path: path.stat().st_mtime_ns for path in bare.rglob("*")}
    ran = w365("init")
    assert "Everything was in place." in ran.out
    assert (bare / "Pulumi.yaml").read_text(encoding="utf-8") == once
    assert {path: path.stat().st_mtime_ns for path in bare.rglob("*")} == before


def test_what_only_a_person_should_change_is_left_alone_and_told(w365: Command, bare: Path) -> None:
    for text in (
        "{name: shop, runtime: python}\n",
        "name: shop\nplugins: {providers: []}\n",
        "name: shop\nplugins:\n  providers: []\n",
    ):
        (bare / "Pulumi.yaml").write_text(text, encoding="utf-8")
        ran = w365("init")
        assert ran.code == 1
        assert "add {name: pulumi-python, path: .pulumi-host} to plugins.providers by hand" in ran.error
        assert (bare / "Pulumi.yaml").read_text(encoding="utf-8") == text
        assert [path.name for path in bare.iterdir()] == ["Pulumi.yaml"]


def test_an_entry_that_leads_nowhere_is_an_error_and_one_that_works_stays(w365: Command, bare: Path) -> None:
    text = "name: shop\nplugins:\n  providers:\n    - name: pulumi-python\n      path: host\n"
    (bare / "Pulumi.yaml").write_text(text, encoding="utf-8")
    ran = w365("init")
    assert ran.code == 1
    assert "names host for pulumi-python, where there is no pulumi-resource-pulumi-python" in ran.error
    (bare / "host").mkdir()
    (bare / "host" / "pulumi-resource-pulumi-python").write_text("#!/bin/sh\n", encoding="utf-8")
    assert "Everything was in place." in w365("init").out
    assert not (bare / ".pulumi-host").exists()


def test_broken_yaml_is_told_with_its_line(w365: Command, bare: Path) -> None:
    (bare / "Pulumi.yaml").write_text("name: shop\nplugins: [\n", encoding="utf-8")
    ran = w365("init")
    assert ran.code == 1
    assert "Pulumi.yaml, line 3, column 1: this is not valid YAML" in ran.error


def test_a_folder_without_project_gets_one_and_the_next_commands_are_those_that_work_here(
    w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / ".venv").mkdir()
    monkeypatch.setenv("PATH", str(bare))  # without a Pulumi CLI
    ran = w365("init")
    assert ran.code == 0
    assert (
        "Next: `python -m pulumi_embedded_engine stack init dev`, `python -m pulumi_embedded_engine config set w365:baseUrl"
        in ran.out
    )
    content = yaml.safe_load((bare / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert content["name"] == "work"
    assert content["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    assert content["plugins"] == {"providers": [ENTRY]}


def test_an_old_launcher_is_renewed_and_made_executable(w365: Command, bare: Path) -> None:
    _init(w365, bare, HEAD)
    launcher = bare / ".pulumi-host" / "pulumi-resource-pulumi-python"
    wanted = launcher.read_text(encoding="utf-8")
    launcher.write_text("#!/bin/sh\n", encoding="utf-8")
    launcher.chmod(0o644)
    ran = w365("init", "--output", "json")
    assert ran.document["changed"] == [".pulumi-host/pulumi-resource-pulumi-python"]
    assert launcher.read_text(encoding="utf-8") == wanted
    assert os.access(launcher, os.X_OK)


def test_both_launchers_are_written_with_the_line_ends_of_their_systems(w365: Command, bare: Path) -> None:
    _init(w365, bare, HEAD)
    shell, windows = (bare / ".pulumi-host" / f"pulumi-resource-pulumi-python{suffix}" for suffix in ("", ".cmd"))
    assert b"\r" not in shell.read_bytes()
    assert windows.read_bytes().replace(b"\r\n", b"").isascii()
    assert b"\n" not in windows.read_bytes().replace(b"\r\n", b"")
    windows.write_bytes(windows.read_bytes().replace(b"\r\n", b"\n"))  # as git leaves it here
    assert "Everything was in place." in w365("init").out
    shell.write_bytes(shell.read_bytes().replace(b"\n", b"\r\n"))  # as git leaves it on Windows, where it is not used
    assert w365("init", "--output", "json").document["changed"] == [".pulumi-host/pulumi-resource-pulumi-python"]
    assert b"\r" not in shell.read_bytes()


def test_the_launcher_starts_the_host_with_the_python_of_the_project(w365: Command, bare: Path) -> None:
    _init(w365, bare, HEAD)
    (bare / "venv").symlink_to(sys.prefix)
    (bare / "stacks").mkdir()
    launcher = bare / ".pulumi-host" / "pulumi-resource-pulumi-python"
    variables = {"PATH": "/usr/bin:/bin", "PULUMI_RUNTIME_VIRTUALENV": "venv"}
    with subprocess.Popen([launcher, "127.0.0.1:1"], cwd=bare / "stacks", env=variables, stdout=subprocess.PIPE) as host:
        assert host.stdout
        try:
            assert int(host.stdout.readline()) > 0
        finally:
            host.kill()


@pytest.mark.parametrize(
    ("runtime", "arguments"),
    [("{options: {toolchain: pip}, name: yaml}", ()), ("python", ("--front", "native"))],
)
def test_a_project_of_another_language_or_front_gets_the_plugin(
    w365: Command, bare: Path, runtime: str, arguments: tuple[str, ...]
) -> None:
    (bare / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\n", encoding="utf-8")
    ran = w365("init", *arguments)
    assert ran.code == 0, ran.err
    assert "config set workspace365:baseUrl" in ran.out
    content = yaml.safe_load((bare / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert content["plugins"] == {"providers": [{"name": "workspace365", "path": ".pulumi-host"}]}
    assert "Everything was in place." in w365("init", *arguments).out

    (bare / ".venv").symlink_to(sys.prefix)
    launcher, windows = (bare / ".pulumi-host" / f"pulumi-resource-workspace365{suffix}" for suffix in ("", ".cmd"))
    for path in (launcher, windows):
        text = path.read_text(encoding="utf-8")
        assert "dynamic" not in text
        assert text.count("pulumi_workspace365_components.package") == 1
    with subprocess.Popen([launcher, "127.0.0.1:1"], env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE) as plugin:
        assert plugin.stdout
        try:
            assert int(plugin.stdout.readline()) > 0
        finally:
            plugin.kill()


def test_a_project_may_have_both_fronts(w365: Command, bare: Path) -> None:
    once = _init(w365, bare, HEAD)
    assert w365("init", "--front", "native").code == 0
    entries = yaml.safe_load((bare / "Pulumi.yaml").read_text(encoding="utf-8"))["plugins"]["providers"]
    assert entries == [{"name": "workspace365", "path": ".pulumi-host"}, ENTRY]
    assert len(list((bare / ".pulumi-host").iterdir())) == 4
    assert once.splitlines()[0] == "# ours"


def test_the_launcher_says_what_is_missing(w365: Command, bare: Path) -> None:
    _init(w365, bare, HEAD)
    launcher = bare / ".pulumi-host" / "pulumi-resource-pulumi-python"
    absent = subprocess.run(
        [launcher], env={"PATH": "/usr/bin:/bin", "PULUMI_PYTHON_CMD": "nopython"}, capture_output=True, text=True, check=False
    )
    assert absent.returncode == 1
    assert "found no Python" in absent.stderr
    (bare / ".venv" / "bin").mkdir(parents=True)
    (bare / ".venv" / "bin" / "python").symlink_to(getattr(sys, "_base_executable", sys.executable))
    empty = subprocess.run(
        [launcher], env={"PATH": "/usr/bin:/bin", "PYTHONNOUSERSITE": "1"}, capture_output=True, text=True, check=False
    )
    assert empty.returncode == 1
    assert "where pulumi-workspace365 is not installed" in empty.stderr


_KEYS = st.text("abcdefgh", min_size=1, max_size=6)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)
_PLUGINS = st.none() | st.dictionaries(
    st.sampled_from(["providers", "languages"]),
    st.none() | st.lists(st.fixed_dictionaries({"name": _KEYS, "path": _KEYS}), max_size=2),
)


@given(
    content=st.dictionaries(_KEYS, _VALUES, max_size=4),
    plugins=st.none() | _PLUGINS,
    at_end=st.booleans(),
    flow=st.sampled_from([None, False]),
)
def test_whatever_is_in_the_file_stays_and_the_entry_is_there_or_nothing_is_written(
    content: dict[str, Any], plugins: Any, at_end: bool, flow: bool | None
) -> None:
    document = {**content, "plugins": plugins} if at_end else {"plugins": plugins, **content}
    text = yaml.safe_dump(document, sort_keys=False, default_flow_style=flow, allow_unicode=True)
    try:
        changed = plugin_entry.with_entry(text, "pulumi-python", ".pulumi-host")
    except CommandError:
        return
    assert plugin_entry.existing_path(yaml.safe_load(changed), "pulumi-python") == ".pulumi-host"
    remaining = iter(changed.splitlines())
    assert all(line in remaining for line in text.splitlines())


def test_a_link_to_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "device")
    link = tmp_path / "Pulumi.yaml"
    link.symlink_to("device")
    with pytest.raises(CommandError, match=r"Pulumi\.yaml cannot be written: it is not a regular file"):
        project_file.replace(link, "name: shop\n", 0o644)
    assert (tmp_path / "device").is_fifo()
