import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.runner.workbench import Workbench

SCRIPT = Path(__file__).with_name("scripted_engine.py")


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    (tmp_path / "Pulumi.yaml").write_text("name: scripted\nruntime: python\n")
    for stack in ("sandbox", "mine"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    executable = tmp_path / "bin/pulumi"
    executable.parent.mkdir()
    executable.write_text(f"#!{sys.executable}\n{SCRIPT.read_text()}")
    executable.chmod(0o755)
    made = Workbench(tmp_path)
    yield made
    made.end()
