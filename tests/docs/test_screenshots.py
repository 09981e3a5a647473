"""The pictures of the HTML page in the documentation."""

import struct
from pathlib import Path

import pytest

from tests import chromium
from tests.docs import __main__ as command
from tests.docs import screenshots


def _size(picture: Path) -> tuple[int, ...]:
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:])


@pytest.mark.slow
@pytest.mark.skipif(chromium.path() is None, reason="no Chromium on PATH")
def test_each_picture_is_taken_in_the_size_of_the_one_in_the_documentation(tmp_path: Path) -> None:
    screenshots.take(tmp_path)
    for name, size in screenshots.SIZES.items():
        assert _size(tmp_path / name) == _size(screenshots.FOLDER / name) == size


def test_without_a_browser_a_sentence_says_so_and_no_picture_is_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    before = {name: (screenshots.FOLDER / name).stat().st_mtime_ns for name in screenshots.SIZES}
    with pytest.raises(SystemExit, match="there is no Chromium on PATH; install it"):
        command.main(["screenshots"])
    assert before == {name: (screenshots.FOLDER / name).stat().st_mtime_ns for name in screenshots.SIZES}


def test_the_pictures_are_small() -> None:
    assert all((screenshots.FOLDER / name).stat().st_size < 150_000 for name in screenshots.SIZES)
