"""The versions of this project, of Pulumi and of Python."""

import platform
from importlib import metadata

DISTRIBUTION = "pulumi-workspace365"
NOT_INSTALLED = "not installed"


def installed_version(distribution: str) -> str:
    """The installed version of a distribution."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return NOT_INSTALLED


def version_line() -> str:
    """Package, SDK and Python in one line."""
    return f"w365 {installed_version(DISTRIBUTION)} (pulumi {installed_version('pulumi')}, Python {platform.python_version()})"
