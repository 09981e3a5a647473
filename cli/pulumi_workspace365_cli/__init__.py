"""The ``w365`` command. ``app`` assembles it; each command is one module of ``commands``; ``report`` shows what they found."""

import os
import sys

_INTERRUPTED = 130  # as shells tell it


def main() -> None:
    """Run the command line and end the process; whenever that is interrupted, nobody reads a traceback."""
    try:
        from pulumi_workspace365_cli import app  # noqa: PLC0415  it may be interrupted, too

        app.main()
    except KeyboardInterrupt:
        os.write(2, b"error: interrupted\n")
        sys.exit(_INTERRUPTED)


__all__ = ["main"]
