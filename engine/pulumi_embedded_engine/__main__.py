"""The command line: `python -m pulumi_embedded_engine COMMAND`, with the CLI's own flags."""

import sys

from pulumi_embedded_engine.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
