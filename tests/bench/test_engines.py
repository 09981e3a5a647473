"""Which engines the benchmark measures: the Pulumi CLI takes part where it can run a program in Python."""

from pathlib import Path

import pytest

from bench import stack


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a CLI with its language host; a link on PATH leads to the CLI, nothing to the language host."""
    folder = tmp_path / "installed"
    folder.mkdir()
    for name in ("pulumi", "pulumi-language-python"):
        (folder / name).touch(mode=0o700)
    linked = tmp_path / "bin"
    linked.mkdir()
    (linked / "pulumi").symlink_to(folder / "pulumi")
    monkeypatch.setenv("PATH", str(linked))
    return folder


def test_the_language_host_is_found_beside_the_cli(installed: Path) -> None:
    assert stack.engines_here() == ["embedded", "pulumi"]
    (installed / "pulumi-language-python").unlink()
    assert stack.engines_here() == ["embedded"]


def test_the_language_host_alone_is_no_engine(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(installed))
    assert stack.engines_here() == ["embedded", "pulumi"]
    (installed / "pulumi").unlink()
    assert stack.engines_here() == ["embedded"]
