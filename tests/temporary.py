"""Temporary folders for as long as the test process lives; pytest's own belong to a test or a session."""

import atexit
import shutil
import tempfile
from pathlib import Path


def folder(prefix: str) -> Path:
    """A new folder, which is removed when this process ends."""
    made = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
