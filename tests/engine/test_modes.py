"""What may hold secrets is readable by its owner alone, from its first byte on and whatever the umask is."""

import contextlib
import io
import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from unittest import mock

import pytest

from pulumi_embedded_engine import cli
from pulumi_embedded_engine.store import files
from tests import fork_server
from tests.engine.rough import Rough

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


class Watch:
    """Looks at every file and folder below some, for as long as it is asked to; keeps what others could have read."""

    def __init__(self, *folders: Path) -> None:
        self._folders, self.open = folders, dict[str, str]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):  # a folder may go while it is read
                self.look()

    def look(self) -> None:
        for folder in self._folders:
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):
                    mode = stat.S_IMODE(path.stat().st_mode)
                    if mode & 0o077:
                        self.open[str(path.relative_to(folder))] = oct(mode)


def within(rough: Rough, mask: int, *arguments: str) -> tuple[int, str]:
    """Run a command in this process, under a umask."""
    output = io.StringIO()
    warmed = mock.patch.object(sys, "executable", str(fork_server.python()))
    with (
        umask(mask),
        warmed,
        mock.patch.dict(os.environ, rough.environment()),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
    ):
        code = cli.main(["-C", str(rough.directory), *rough.command(*arguments)[3:]])
    return code, output.getvalue()


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o022])
def test_nothing_that_a_run_leaves_is_open_to_others(mask: int, tmp_path: Path) -> None:
    rough = Rough.make(tmp_path / "rough")
    written = tmp_path / "written"
    written.mkdir()
    rough.variables["PULUMI_DEBUG_GRPC"] = str(written / "calls")
    for made in rough.state.iterdir():
        for path in sorted(made.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        made.rmdir()
    with Watch(rough.state, written) as watch:
        for arguments in (
            ["stack", "init", "dev"],
            ["up", "--yes", "--event-log", str(written / "events")],
            ["stack", "export", "--show-secrets", "--file", str(written / "export")],
            ["stack", "import", "--file", str(written / "export")],
            ["destroy", "--yes", "--remove"],
        ):
            code, output = within(rough, mask, *arguments)
            assert code == 0, output
            watch.look()
    assert watch.open == {}
    names = {path.name for path in written.iterdir()}
    assert names == {"calls", "events", "export"}


def test_files_that_are_open_to_others_are_closed_when_they_are_written(tmp_path: Path) -> None:
    rough = Rough.make(tmp_path / "rough")
    assert rough.up()[0] == 0
    events = tmp_path / "events"
    events.touch()
    kept = [path for path in [*rough.state.rglob("*.json*"), events] if path.is_file()]
    for path in kept:
        path.chmod(0o666)
    assert within(rough, 0, "destroy", "--yes", "--skip-preview", "--event-log", str(events))[0] == 0
    assert [path.name for path in kept if path.exists() and path.stat().st_mode & 0o077 and "history" not in path.parts] == []


def test_the_configuration_of_a_stack_is_as_open_as_before(tmp_path: Path) -> None:
    rough = Rough.make(tmp_path / "rough")
    path = rough.directory / "Pulumi.dev.yaml"
    for mode in (0o644, 0o600):
        path.chmod(mode)
        assert rough.run("config", "set", "k", "v")[0] == 0
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_folder_that_is_missing_is_made_for_its_owner_and_others_are_left(tmp_path: Path) -> None:
    with umask(0):
        (tmp_path / "a").mkdir(mode=0o755)
        files.make_folder(tmp_path / "a/b/c")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/c")] == [0o755, 0o700, 0o700]


def test_a_file_is_whole_or_what_it_was_and_nothing_stays_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    files.write_atomically(path, b"before")

    def failing(_: int) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="full"):
        files.write_atomically(path, b"after")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"before", [path])
