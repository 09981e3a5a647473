"""What the server makes of a wanted environment name. The real rules are undocumented, so there are several to choose from."""

import re
from collections.abc import Callable

from sandbox.workspace365.records import SanitiserName


def identity(name: str) -> str:
    return name


def lower(name: str) -> str:
    return name.lower()


def strip(name: str) -> str:
    """Keep letters and digits."""
    return re.sub(r"[\W_]", "", name)


def collide(name: str) -> str:
    """Keep the first five letters or digits, so that `contoso-a` and `contoso-b` both become `conto`."""
    return strip(name).lower()[:5]


SANITISERS: dict[SanitiserName, Callable[[str], str]] = {
    "identity": identity,
    "lower": lower,
    "strip": strip,
    "collide": collide,
}
