"""What the sandbox keeps is for its owner alone: keys, data, addresses, and the folders that hold them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.runner import servers
from pulumi_workspace365_sandbox.support import private_files
from pulumi_workspace365_sandbox.workspace365.store import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    found = {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*")}
    return {path: oct(mode) for path, mode in found.items() if mode & 0o077}


@pytest.mark.slow
@pytest.mark.usefixtures("open_umask")
def test_nothing_that_running_servers_keep_is_open_to_others(tmp_path: Path) -> None:
    folder = tmp_path / ".sandbox"
    private_files.make_folder(folder)
    with servers.running(folder, "a test"):
        kept = {path.name for path in folder.rglob("*")}
        assert {"addresses.json", "ports.json", "servers.lock"} < kept
        assert any(name.endswith(".pem") for name in kept)
        assert open_to_others(folder) == {}
    assert open_to_others(folder) == {}


@pytest.mark.usefixtures("open_umask")
def test_data_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    for _ in range(2):
        store = Store(tmp_path / "data")
        assert open_to_others(tmp_path) == {}
        store.close()
        for path in (tmp_path / "data").iterdir():
            path.chmod(0o666)


@pytest.mark.usefixtures("open_umask")
def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder/file"
    private_files.replace(path, b"one")
    path.chmod(0o666)
    private_files.replace(path, b"two")
    assert (path.read_bytes(), [item.name for item in path.parent.iterdir()]) == (b"two", ["file"])
    assert open_to_others(tmp_path) == {}
