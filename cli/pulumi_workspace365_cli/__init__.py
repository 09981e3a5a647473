"""The ``w365`` command. ``app`` assembles it; each command is one module of ``commands``; ``report`` shows what they found."""

import io
import os
import sys
from typing import TextIO

_INTERRUPTED = 130  # as shells tell it


def main() -> None:
    """Run the command line and end the process. An interruption at any time ends without a traceback."""
    for number in range(3):  # what was closed stays unused, and takes no other file's place
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  a descriptor
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if os.name == "nt":
        for stream in (sys.stdout, sys.stderr):
            _write_utf_8(stream)
    try:
        from pulumi_workspace365_cli import app  # noqa: PLC0415  it may be interrupted, too

        app.main()
    except KeyboardInterrupt:
        os.write(2, b"error: interrupted\n")
        sys.exit(_INTERRUPTED)


def _write_utf_8(stream: TextIO) -> None:
    """What is not a terminal gets UTF-8 and the line ends as they are; the default of Windows lacks most characters, and doubles CR."""
    if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
        stream.reconfigure(encoding="utf-8", newline="\n")


__all__ = ["main"]
