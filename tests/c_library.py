"""Shared libraries for LD_PRELOAD, made from C by the compiler that is here."""

import shutil
import subprocess
from pathlib import Path


def compiler() -> str | None:
    """The C compiler (cc), where there is one."""
    return shutil.which("cc")


def build(source: Path, folder: Path) -> Path:
    """The library of a source file, in a folder."""
    library = folder / f"{source.stem}.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-o", library, source], check=True)
    return library
