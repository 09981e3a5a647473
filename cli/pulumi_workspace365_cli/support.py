"""What is supported: the matrix of versions and systems, from which the page docs/support.md is made."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

COMPONENTS = ("python", "pulumi", "cli", "pulumi-azure-native")


@dataclass(frozen=True)
class SupportedVersions:
    """The versions of one component.

    ``lowest`` is the lower bound, ``tried`` the versions with which tests have run, ascending; ``below`` is the first version that is not
    supported any more, None where none is excluded.
    """

    lowest: str
    tried: tuple[str, ...]
    remedy: str
    below: str | None = None

    def is_too_old(self, version: str) -> bool:
        """Whether a version is below the lower bound."""
        return _numbers(version) < _numbers(self.lowest)

    def is_too_new(self, version: str) -> bool:
        """Whether a version is at or above the upper bound."""
        return self.below is not None and _numbers(version) >= _numbers(self.below)

    def is_untried(self, version: str) -> bool:
        """Whether a version is newer than every tried one, where what follows the precision of that one does not count."""
        newest = _numbers(self.tried[-1])
        return _numbers(version)[: len(newest)] > newest


def supported(component: str) -> SupportedVersions:
    """The supported versions of one of ``COMPONENTS``."""
    entry = _matrix()[component]
    return SupportedVersions(entry["lowest"], tuple(entry["tried"]), entry["remedy"], entry.get("below"))


def systems() -> Mapping[str, str]:
    """What is known of each operating system, by the name that ``platform.system`` gives it."""
    known: Mapping[str, str] = _matrix()["systems"]
    return known


def _matrix() -> Any:
    return json.loads((resources.files("pulumi_workspace365_cli") / "support.json").read_text(encoding="utf-8"))


def _numbers(version: str) -> tuple[int, ...]:
    """The release part of a version; a pre-release counts as its release."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()
