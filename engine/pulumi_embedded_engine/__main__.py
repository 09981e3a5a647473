"""The command line: `python -m pulumi_embedded_engine COMMAND`, with the CLI's own flags."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # gRPC reads it when it is imported, and tells of closed connections
    from pulumi_embedded_engine.cli import main

    sys.exit(main(sys.argv[1:]))
