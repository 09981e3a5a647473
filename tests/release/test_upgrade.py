"""What earlier versions left in users' states is taken on by this one: read, found unchanged, destroyed."""

from pathlib import Path

import pytest

from tests import project
from tests.release import released

RELEASES = sorted(released.STATES.glob("*.tar.gz"))


def test_the_first_version_is_among_them() -> None:
    assert [path.name for path in RELEASES][:1] == ["0.1.0.tar.gz"]


@pytest.mark.parametrize("archive", RELEASES, ids=lambda path: str(path.name).removesuffix(".tar.gz"))
def test_a_stack_of_a_released_version_is_found_unchanged(archive: Path, tmp_path: Path) -> None:
    left = released.unpack(archive, tmp_path)
    unchanged = project.changes(left, "preview")
    assert set(unchanged) == {"same"}
    assert set(project.changes(left, "refresh")) == {"same"}
    assert project.changes(left, "destroy")["delete"] == unchanged["same"]
