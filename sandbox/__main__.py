"""``python -m sandbox``: the local servers and operations on them, which are in ``pulumi_workspace365_sandbox``."""

from pulumi_workspace365_sandbox.__main__ import app

if __name__ == "__main__":
    app()
