"""The command line: `python -m pulumi_embedded_engine COMMAND`, with the CLI's own flags."""

import gc
import os
import signal
import sys

INTERRUPTED = 130  # as shells tell it
_COLLECTION_THRESHOLDS = 100_000, 50, 100
"""Of the garbage collector: nearly all that is made, of state and plans, stays until the end. By default it would be looked through again and again."""


def keep_standard_descriptors() -> None:
    """Open what the process has been started without: else a file would get the number, and with it what is written to that."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def run() -> int:
    """Run the command of the process. An interruption at any time ends without a traceback."""
    keep_standard_descriptors()
    gc.set_threshold(*_COLLECTION_THRESHOLDS)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # gRPC reads it when it is imported, and tells of closed connections
    try:
        from pulumi_embedded_engine.cli import main  # noqa: PLC0415  it may be interrupted, too

        return main(sys.argv[1:])
    except KeyboardInterrupt:
        os.write(2, b"error: interrupted\n")
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # everything is done and said
        if program := sys.modules.get("pulumi_embedded_engine.program.main"):  # of an operation
            program.skip_last_search_for_garbage()


if __name__ == "__main__":
    sys.exit(run())
