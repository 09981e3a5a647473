"""Ends the processes of a test if the test's own process ends without having done so, however it dies.

Run by path, as a program of its own: it waits for the end of its standard input, which the test's process holds, and kills what still
carries the mark then. Needs /proc.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_ROUNDS, _PAUSE = 20, 0.05
_END_SECONDS = 5


class Guard:
    """The test's end of the pipe.

    Args:
        variable: by which the processes are known: `NAME=value`.
    """

    def __init__(self, variable: str) -> None:
        name = variable.partition("=")[0]
        self._process = subprocess.Popen(  # noqa: S603  this file
            [sys.executable, "-I", "-S", __file__, variable],
            env={key: value for key, value in os.environ.items() if key != name},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def close(self) -> None:
        """End what is left, and this."""
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def kill(variable: str) -> None:
    """Kill what carries the mark, and what that has started meanwhile."""
    for _ in range(_ROUNDS):
        found = [pid for pid in _all() if _carries(pid, variable.encode())]
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE)


def _all() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if int(folder.name) != os.getpid()]


def _carries(pid: int, variable: bytes) -> bool:
    try:
        return variable in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


if __name__ == "__main__":
    sys.stdin.read()
    kill(sys.argv[1])
