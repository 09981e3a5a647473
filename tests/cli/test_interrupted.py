"""Ctrl-C, whenever it comes: one line at most, and the exit code that shells know."""

import subprocess
import sys
from pathlib import Path

import pytest

_INTERRUPTED_AT_AN_IMPORT = """
import importlib.abc, signal, sys

class Interrupting(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            del sys.argv[1]
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
sys.meta_path.insert(0, Interrupting())
"""
_COMMAND = "from pulumi_workspace365_cli import main; main()"
_ENGINE = "import runpy; runpy.run_module('pulumi_embedded_engine', run_name='__main__')"


@pytest.mark.parametrize(
    ("entry", "module"),
    [
        (_COMMAND, "pulumi_workspace365_cli.app"),
        (_COMMAND, "typer"),
        (_COMMAND, "pulumi_dynamic_host.redaction"),
        (_COMMAND, "pulumi_workspace365_cli.commands.health"),
        (_ENGINE, "pulumi_embedded_engine.cli"),
        (_ENGINE, "pulumi_embedded_engine.run.options"),
    ],
)
def test_while_modules_are_imported(entry: str, module: str, bare: Path) -> None:
    command = [sys.executable, "-c", _INTERRUPTED_AT_AN_IMPORT + entry, module, "health"]
    done = subprocess.run(command, cwd=bare, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr in {"", "error: interrupted\n"}
