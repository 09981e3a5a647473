"""`python -m tests.scenarios record`: run the scenarios on the Pulumi CLI on PATH, and keep what it did as test data."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.scenarios import fidelity


def main(arguments: list[str]) -> int:
    if arguments[:1] != ["record"] or not shutil.which("pulumi"):
        sys.stderr.write("usage: python -m tests.scenarios record [pytest's arguments], with a Pulumi CLI on PATH\n")
        return 2
    command = [sys.executable, "-m", "pytest", str(Path(__file__).parent), "-n", "2", *arguments[1:]]
    done = subprocess.run(command, env={**os.environ, "SCENARIOS_RECORD": "1"}, check=False)
    fidelity.PAGE.write_text(fidelity.page(), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
