"""What cells there are, and what a machine lacks for one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tests import c_library

Packages = Literal["locked", "newest", "lowest"]
"""Those of ``requirements.lock``, the newest ones, or each direct dependency at its lower bound."""
ISOLATED = ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
"""Before a command: it gets a network in which only loopback is."""


@dataclass(frozen=True)
class Cell:
    """One run of the suite. ``clock`` is the local time at which it begins, ``order`` the seed of a random one."""

    name: str
    python: str = "3.11"
    packages: Packages = "locked"
    clock: str | None = None
    order: int | None = None
    load: int = 0
    offline: bool = False

    def surroundings(self) -> str:
        """For people: what is other than usual."""
        parts = [
            f"clock at {self.clock}" if self.clock else "",
            f"random order, seed {self.order}" if self.order is not None else "",
            f"{self.load} busy loops beside it" if self.load else "",
            "no network but loopback" if self.offline else "",
        ]
        return ", ".join(part for part in parts if part)

    def missing(self) -> str | None:
        """What this machine lacks for it."""
        if interpreter(self.python) is None:
            return f"Python {self.python}"
        if self.packages == "lowest" and shutil.which("uv") is None:
            return "uv, since pip does not choose lower bounds"
        if self.clock and not (shutil.which("faketime") and c_library.compiler()):
            return "faketime and a C compiler (cc)"
        if self.offline and not _can_isolate():
            return "unshare and ip, or the right to use them"
        return None


CELLS = [
    Cell("3.11"),
    Cell("3.12", python="3.12"),
    Cell("3.13", python="3.13"),
    Cell("3.14", python="3.14"),
    Cell("newest", packages="newest"),
    Cell("lowest", packages="lowest"),
    *(Cell(f"order-{seed}", order=seed) for seed in (1, 2)),
    *(Cell(f"clock-{day}", clock=f"{day} 12:00:00") for day in ("2027-02-28", "2028-12-31", "2033-05-19")),
    Cell("load", load=4),
    Cell("offline", offline=True),
]


@cache
def interpreter(version: str) -> Path | None:
    """A Python of that version: this one, one on PATH or one of pyenv."""
    return next((path for path in _candidates(version) if _answer([path, "-c", _VERSION]) == version), None)


_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if on_path := shutil.which(f"python{version}"):
        yield Path(on_path)
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    yield from sorted(versions.glob(f"{version}*/bin/python"), reverse=True)


@cache
def _can_isolate() -> bool:
    return _answer([*ISOLATED, "echo", "yes"]) == "yes"


def _answer(command: list[str | Path]) -> str | None:
    """What a command prints; None where there is none or it fails: pyenv has shims for Pythons that are not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
