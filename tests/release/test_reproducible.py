"""Who builds a release again gets the same bytes, and so can verify what was published."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import FOLDERS, ROOT

_NO_DISTRIBUTION = ("tests/", "bench/", "docs/", "examples/")
"""What no distribution holds."""


def check_out(target: Path, *, mask: int, backwards: bool) -> None:
    """The files of the repository as another person has them: other permissions, times and order in their folders."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = sorted(
        (name for name in listed.stdout.split("\0") if name and not name.startswith(_NO_DISTRIBUTION)), reverse=backwards
    )
    for number, name in enumerate(names):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((ROOT / name).read_bytes())
        executable = (ROOT / name).stat().st_mode & 0o100
        path.chmod((0o777 if executable else 0o666) & ~mask)
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    for folder in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        folder.chmod(0o777 & ~mask)


def build(target: Path, *, mask: int, zone: str, seed: str, locale: str) -> dict[str, str]:
    """The checksum of each file that is built, by name."""
    epoch = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    variables = {"SOURCE_DATE_EPOCH": epoch.strip(), "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": locale}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target / "dist")]
    folders = [target / folder.relative_to(ROOT) for folder in FOLDERS.values()]
    (target / "dist").mkdir()
    builds = [
        subprocess.Popen(command, cwd=folder, env=os.environ | variables, umask=mask, stdout=subprocess.DEVNULL)
        for folder in folders
    ]
    assert {one.wait() for one in builds} == {0}
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((target / "dist").iterdir())}


@pytest.mark.slow
def test_two_builds_of_a_commit_are_the_same_to_the_byte(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "a longer name/other"
    check_out(one, mask=0o022, backwards=False)
    check_out(other, mask=0o077, backwards=True)
    first = build(one, mask=0o022, zone="UTC", seed="1", locale="C.UTF-8")
    second = build(other, mask=0o077, zone="Pacific/Auckland", seed="2", locale="C")
    assert len(first) == 2 * len(FOLDERS)
    assert first == second
