"""Counts the instructions of a process with valgrind: unlike its time, their number hardly depends on what else the machine does."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.processes import FailedError

MISSING = "Instructions are not counted: install valgrind (apt install valgrind, dnf install valgrind)."
TOOL = ["valgrind", "--quiet", "--tool=cachegrind", "--cache-sim=no"]
_SAME_EVERY_TIME = {"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
_SECONDS = 300


def is_here() -> bool:
    """Whether valgrind is on PATH."""
    return shutil.which("valgrind") is not None


def count(command: Sequence[str], folder: Path, variables: Mapping[str, str], use: Callable[[int], object] | None = None) -> int:
    """The instructions of the command's own process; not those of the processes that it starts.

    Args:
        command: what runs, with its arguments.
        folder: where it runs.
        variables: its environment, to which a fixed hash seed, language and PATH are added.
        use: given the port that a server has written, uses the server, which is interrupted afterwards. None: it ends by itself.

    Raises:
        FailedError: it failed, or wrote no port.
    """
    counts = folder / "instructions.out"
    environment = {**variables, **_SAME_EVERY_TIME}
    with (folder / "counted.txt").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603  what the caller wants counted
            [*TOOL, f"--cachegrind-out-file={counts}", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if use else log,
            stderr=log,
            text=True,
        )
        try:
            if use and process.stdout:
                use(int(process.stdout.readline()))
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=_SECONDS)
        except (ValueError, subprocess.TimeoutExpired):
            process.kill()
            process.communicate()
        log.seek(0)
        if process.returncode:
            raise FailedError(f"{' '.join(command)}: {log.read().strip()[-300:]}")
    return _total(counts.read_text(encoding="utf-8"))


def _total(text: str) -> int:
    """The total that cachegrind wrote last."""
    found = re.findall(r"^summary: (\d+)", text, re.MULTILINE)
    return int(found[-1])
