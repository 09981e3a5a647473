"""``python -m pulumi_workspace365_components.cli``, where the ``w365`` script is not on PATH."""

from pulumi_workspace365_components.cli import main

main()
