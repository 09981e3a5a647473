"""What is committed says nothing of the machine on which it was made."""

import gzip
import re
import subprocess

import pytest

from tests.project import ROOT

MADE_UP = (b"/home/me/", b"/home/user/")
MACHINE = re.compile(rb"(?<!\w)/(?:root|tmp|home/[\w.-]+|Users/[\w.-]+|var/folders|(?:[\w.-]+/)+site-packages)/")


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


def places(content: bytes) -> list[str]:
    """The paths in a file, or in an archive's files, that are of one machine."""
    unpacked = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    checkout = re.findall(re.escape(f"{ROOT}/".encode()), unpacked) if len(ROOT.parts) > 2 else []
    return sorted({place.decode() for place in [*MACHINE.findall(unpacked), *checkout] if place not in MADE_UP})


def test_no_file_has_a_path_of_the_machine_it_was_made_on() -> None:
    names = tracked()
    if not names:
        pytest.skip("no git, or no checkout")
    found = {name: places((ROOT / name).read_bytes()) for name in names}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("place", ["root", "tmp", "home/carla", "Users/carla", "opt/python/lib/site-packages"])
def test_such_a_path_is_found_wherever_it_stands(place: str) -> None:
    recorded = f'"project:///../../{place}/x.py", "/home/me/x"'.encode()
    assert places(recorded) == places(gzip.compress(recorded))
    assert [found.removeprefix("/../..") for found in places(recorded)] == [f"/{place}/"]


def test_other_paths_are_none() -> None:
    assert places(b"docs/home/page.md https://host/tmp /tmpl/ stacks/tmp/x site-packages/") == []
