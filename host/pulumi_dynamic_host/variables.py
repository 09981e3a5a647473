"""The environment variables that configure the host, with their earlier names as aliases."""

import os

_EARLIER = {
    "PULUMI_DYNAMIC_HOST_MODULES": "W365_HOST_MODULES",
    "PULUMI_DYNAMIC_HOST_ORPHAN_SECONDS": "W365_HOST_ORPHAN_SECONDS",
    "PULUMI_DYNAMIC_HOST_PARALLEL": "W365_HOST_PARALLEL",
}


def name_in_use(name: str) -> str:
    """The name by which a variable is set: the earlier one where only that is."""
    earlier = _EARLIER.get(name, name)
    return earlier if os.environ.get(earlier) and not os.environ.get(name) else name


def read(name: str) -> str:
    """The value of a variable, by either name; empty where neither is set."""
    return os.environ.get(name_in_use(name), "")
