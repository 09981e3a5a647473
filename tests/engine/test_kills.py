"""Wherever a rename, a move or a change of the passphrase is cut off, nothing is lost, and the same command completes it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from pulumi_embedded_engine.store import files
from tests.engine.cli import PASSPHRASE
from tests.engine.stacks import CONFIGURATION, Stacks, deployment, urn

MOST_CHANGES = 60


class Killed(BaseException):
    """The process ends here."""


class _Deadline:
    """Ends the process at the n-th change of the file system, before or after it."""

    def __init__(self, changes: int, *, after: bool) -> None:
        self.left, self._after = changes, after

    def around(self, change: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **more: object) -> object:
            self.left -= 1
            if self.left < 0 and not self._after:
                raise Killed
            result = change(*arguments, **more)
            if self.left < 0:
                raise Killed
            return result

        return counted


def killed_at(changes: int, command: Callable[[], object], *, after: bool) -> bool:
    """Run a command that is killed at its n-th change of a file; whether it was."""
    deadline = _Deadline(changes, after=after)
    with (
        mock.patch.object(Path, "replace", deadline.around(Path.replace)),
        mock.patch.object(Path, "write_text", deadline.around(Path.write_text)),
        mock.patch.object(Path, "unlink", _but_locks(deadline, Path.unlink)),
        mock.patch.object(shutil, "rmtree", deadline.around(shutil.rmtree)),
        mock.patch.object(files, "sync_directory", deadline.around(files.sync_directory)),
    ):
        try:
            command()
        except Killed:
            return True
    return False


def _but_locks(deadline: _Deadline, unlink: Callable[..., object]) -> Callable[..., object]:
    """The process's own end releases its locks, as the next start takes them from the dead."""
    counted = deadline.around(unlink)

    def chosen(path: Path, *arguments: object, **more: object) -> object:
        return (unlink if "locks" in path.parts or path.name.endswith(".tmp") else counted)(path, *arguments, **more)

    return chosen


def moments(folder: Path, prepare: Callable[[Stacks], None], command: Callable[[Stacks], object]) -> Iterator[Stacks]:
    """A project for each moment at which the command can be cut off."""
    template = Stacks.make(folder / "template")
    prepare(template)
    for after in (False, True):
        for changes in range(MOST_CHANGES):
            shutil.copytree(template.directory, folder / "shop")
            project = Stacks(folder / "shop")
            if not killed_at(changes, lambda project=project: command(project), after=after):  # type: ignore[misc]
                assert changes > 3, "nothing was cut off"
                shutil.rmtree(folder / "shop")
                break
            yield project
            shutil.rmtree(folder / "shop")
        else:
            raise AssertionError("the command has more changes than the test knows")


def names(project: Stacks) -> dict[str, list[str]]:
    """The resources of every stack that there is."""
    listed = json.loads(project.done("stack", "ls", "--json"))
    return {item["name"]: [resource["urn"] for resource in project.resources(item["name"])] for item in listed}


@pytest.mark.slow
def test_a_rename_loses_nothing_and_is_completed_by_the_same_command(tmp_path: Path) -> None:
    def prepare(project: Stacks) -> None:
        project.create(configuration=CONFIGURATION)
        project.done("stack", "tag", "set", "a", "b")
        (project.directory / "state/.pulumi/history/shop/dev").mkdir(parents=True)
        for kind in ("history", "checkpoint"):
            (project.directory / f"state/.pulumi/history/shop/dev/dev-17.{kind}.json").write_text("{}")

    wanted = [item["urn"] for item in deployment("prod")["deployment"]["resources"]]
    for project in moments(tmp_path, prepare, lambda project: project.done("stack", "rename", "prod", "--stack", "dev")):
        found = names(project)
        assert found.keys() <= {"dev", "prod"}
        assert found.get("prod", wanted) == wanted
        assert found.get("dev", []) in ([], [name.replace(":prod:", ":dev:").replace("shop-prod", "shop-dev") for name in wanted])
        assert found
        if "dev" in found:
            project.done("stack", "rename", "prod", "--stack", "dev")
        assert names(project) == {"prod": wanted}
        assert project.done("config", "get", "key", "--stack", "prod") == "hush\n"
        assert project.done("stack", "tag", "get", "a", "--stack", "prod") == "b\n"
        kept = sorted(path.name for path in (project.directory / "state/.pulumi/history/shop/prod").iterdir())
        assert kept == ["prod-17.checkpoint.json", "prod-17.history.json"]


@pytest.mark.slow
def test_moved_resources_are_in_one_of_the_stacks_at_least(tmp_path: Path) -> None:
    def prepare(project: Stacks) -> None:
        project.create()
        project.create("prod")
        project.put({"version": 3, "deployment": {}}, "prod")

    def command(project: Stacks) -> None:
        project.done("state", "move", "--source", "dev", "--dest", "prod", urn("a"), "--yes")

    for project in moments(tmp_path, prepare, command):
        found = names(project)
        assert urn("a") in found["dev"] or urn("a", stack="prod") in found["prod"]
        assert set(found["dev"]) >= {urn("b"), urn("group", "shop:index:Group")}


@pytest.mark.slow
def test_a_change_of_the_passphrase_is_made_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    def command(project: Stacks) -> None:
        project.done("stack", "change-secrets-provider", "passphrase", "--stack", "dev", stdin="new\n")

    changed = set()
    for project in moments(tmp_path, lambda project: project.create(configuration=CONFIGURATION), command):
        for path in project.directory.rglob("*"):
            assert not path.is_file() or b"hush" not in path.read_bytes()
        found = []
        for passphrase in (PASSPHRASE, "new"):
            project.variables["PULUMI_CONFIG_PASSPHRASE"] = passphrase
            code, said = project.ask("config", "get", "key", "--stack", "dev")
            if code == 0:
                assert said == "hush\n"
                assert project.resources()[2]["inputs"]["password"]["plaintext"] == '"hush"'
                found.append(passphrase)
        assert len(found) == 1
        changed.add(found[0])
        assert not list((project.directory / "state").rglob("change.json"))
    assert changed == {PASSPHRASE, "new"}


def test_kills_are_kills(tmp_path: Path) -> None:
    for after in (False, True):
        (tmp_path / "a").touch()
        assert killed_at(0, lambda: (tmp_path / "a").replace(tmp_path / "b"), after=after)
        assert (tmp_path / "b").exists() == after
        (tmp_path / "a").touch()
        assert not killed_at(1, lambda: (tmp_path / "a").replace(tmp_path / "b"), after=after)
        (tmp_path / "b").unlink()
