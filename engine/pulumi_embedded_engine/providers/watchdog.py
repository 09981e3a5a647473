"""Ends the engine's child processes if the engine itself is killed: a small process that waits for the end of a pipe.

Run by path, as a program of its own: it reads `+pid` and `-pid`, and what it has not been told to forget when the pipe ends it
kills after a while, in which providers may finish what they are doing.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

_GRACE_SECONDS = 10.0
_END_SECONDS = 2


class Watchdog:
    """The engine's end of the pipe. Process groups are named by their leader's id."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def register(self, pid: int) -> None:
        """End this process group when the engine ends without having let go of it."""
        self._tell(f"+{pid}")

    def release(self, pid: int) -> None:
        """Let go of a process group that has ended."""
        self._tell(f"-{pid}")

    def _tell(self, line: str) -> None:
        if self._process is None:
            command = [sys.executable, "-I", "-S", __file__]
            self._process = subprocess.Popen(  # noqa: S603  this file
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,  # whoever reads the engine's output does not wait for this process
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):  # somebody killed it: the engine does not depend on it
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()

    def close(self) -> None:
        """End the watching process, once everything it watched was released."""
        if self._process and self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:  # somebody stopped it, or a group is still held: what is held has been killed
                self._process.kill()
                self._process.wait()


def watch(lines: Iterable[str], grace: float) -> None:
    """Wait for the end of the lines, then kill the groups that are left."""
    descriptors: set[int] = set()
    for line in lines:
        pid = int(line[1:])
        if line.startswith("+"):
            descriptors.add(pid)
        else:
            descriptors.discard(pid)
    if descriptors:
        time.sleep(grace)
    for pid in descriptors:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    watch(sys.stdin, float(os.environ.get("PULUMI_EMBEDDED_ENGINE_GRACE", _GRACE_SECONDS)))
