"""The tutorial, done as a reader would. (The quickstart is done where the project's own stack runs.)"""

import subprocess
from pathlib import Path

import pytest

from tests import fork_server
from tests.docs import pages
from tests.docs.reading import Reader, environment

STEPS = [block for block in pages.blocks(pages.ROOT / "docs/tutorial.md") if block.kind.startswith("tutorial")]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """In a folder that looks like the project's; the servers run in a second terminal."""
    (tmp_path / ".venv").symlink_to(fork_server.prefix())
    (tmp_path / "host").symlink_to(pages.ROOT / "host")
    return Reader(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)  # a quarter of an hour's work of a person
def test_the_tutorial_works_as_it_is_written(reader: Reader) -> None:
    [serve] = [block for block in STEPS if block.kind == "tutorial-serve"]
    first = STEPS.index(serve)
    for block in STEPS[:first]:
        reader.write(block)
    with subprocess.Popen(
        serve.text.split(), cwd=reader.folder, env=environment(reader.folder), stdout=subprocess.PIPE, text=True
    ) as servers:
        try:
            assert servers.stdout
            assert servers.stdout.readline().startswith("{")
            for block in STEPS[first + 1 :]:
                reader.follow(block)
        finally:
            servers.terminate()
    assert len(STEPS) > 10
