"""Whatever stands in the place of a file that the sandbox reads, and whatever names come from servers: one sentence, and a quiet terminal."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from pulumi_workspace365_sandbox.azure.identity import Identity
from pulumi_workspace365_sandbox.azure.store import Store as Resources
from pulumi_workspace365_sandbox.runner import locks, servers
from pulumi_workspace365_sandbox.runner.display import Display
from pulumi_workspace365_sandbox.runner.project import Project, UsageError
from pulumi_workspace365_sandbox.support import input_files
from pulumi_workspace365_sandbox.support.processes import StartError
from pulumi_workspace365_sandbox.workspace365.store import FILE
from pulumi_workspace365_sandbox.workspace365.store import Store as Environments
from tests import hostile
from tests.sandbox.runner.workbench import Workbench, diagnostic, ended, outputs, summary


@pytest.mark.parametrize("name", hostile.YAML)
def test_a_project_that_is_none_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(hostile.YAML[name])
    with pytest.raises(UsageError) as told:
        Project.at(tmp_path)
    assert "Pulumi.yaml" in str(told.value)
    assert len(str(told.value)) < 500


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_what_is_no_file_is_told(kind: str, tmp_path: Path) -> None:
    hostile.KINDS[kind](tmp_path / "Pulumi.yaml")
    with pytest.raises(UsageError, match=f"Pulumi.yaml{' in ' if kind == 'link to nothing' else ''}"):
        Project.at(tmp_path)


def test_the_line_is_told_and_what_follows_the_name_is_not_interpreted(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: {name: python}\nconfig:\n  a: !!timestamp x\n  b: 2027-02-29\n")
    assert Project.at(tmp_path).name == "shop"
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: [\n")
    with pytest.raises(UsageError, match="Pulumi.yaml:3: it is no YAML"):
        Project.at(tmp_path)


@pytest.mark.parametrize("name", ["..", "a/b", "\x1b[31m", ""])
def test_a_name_that_is_none_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: {name!r}\n")
    with pytest.raises(UsageError, match="is not a Pulumi project|is no YAML|it has no `name`"):
        Project.at(tmp_path)


def spoilt(path: Path) -> Iterator[str]:
    """The name of each thing that stands at a path in turn."""
    for name, content in hostile.JSON.items():
        path.write_bytes(content)
        yield name
    path.unlink()
    for name, make in hostile.KINDS.items():
        if name not in {"link to nothing", "link to itself"}:  # as if there were no file
            make(path)
            yield name
            path.rmdir() if name == "folder" else path.unlink()


def test_keys_and_resources_that_are_none_are_told(tmp_path: Path) -> None:
    identity = Identity(tmp_path)
    for name in spoilt(tmp_path / "ids.json"):
        with pytest.raises(input_files.FileError, match="ids.json"):
            print(identity.ids, name)
    for name in spoilt(tmp_path / "signing.pem"):
        with pytest.raises(input_files.FileError, match="signing.pem"):
            print(identity.signing_key, name)
    for name in spoilt(tmp_path / "resources.json"):
        if name != "an object":
            with pytest.raises(input_files.FileError, match="resources.json"):
                print(Resources(tmp_path), name)


def test_certificates_that_are_none_are_told(tmp_path: Path) -> None:
    identity = Identity(tmp_path)
    assert identity.ca_file.exists()
    for name in spoilt(tmp_path / "ca.pem"):
        with pytest.raises(input_files.FileError, match="ca.pem"):
            print(identity.client_side(), name)
    for name in spoilt(tmp_path / "server.pem"):
        with pytest.raises(input_files.FileError, match="server.pem"):
            print(identity.server_side(), name)


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / FILE
    for name in spoilt(path):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 16:  # SQLite takes a shorter one for a new one
            with pytest.raises(input_files.FileError, match=FILE):
                print(Environments(tmp_path), name)
    assert not path.exists()


def test_notes_of_running_servers_that_are_none_are_told(tmp_path: Path) -> None:
    with locks.hold(tmp_path / "servers.lock", "a test"):
        for name in spoilt(tmp_path / "addresses.json"):
            with pytest.raises(StartError, match="addresses.json"):
                print(servers.served(tmp_path), name)
        (tmp_path / "servers.json").write_bytes(hostile.JSON["deep lists"])
        assert locks.holder(tmp_path / "servers.lock").startswith("another process")


@pytest.mark.parametrize(
    "file", ["ports.json", "workspace365/workspace365.sqlite", "azure/ids.json", "servers.lock", "run.lock", "state"]
)
def test_a_run_on_damaged_files_ends_in_one_sentence_and_a_reset_empties_what_it_can(file: str, workbench: Workbench) -> None:
    path = workbench.root / ".sandbox" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if path.suffix == ".lock" else path.write_bytes(b"{" * 5000)
    done = workbench.sandbox("preview")
    told = done.stdout + done.stderr
    assert done.returncode in {1, 2}
    assert "Traceback" not in told
    assert file.rpartition("/")[2] in told
    if path.suffix in {".json", ".sqlite"}:
        assert "python -m sandbox reset" in told
        assert workbench.sandbox("reset").returncode == 0
        assert not path.exists()


def test_a_reset_removes_links_and_leaves_what_they_point_to(workbench: Workbench) -> None:
    precious = workbench.root / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (workbench.root / ".sandbox").mkdir()
    (workbench.root / ".sandbox/azure").symlink_to(precious)
    os.mkfifo(workbench.root / ".sandbox/pipe")
    assert workbench.sandbox("reset").returncode == 0
    assert not (workbench.root / ".sandbox/azure").is_symlink()
    assert (precious / "file").exists()


def is_quiet(text: str) -> bool:
    return all(character == "\n" or character.isprintable() for character in text) and not hostile.commands(text)


def test_nothing_that_servers_call_something_steers_a_terminal(workbench: Workbench) -> None:
    steps = [step for number, name in enumerate(hostile.NAMES) for step in ended("create", f"a:b:C::{number} {name}", None, {})]
    said = [diagnostic(name, severity, "a:b:C::" + name) for name in hostile.NAMES for severity in ("warning", "error")]
    workbench.tell(*steps, *said, *outputs(**{f"o{at} {name}": name for at, name in enumerate(hostile.NAMES)}), summary(create=1))
    workbench.variables["SCRIPT_EXIT"] = "1"
    for options in ((), ("--json",)):
        done = workbench.sandbox("up", *options)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert [line for line in (done.stdout + done.stderr).splitlines() if not is_quiet(line)] == []
        assert "right to left \\u202egpj.exe" in done.stdout


def test_an_error_is_safe_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(Console())
    for name in hostile.NAMES:
        display.note(name)
        display.error(name)
    assert is_quiet(capsys.readouterr().out)
