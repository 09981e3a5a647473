"""What an interpreter shows of the error that ends a program: one that the CLI starts, and any other. Nothing of the host is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

EXECUTOR = "pulumi-language-python-exec"  # the script with which the CLI runs programs
INTERRUPTED = "raise KeyboardInterrupt\n"
INTERRUPTED_AT_ITS_END = """
class Resource:
    def __del__(self):
        raise KeyboardInterrupt
resource = Resource()
"""
MONITOR_GONE = "import pulumi; pulumi.log.error('Resource monitor has terminated, shutting down')\n"


def run(folder: Path, name: str, text: str) -> subprocess.CompletedProcess[str]:
    script = folder / name
    script.write_text(text, encoding="utf-8")
    return subprocess.run([sys.executable, "-u", str(script)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("text", [INTERRUPTED, INTERRUPTED_AT_ITS_END])
def test_an_interrupt_is_shown_only_outside_the_cli(text: str, tmp_path: Path) -> None:
    assert run(tmp_path, EXECUTOR, text).stderr == ""
    assert "KeyboardInterrupt" in run(tmp_path, "program.py", text).stderr


def test_an_error_of_the_program_is_shown(tmp_path: Path) -> None:
    ended = run(tmp_path, EXECUTOR, "raise ValueError('of the program')\n")
    assert ended.returncode == 1
    assert "ValueError: of the program" in ended.stderr


def test_the_end_of_the_monitor_is_told_only_outside_the_cli(tmp_path: Path) -> None:
    assert run(tmp_path, EXECUTOR, MONITOR_GONE).stderr == ""
    assert run(tmp_path, "program.py", MONITOR_GONE).stderr == "error: Resource monitor has terminated, shutting down\n"
