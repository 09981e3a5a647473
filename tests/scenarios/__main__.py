"""What the comparison with the Pulumi CLI is kept in.

`python -m tests.scenarios record` runs the scenarios on the Pulumi CLI on PATH and keeps what it did as test data;
`python -m tests.scenarios page` writes docs/fidelity.md from it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.scenarios import fidelity


def main(arguments: list[str]) -> int:
    code = 0
    if arguments[:1] == ["record"] and shutil.which("pulumi"):
        command = [sys.executable, "-m", "pytest", str(Path(__file__).parent), "-n", "2", *arguments[1:]]
        command += ["--deselect", "tests/scenarios/test_fidelity.py"]
        code = subprocess.run(command, env={**os.environ, "SCENARIOS_RECORD": "1"}, check=False).returncode
    elif arguments != ["page"]:
        sys.stderr.write(
            "usage: python -m tests.scenarios page\n       python -m tests.scenarios record [pytest's arguments], with a Pulumi CLI on PATH\n"
        )
        return 2
    fidelity.PAGE.write_text(fidelity.page(), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
