"""What a program or a provider leaves open when its process ends is written, although nobody searches for garbage any more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_embedded_engine.engine import Engine
from tests.engine.cli import PASSPHRASE
from tests.engine.conftest import SALT

HOST = Path(__file__).parents[2] / "host" / "pulumi_dynamic_host"
LEFT_OPEN = """
import atexit, gc
gc.set_threshold(0)  # nobody searches before the end

class Report:
    def __init__(self, mode, content):
        self.file, self.itself = open(f"{content}-{mode}.txt", mode), self  # found by a search for garbage only
        self.file.write(content if mode == "w" else content.encode())

def leave(content):
    for mode in ("w", "wb", "w+b"):
        Report(mode, content)
    open(f"{content}-closed.txt", "w").close()

def leave_open(content):
    global left
    left = open(f"{content}-wide.txt", "w")  # Python itself writes this one
    left.write(content)

leave("early")
atexit.register(leave, "late")
atexit.register(leave_open, "late")
"""
FILES = {f"{content}-{mode}.txt": content for content in ("early", "late") for mode in ("w", "wb", "w+b")} | {
    "late-wide.txt": "late"
}


def written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*-w*.txt")}


@pytest.mark.parametrize("installed", [1, 2])
def test_files_that_are_left_open_are_written(tmp_path: Path, installed: int) -> None:
    install = "from pulumi_dynamic_host import interpreter_exit\n" + "interpreter_exit.install()\n" * installed
    subprocess.run([sys.executable, "-c", install + LEFT_OPEN], cwd=tmp_path, check=True)
    assert written(tmp_path) == FILES


def test_a_program_on_the_embedded_engine_writes_what_it_leaves_open(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: leaving\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    (tmp_path / "__main__.py").write_text(LEFT_OPEN)
    engine = Engine(tmp_path, "dev", backend_url=f"file://{tmp_path / 'state'}", passphrase=PASSPHRASE)
    engine.create()
    assert engine.up().ok
    assert written(tmp_path) == FILES


PROVIDER = """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Leaving(ResourceProvider):
    def create(self, props):
        leave("early")
        return CreateResult("left", props)

class Left(Resource, module="test", name="Left"):
    def __init__(self):
        super().__init__(Leaving(), "left", {})
"""


def test_a_provider_writes_what_it_leaves_open(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    host = {"plugins": {"providers": [{"name": "pulumi-python", "path": str(HOST)}]}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "leaving", "runtime": "python", **host}))  # which is YAML too
    (tmp_path / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    (tmp_path / "leaving.py").write_text(LEFT_OPEN.replace('leave("early")\n', "") + PROVIDER)
    (tmp_path / "__main__.py").write_text("import leaving\nleaving.Left()\n")
    engine = Engine(tmp_path, "dev", backend_url=f"file://{tmp_path / 'state'}", passphrase=PASSPHRASE)
    engine.create()
    assert engine.up().ok
    assert written(tmp_path) == FILES


def test_a_pipe_that_nobody_reads_does_not_matter(tmp_path: Path) -> None:
    code = (
        "import os\nfrom pulumi_dynamic_host import interpreter_exit\ninterpreter_exit.install()\n"
        "reading, writing = os.pipe()\npipe = os.fdopen(writing, 'w')\npipe.write('unread')\nos.close(reading)\nprint('done')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_a_program_that_the_cli_does_not_run_ends_as_ever(tmp_path: Path) -> None:
    code = (
        "import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 0))\nimport pulumi_workspace365\n"
        "from pulumi_dynamic_host import excepthooks\nprint(excepthooks.is_program_of_cli())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_program_that_the_cli_runs_ends_without_the_search(tmp_path: Path) -> None:
    (tmp_path / "pulumi-language-python-exec").write_text(
        "import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 0))\nimport pulumi_workspace365"
    )
    done = subprocess.run(
        [sys.executable, "pulumi-language-python-exec"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["True"]
