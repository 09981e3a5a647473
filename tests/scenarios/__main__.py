"""What the comparison with the Pulumi CLI is kept in.

`python -m tests.scenarios record` runs the scenarios on the Pulumi CLI on PATH and keeps what it did as test data;
`python -m tests.scenarios page` writes docs/fidelity.md from it. `python -m tests.scenarios note` says whether the installed SDK is newer than the recordings.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.scenarios import fidelity, versions

_HERE = Path(__file__).parent
_USAGE = """usage: python -m tests.scenarios page
       python -m tests.scenarios note
       python -m tests.scenarios record [pytest's arguments], with a Pulumi CLI on PATH
"""


def main(arguments: list[str]) -> int:
    match arguments:
        case ["note"]:
            if text := fidelity.note(versions.sdk()):
                print(text)
            return 0
        case ["page"]:
            code = 0
        case ["record", *more] if versions.cli():
            code = _record(more)
        case _:
            sys.stderr.write(_USAGE)
            return 2
    fidelity.PAGE.write_text(fidelity.page(), encoding="utf-8")
    return code


def _record(arguments: list[str]) -> int:
    recorded = [str(_HERE), f"{_HERE.parent / 'foreign/test_programs.py'}::test_the_cli_does_what_is_recorded"]
    command = [sys.executable, "-m", "pytest", *recorded, "-n", "2", *arguments]
    command += ["--deselect", "tests/scenarios/test_fidelity.py"]
    codes = [subprocess.run(command, env={**os.environ, "SCENARIOS_RECORD": "1"}, check=False).returncode]
    codes.append(subprocess.run([sys.executable, "-m", "tests.engine.record_programs"], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
