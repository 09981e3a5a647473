"""The command line: `python -m pulumi_embedded_engine COMMAND`, with the CLI's own flags."""

import os
import sys


def keep_standard_descriptors() -> None:
    """Open what the process has been started without: else a file would get the number, and with it what is written to that."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


if __name__ == "__main__":
    keep_standard_descriptors()
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # gRPC reads it when it is imported, and tells of closed connections
    from pulumi_embedded_engine.cli import main

    sys.exit(main(sys.argv[1:]))
