"""The plugin's process: ``pulumi-resource-workspace365``."""

import sys

from pulumi.provider import main as serve

from pulumi_workspace365_components.package.provider import ComponentProvider


def main() -> None:
    """Serve until the engine ends the process; the engine's address is the last argument."""
    if len(sys.argv) < 2:
        sys.exit(
            "pulumi-resource-workspace365 is a Pulumi plugin, which the engine starts. To use its components from a program in any "
            "language: pulumi package add PATH_OF_THIS_COMMAND"
        )
    serve(ComponentProvider(), sys.argv[1:])


if __name__ == "__main__":
    main()
