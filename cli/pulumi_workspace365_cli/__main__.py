"""``python -m pulumi_workspace365_cli``, where the ``w365`` script is not on PATH."""

from pulumi_workspace365_cli import main

main()
