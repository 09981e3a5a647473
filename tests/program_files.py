"""Programs that a test changes between two runs."""

import shutil
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a file of a program, so that the next run runs it: Python takes one of the same size and second for unchanged."""
    path.write_text(text, encoding="utf-8")
    shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
