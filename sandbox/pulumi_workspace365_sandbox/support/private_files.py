"""What the sandbox keeps (keys, data, addresses) is readable by its owner alone from the first byte on, whatever the umask is."""

import os
import stat
import tempfile
from pathlib import Path

FILE, FOLDER = 0o600, 0o700


def make_folder(path: Path) -> None:
    """A folder, with those above it that are missing."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=FOLDER, exist_ok=True)


def restrict_to_owner(path: Path, mode: int) -> None:
    """Take from others what they may do with a file or folder that exists."""
    if stat.S_IMODE(path.stat().st_mode) & ~mode:
        path.chmod(mode)


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(".new", f"{path.name}.", path.parent)
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def create(path: Path) -> None:
    """An empty file where there is none yet."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE))
    restrict_to_owner(path, FILE)
