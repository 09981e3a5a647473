"""Says in the engine's log that the host's process was killed or crashed: the engine itself only knows that its calls were cut off.

A small process outlives the host for a moment and says it. It is forked before anything large is imported, which takes up to 4 ms.
"""

import contextlib
import faulthandler
import os
import select
import signal
import sys

_LOOK = 0.5  # seconds between looks at the host: a process that a provider forked may hold the pipe open
_IN_ORDER = b"."

_pipe: int | None = None


def start() -> None:
    """Watch this process until `finish`. Where that is not possible, the host runs unwatched."""
    if sys.__stderr__ is None or not hasattr(os, "fork"):
        return
    faulthandler.enable(sys.__stderr__, all_threads=False)  # says where a crash was
    with contextlib.suppress(OSError):  # no process or file descriptor is left
        _start(os.getpid())


def _start(host: int) -> None:
    global _pipe
    reading, _pipe = os.pipe()
    try:
        between = os.fork()
        if between == 0:  # forks once more: a provider that waits for its own children must not find the watching one
            try:
                if os.fork() == 0:
                    os.close(_pipe)
                    _watch(host, reading)
            finally:
                os._exit(0)
        os.waitpid(between, 0)
    finally:
        os.close(reading)


def finish() -> None:
    """The process ends in order from here on."""
    global _pipe
    if _pipe is not None:
        pipe, _pipe = _pipe, None
        with contextlib.suppress(OSError):
            os.write(pipe, _IN_ORDER)
        os.close(pipe)


def _watch(host: int, reading: int) -> None:
    """Wait for the end of the host. Signals for the process group are the host's to follow."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.close(1)  # whoever reads it waits for the host alone
    while True:
        if select.select([reading], [], [], _LOOK)[0]:
            if os.read(reading, 1) == _IN_ORDER:
                return
            break
        if not _is_running(host):
            break
    text = (
        f"The host of dynamic providers (process {host}) was killed, or crashed. The calls that were running have no result: what they "
        "created is not recorded. If memory ran out, the kernel's log says so (dmesg).\n"
    )
    os.write(2, text.encode())


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
