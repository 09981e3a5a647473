"""``make help``."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_help_tells_every_target() -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # of the `make test` that runs this
    told = subprocess.run(["make", "help"], cwd=ROOT, env=own, capture_output=True, text=True, check=True).stdout.splitlines()
    (phony,) = re.findall(r"(?m)^\.PHONY: (.+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert [line.split()[1] for line in told] == phony.split()
    assert all(re.fullmatch(r"make [a-z-]+ +\S.*", line) for line in told)
