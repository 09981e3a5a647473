"""The versions of this project, of Pulumi and of Python."""

import platform
from importlib import metadata

DISTRIBUTION = "pulumi-workspace365"


def of(distribution: str) -> str:
    """The installed version of a distribution."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def line() -> str:
    """Package, SDK and Python in one line."""
    return f"w365 {of(DISTRIBUTION)} (pulumi {of('pulumi')}, Python {platform.python_version()})"
